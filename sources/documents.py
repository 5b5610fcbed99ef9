"""The files that a knowledge leaf's `document` names, read at its commit; or what is wrong with it, in one sentence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import UserError
from schemas.leaf import Document
from sources.address import FULL_SHA, Address, Refusal, look_at
from sources.git_cache import Bounds, Entry, blobs, entries, fetch
from sources.git_refusals import Cause, FetchError
from sources.patterns import MAX_PATTERNS, choose, is_within

MAX_FILES = 1_000
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
class Limits:
    """How much of a document is read."""

    fetch: Bounds = field(default_factory=Bounds)
    file: int = 2 * 1024 * 1024
    """Bytes of one file; a long book as Markdown has one MB."""
    files: int = 16 * 1024 * 1024
    """Bytes of all files that the patterns match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file that a document's patterns match."""

    path: str
    blob_sha: str
    content: bytes | None
    """None where it was not asked for."""


class DocumentError(UserError):
    """A document that cannot be read; the message is a sentence for its contributor."""

    def __init__(self, cause: Cause, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.cause = cause
        self.detail = detail
        """What was found instead: the first files of the commit, or half a sentence that goes on after `repo`."""


def everything(path: str) -> bool:
    """Ask for every file."""
    del path
    return True


def read_files(
    document: Document,
    *,
    hosts: Sequence[str],
    cache: Path,
    limits: Limits = Limits(),
    wanted: Callable[[str], bool] = everything,
) -> tuple[SourceFile, ...]:
    """Read the files that a knowledge leaf names, in the order of their paths.

    Args:
        document: Repository, commit and patterns as the contributor wrote them.
        hosts: Hosts, `name` or `name:port`, that may be fetched from: by https, or by http where loopback.
        cache: The folder that Git objects are kept below.
        limits: How much is read.
        wanted: Of which paths the content is read.

    Raises:
        DocumentError: if there is nothing to read, with the cause.
    """
    address = _admitted(document, hosts)
    if not FULL_SHA.fullmatch(document.commit):
        raise DocumentError(
            Cause.COMMIT,
            f"document.commit must be a full commit SHA of 40 lower-case hexadecimal digits, not "
            f"{document.commit[:60]!r}: copy it from the commit's page, or from `git rev-parse HEAD`.",
        )
    for pattern in document.patterns:
        if not is_within(pattern):
            raise DocumentError(
                Cause.PATTERNS,
                f"document.patterns must stay within the repository, not {pattern[:60]!r}: write them relative to its "
                "top folder, such as `docs/*.md`.",
            )
    try:
        return _read(document, address, cache=cache, limits=limits, wanted=wanted)
    except FetchError as error:
        advice = _ADVICE.get(error.cause, "")
        message = f"document.repo {document.repo} {error}. {advice}".rstrip()
        raise DocumentError(error.cause, message, detail=str(error)) from error


def _read(
    document: Document, address: Address, *, cache: Path, limits: Limits, wanted: Callable[[str], bool]
) -> tuple[SourceFile, ...]:
    repository = fetch(
        document.repo,
        document.commit,
        cache=cache,
        protocols=[address.scheme],
        public=not address.loopback,
        bounds=limits.fetch,
    )
    tree = entries(repository, document.commit)
    chosen = choose([entry.path for entry in tree], document.patterns[:MAX_PATTERNS])
    if chosen is None:
        raise FetchError(Cause.LARGE, "has too many files to hold all of these patterns against")
    files = [entry for entry in tree if entry.path in chosen]
    _check_files(document, tree, files, limits)
    content = blobs(repository, [entry.blob for entry in files if wanted(entry.path)])
    return tuple(SourceFile(path=each.path, blob_sha=each.blob, content=content.get(each.blob)) for each in files)


def _admitted(document: Document, hosts: Sequence[str]) -> Address:
    address = look_at(document.repo, hosts)
    if address.refusal is Refusal.FORM:
        raise DocumentError(
            Cause.ADDRESS,
            "document.repo must be an https address without user name or password, such as "
            f"https://github.com/owner/name.git, not {document.repo[:120]!r}.",
        )
    if address.refusal is Refusal.HOST:
        raise DocumentError(
            Cause.ADDRESS,
            f"document.repo stands on {address.host}, which this taxonomy does not fetch from: put the documents on "
            f"one of {', '.join(hosts) or '(none)'}, or ask a maintainer to add the host to document.hosts.",
        )
    return address


def _check_files(document: Document, tree: Sequence[Entry], files: Sequence[Entry], limits: Limits) -> None:
    written = ", ".join(repr(pattern) for pattern in document.patterns)
    if not files:
        there = [entry.path for entry in tree if entry.regular]
        some = ", ".join(there[:_NAMED]) + (" …" if len(there) > _NAMED else "")
        message = f"document.patterns ({written}) match no file of that commit. It holds: {some or 'no file'}."
        raise DocumentError(Cause.PATTERNS, message, detail=some)
    for entry in files:
        if not entry.regular:
            message = f"{entry.path} is a symbolic link or a submodule: let document.patterns name plain files."
            raise DocumentError(Cause.LINK, message, detail=entry.path)
        if entry.size > limits.file:
            message = f"{entry.path} is larger than {limits.file // 2**20} MiB: split it into chapters."
            raise DocumentError(Cause.SIZE, message, detail=entry.path)
    if len(files) > MAX_FILES or sum(entry.size for entry in files) > limits.files:
        message = (
            f"document.patterns ({written}) match more than {MAX_FILES:,} files or {limits.files // 2**20} MiB: "
            "name fewer files."
        )
        raise DocumentError(Cause.SIZE, message)
