"""What stands behind the documents of knowledge leaves: fetched within the policy's bounds, and told as facts."""

import threading
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.facts import DocumentLook, DocumentState, DocumentText, PullRequestFacts
from bot.quotation import MAX_TEXT
from bot.references import references
from schemas.config import DocumentPolicy
from schemas.leaf import Document
from sources.address import look_at as look_at_address
from sources.documents import DocumentError, Limits, SourceFile, read_files
from sources.git_cache import Bounds
from sources.git_refusals import Cause

MAX_PACK = 256 * 1024 * 1024
"""Bytes that a shallow clone of a documents repository may have."""
MAX_DOCUMENTS = 50
"""Documents of one pull request that are fetched."""
UNREAD = frozenset({"pdf"})
"""File name endings that may be named, and are not read here."""

_STATES = {
    Cause.ADDRESS: DocumentState.HOST_REFUSED,
    Cause.MISSING: DocumentState.NO_REPOSITORY,
    Cause.NOT_GIT: DocumentState.NO_REPOSITORY,
    Cause.MOVED: DocumentState.NO_REPOSITORY,
    Cause.BROKEN: DocumentState.NO_REPOSITORY,
    Cause.COMMIT: DocumentState.NO_COMMIT,
    Cause.PATTERNS: DocumentState.NO_FILES,
    Cause.LINK: DocumentState.NO_FILES,
    Cause.SIZE: DocumentState.TOO_LARGE,
    # How large a repository may be is a bound of this look alone: nothing is known of the document.
    Cause.LARGE: DocumentState.UNREACHABLE,
    Cause.UNREACHABLE: DocumentState.UNREACHABLE,
}
LEFT_OUT = DocumentLook(state=DocumentState.UNREACHABLE, detail=f"only the first {MAX_DOCUMENTS} documents are")


def with_documents(facts: PullRequestFacts, *, scratch: Path | None = None) -> PullRequestFacts:
    """Look at the documents of all changed knowledge leaves, one after the other.

    Args:
        facts: The facts so far.
        scratch: Where repositories are kept while they are read; the system's own folder for that by default.
    """
    looks: dict[str, DocumentLook] = {}
    seen: dict[Document, DocumentLook] = {}
    for folder, document in references(facts).items():
        if document not in seen:
            room = len(seen) < MAX_DOCUMENTS
            seen[document] = look_at(document, facts.config.document, scratch=scratch) if room else LEFT_OUT
        looks[folder] = seen[document]
    return replace(facts, documents=looks)


def look_at(
    document: Document,
    policy: DocumentPolicy,
    *,
    loopback: bool = True,
    scratch: Path | None = None,
    stop: threading.Event | None = None,
) -> DocumentLook:
    """Fetch a document's repository at its commit, read what its patterns match, and throw the repository away.

    Args:
        document: The document.
        policy: What the taxonomy lets be fetched.
        loopback: Whether the policy may name this machine: not where policy and machine belong to different people.
        scratch: Where the repository is kept meanwhile; the system's own folder for that by default.
        stop: Ends the fetch as soon as it is set.
    """
    address = look_at_address(document.repo, policy.hosts)
    if address.loopback and not loopback:
        return DocumentLook(
            state=DocumentState.HOST_REFUSED, detail=f"stands on {address.host}, which is not a public address"
        )
    most = policy.megabytes * 1024 * 1024
    limits = Limits(fetch=Bounds(seconds=policy.seconds, pack=MAX_PACK, stop=stop), file=most, files=most)
    readable = frozenset(kind.lower() for kind in policy.types) - UNREAD
    if scratch is not None:
        scratch.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="document-", dir=scratch) as cache:
        try:
            files = read_files(
                document,
                hosts=policy.hosts,
                cache=Path(cache),
                limits=limits,
                wanted=lambda path: path.rpartition(".")[2].lower() in readable,
            )
        except DocumentError as error:
            return DocumentLook(state=_STATES[error.cause], detail=error.detail)
    texts = tuple(_text(file) for file in files)
    if sum(len(each.text or "") for each in texts) > MAX_TEXT:  # more than is read: what nobody reads is not kept
        texts = tuple(replace(each, text=None) for each in texts)
    return DocumentLook(state=DocumentState.READ, files=texts)


def _text(file: SourceFile) -> DocumentText:
    try:
        text = None if file.content is None else file.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = None
    return DocumentText(path=file.path, text=None if text is None or "\0" in text else text)
