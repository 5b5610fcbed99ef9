"""Where a build's inputs come from: the taxonomy's leaves at a commit, and a knowledge leaf's documents at theirs."""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit

from runner.git_cache import FULL_SHA, Entry, blobs, entries, fetch
from runner.git_refusals import Cause, FetchError
from schemas.errors import LeafError, UserError
from schemas.leaf import Document, Leaf, kind_of, leaf_of
from schemas.safe_yaml import load

LEAF_FILE = "qna.yaml"
MAX_LEAVES = 20_000
MAX_LEAF = 512 * 1024
"""Bytes of one qna.yaml; the largest of 484 real ones has 86 KB."""
MAX_DOCUMENT = 2 * 1024 * 1024
"""Bytes of one document file; a long book as Markdown has one MB."""
MAX_DOCUMENTS = 16 * 1024 * 1024
"""Bytes of all document files of a leaf."""
MAX_DOCUMENT_FILES = 1_000
MAX_PATTERN = 300
_NAMED = 5
"""How many files a message names."""

# What the contributor can mend, and how; any other cause is the operator's, or passes by itself.
_ADVICE = {
    Cause.ADDRESS: "Put the documents on a public host.",
    Cause.MISSING: "Open the address in a private browser window, and give one that anybody can clone.",
    Cause.NOT_GIT: "Give the repository's clone address, not that of a page or a file.",
    Cause.MOVED: "Give the repository's present clone address, as its page shows it.",
    Cause.COMMIT: "Push the commit to that repository, or give the full SHA of one that is there.",
    Cause.BROKEN: "Clone the repository anew, run `git fsck`, and push a sound copy.",
    Cause.LARGE: "Put the documents into a smaller repository of their own.",
}


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
        UserError: if the server cannot be reached now.
        LeafError: if the contributor's data is at fault: address, host, commit, patterns or files.
    """
    try:
        return _read_document(document, hosts=hosts, cache=cache)
    except FetchError as error:
        message = f"document.repo {document.repo} {error}."
        if error.cause is Cause.UNREACHABLE:
            raise UserError(message) from error
        raise LeafError(f"{message} {_ADVICE[error.cause]}", leaf=leaf or "") from error
    except _Fault as fault:
        raise LeafError(str(fault), leaf=leaf or "") from fault


class _Fault(Exception):  # noqa: N818 - what the contributor wrote, turned into a LeafError at the one way out
    """Something in a leaf's `document` that its contributor can mend."""


def _read_document(document: Document, *, hosts: Sequence[str], cache: Path) -> tuple[DocumentFile, ...]:
    parts = _admitted(document, hosts)
    if not FULL_SHA.fullmatch(document.commit):
        raise _Fault(
            f"document.commit must be a full commit SHA of 40 lower-case hexadecimal digits, not "
            f"{document.commit[:60]!r}: copy it from the commit's page, or from `git rev-parse HEAD`."
        )
    for pattern in document.patterns:
        if len(pattern) > MAX_PATTERN or pattern.startswith("/") or ".." in pattern.split("/"):
            raise _Fault(
                f"document.patterns must stay within the repository, not {pattern[:60]!r}: write them relative to its "
                "top folder, such as `docs/*.md`."
            )
    loopback = _is_loopback(parts.hostname or "")
    repository = fetch(document.repo, document.commit, cache=cache, protocols=[parts.scheme], public=not loopback)
    everything = entries(repository, document.commit)
    files = [entry for entry in everything if any(matches(entry.path, pattern) for pattern in document.patterns)]
    _check_files(document, everything, files)
    content = blobs(repository, [entry.blob for entry in files])
    return tuple(
        DocumentFile(path=entry.path, text=_text(entry, content[entry.blob]), blob_sha=entry.blob) for entry in files
    )


def _admitted(document: Document, hosts: Sequence[str]) -> SplitResult:
    try:
        parts = urlsplit(document.repo)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = SplitResult("", "", "", "", ""), "", None
    loopback = _is_loopback(host)
    plain = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    if not plain or not host or parts.username or parts.password or parts.query or parts.fragment:
        raise _Fault(
            "document.repo must be an https address without user name or password, such as "
            f"https://github.com/owner/name.git, not {document.repo[:120]!r}."
        )
    default = 443 if parts.scheme == "https" else 80
    allowed = {host, f"{host}:{default}"} if port in {None, default} else {f"{host}:{port}"}
    if not allowed & {name.lower() for name in hosts}:
        raise _Fault(
            f"document.repo stands on {parts.netloc}, which this taxonomy does not fetch from: put the documents on "
            f"one of {', '.join(hosts) or '(none)'}, or ask a maintainer to add the host to document.hosts."
        )
    return parts


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_files(document: Document, everything: Sequence[Entry], files: Sequence[Entry]) -> None:
    written = ", ".join(repr(pattern) for pattern in document.patterns)
    if not files:
        there = [entry.path for entry in everything if entry.regular]
        some = ", ".join(there[:_NAMED]) + (" …" if len(there) > _NAMED else "")
        raise _Fault(f"document.patterns ({written}) match no file of that commit. It holds: {some or 'no file'}.")
    for entry in files:
        if not entry.regular:
            raise _Fault(f"{entry.path} is a symbolic link or a submodule: let document.patterns name plain files.")
        if entry.size > MAX_DOCUMENT:
            raise _Fault(f"{entry.path} is larger than {MAX_DOCUMENT // 2**20} MiB: split it into chapters.")
    if len(files) > MAX_DOCUMENT_FILES or sum(entry.size for entry in files) > MAX_DOCUMENTS:
        raise _Fault(
            f"document.patterns ({written}) match more than {MAX_DOCUMENT_FILES:,} files or "
            f"{MAX_DOCUMENTS // 2**20} MiB: name fewer files."
        )


def matches(path: str, pattern: str) -> bool:
    """Match a path in the tree with a glob pattern, folder by folder; in time linear in each."""
    parts = pattern.removeprefix("./").split("/")
    alive = {0}
    for name in path.split("/"):
        alive = _reach(alive, parts)
        alive = {
            after
            for at in alive
            if at < len(parts)
            for after in ((at,) if parts[at] == "**" else (at + 1,) if fnmatchcase(name, parts[at]) else ())
        }
    return len(parts) in _reach(alive, parts)


def _reach(alive: set[int], parts: Sequence[str]) -> set[int]:
    """Add the places behind each `**`, which may stand for no folder at all."""
    reached = set(alive)
    for at in range(len(parts)):
        if at in reached and parts[at] == "**":
            reached.add(at + 1)
    return reached


def _text(entry: Entry, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise _Fault(f"{entry.path} is not a text in UTF-8: convert the document to Markdown and name that file.")
    return text


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
