"""Where a build's inputs come from: the taxonomy's leaves at a commit, and a knowledge leaf's documents at theirs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from schemas.errors import LeafError, UserError
from schemas.leaf import Document, Leaf, kind_of, leaf_of
from schemas.safe_yaml import load
from sources.documents import DocumentError, SourceFile, read_files
from sources.git_cache import Entry, blobs, entries, fetch
from sources.git_refusals import Cause, FetchError

LEAF_FILE = "qna.yaml"
MAX_LEAVES = 20_000
MAX_LEAF = 512 * 1024
"""Bytes of one qna.yaml; the largest of 484 real ones has 86 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All leaves at one commit; those that cannot be read are told apart, so that they hinder no other."""

    sha: str
    leaves: Mapping[str, Leaf]
    """Folder path to leaf."""
    blobs: Mapping[str, str]
    """Folder path to the SHA of its qna.yaml, unreadable ones too."""
    problems: Mapping[str, str]
    """Folder path to why that leaf cannot be read."""

    def leaf(self, path: str) -> Leaf:
        """Give the leaf at a folder path.

        Raises:
            LeafError: if it is not there, or cannot be read.
        """
        if path in self.leaves:
            return self.leaves[path]
        if path in self.problems:
            raise LeafError(f"{path}/{LEAF_FILE} cannot be read: {self.problems[path]}", leaf=path)
        raise LeafError(f"{path}/{LEAF_FILE} is not in the taxonomy at {self.sha[:12]}; add it there.", leaf=path)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFile:
    """One document of a knowledge leaf."""

    path: str
    text: str
    blob_sha: str


def read_taxonomy(url: str, sha: str, cache: Path) -> Taxonomy:
    """Read all leaves of a taxonomy at a commit.

    Args:
        url: Clone address by https or http without credentials, or a local repository's path or file:// URL.
        sha: Full SHA of the commit.
        cache: The folder that builds share.

    Returns:
        The leaves of the open trees.

    Raises:
        UserError: if the commit cannot be fetched, or holds more leaves than any taxonomy has.
    """
    address, protocol = taxonomy_address(url)
    try:
        repository = fetch(address, sha, cache=cache, protocols=[protocol], public=False)
        files = {
            entry.path.removesuffix(f"/{LEAF_FILE}"): entry for entry in entries(repository, sha) if _is_leaf(entry)
        }
        if len(files) > MAX_LEAVES:
            raise UserError(f"The taxonomy {url} holds more than {MAX_LEAVES:,} leaves; split it.")
        small = [entry.blob for entry in files.values() if entry.regular and entry.size <= MAX_LEAF]
        content = blobs(repository, small)
    except FetchError as error:
        raise UserError(f"The taxonomy {url} {error}.") from error
    return _taxonomy(sha, files, content)


def taxonomy_address(url: str) -> tuple[str, str]:
    """Tell a taxonomy's address and the protocol it is fetched by; a path becomes absolute.

    Raises:
        UserError: if it is of another kind, or carries credentials.
    """
    parts = urlsplit(url)
    if parts.scheme in {"https", "http"} and parts.hostname and not parts.username and not parts.password:
        return url, parts.scheme
    if parts.scheme == "file":
        return url, "file"
    if "://" not in url and not re.match(r"[^/]+@[^/]+:", url):
        return str(Path(url).expanduser().absolute()), "file"
    raise UserError(
        "The taxonomy must be a local folder, or an https address without user name or password such as "
        "https://github.com/owner/taxonomy.git."
    )


def read_document(
    document: Document, *, hosts: Sequence[str], cache: Path, leaf: str | None = None
) -> tuple[DocumentFile, ...]:
    """Read the files that a knowledge leaf names, in the order of their paths.

    Args:
        document: Repository, commit and patterns as the contributor wrote them.
        hosts: Hosts, `name` or `name:port`, that may be fetched from: by https, or by http where loopback.
        cache: The folder that builds share.
        leaf: The leaf's folder path, for errors that concern its contributor.

    Returns:
        The files' text. Patterns are matched within the commit's tree alone: `*` and `?` stay within a folder's name,
        `**` crosses folders.

    Raises:
        DocumentError: if the server cannot be reached now.
        LeafError: if the contributor's data is at fault: address, host, commit, patterns or files.
    """
    try:
        return tuple(_text(file) for file in read_files(document, hosts=hosts, cache=cache))
    except DocumentError as error:
        if error.cause is Cause.UNREACHABLE:
            raise
        raise LeafError(str(error), leaf=leaf or "") from error


def _text(file: SourceFile) -> DocumentFile:
    content = file.content or b""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise DocumentError(
            Cause.BROKEN, f"{file.path} is not a text in UTF-8: convert the document to Markdown and name that file."
        )
    return DocumentFile(path=file.path, text=text, blob_sha=file.blob_sha)


def _is_leaf(entry: Entry) -> bool:
    return entry.path.endswith(f"/{LEAF_FILE}") and kind_of(entry.path) is not None


def _taxonomy(sha: str, files: Mapping[str, Entry], content: Mapping[str, bytes]) -> Taxonomy:
    leaves: dict[str, Leaf] = {}
    problems: dict[str, str] = {}
    for folder, entry in files.items():
        try:
            leaves[folder] = leaf_of(entry.path, load(_content(entry, content)).value)
        except UserError as error:
            problems[folder] = str(error)
    return Taxonomy(
        sha=sha,
        leaves=MappingProxyType(leaves),
        blobs=MappingProxyType({folder: entry.blob for folder, entry in files.items()}),
        problems=MappingProxyType(problems),
    )


def _content(entry: Entry, content: Mapping[str, bytes]) -> bytes:
    if not entry.regular:
        raise UserError("it is a symbolic link or a submodule; commit the file itself.")
    if entry.size > MAX_LEAF:
        raise UserError(f"it is larger than {MAX_LEAF // 1024} KiB; shorten it.")
    return content[entry.blob]
