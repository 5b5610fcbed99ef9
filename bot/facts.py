"""Frozen facts about a pull request at one head SHA: all that checks may know."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from schemas.config import Config


class FileStatus(StrEnum):
    """What a pull request did to a file."""

    ADDED = "added"
    MODIFIED = "modified"
    REMOVED = "removed"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """A file that the pull request touches, with its bytes at the head SHA."""

    path: str
    status: FileStatus
    mode: str
    """Git's file mode, such as `100644`; `120000` is a symbolic link, `160000` a submodule."""
    content: bytes | None
    """None where removed, outside the taxonomy, or over the size limit."""
    size: int
    previous_path: str | None = None
    shown: tuple[tuple[int, int], ...] = ()
    """First and last line of each stretch of the file that the pull request's diff shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Name and e-mail as a commit gives them."""

    name: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit of the pull request, oldest first in `PullRequestFacts.commits`."""

    sha: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str
    author_login: str | None = None
    author_is_bot: bool = False
    verified: bool = False
    author_is_member: bool = False
    """Whether the author belongs to the organisation; asked for only where the policy exempts members from sign-off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafFiles:
    """A leaf folder that the pull request touches, as it stands at the head SHA."""

    folder: str
    qna: ChangedFile | None
    """The changed qna.yaml; None if only its attribution changed."""
    attribution: bytes | None
    """attribution.txt at the head SHA, changed or not; None if there is none."""
    attribution_read: bool = True
    """Whether it was looked for; not where a pull request changes more than is read."""


class DocumentState(StrEnum):
    """What came of looking at a knowledge document."""

    READ = "read"
    HOST_REFUSED = "host-refused"
    """The URL is not https, or its host is not allowed or not public."""
    UNREACHABLE = "unreachable"
    """The host did not answer, or too late; nothing is known of the document."""
    NO_REPOSITORY = "no-repository"
    NO_COMMIT = "no-commit"
    NO_FILES = "no-files"
    TOO_LARGE = "too-large"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentText:
    """A file that a document's patterns match."""

    path: str
    text: str | None
    """None where its type is not read, such as PDF."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLook:
    """What was found behind the `document` of a knowledge leaf, at its commit."""

    state: DocumentState
    detail: str = ""
    """A clause on why it could not be read; never holds credentials."""
    files: tuple[DocumentText, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLeaf:
    """A leaf that this pull request might repeat: one of the tree at its base, or of another open pull request."""

    folder: str
    digest: str
    """Git's blob SHA of its qna.yaml, in 40 hex digits."""
    sketch: tuple[int, ...]
    """What `bot.sketch.sketch` gives for its qna.yaml."""
    url: str
    """Its page; empty on a local checkout."""
    pull: int | None = None
    """Number of the open pull request that proposes it; None if it stands in the tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestFacts:
    """A pull request pinned to a head SHA."""

    repository: str
    number: int
    author: str
    title: str
    body: str
    base_ref: str
    base_sha: str
    head_sha: str
    files: tuple[ChangedFile, ...]
    leaves: tuple[LeafFiles, ...]
    """Leaf folders with a changed qna.yaml or attribution.txt that still exist at the head SHA, by path."""
    commits: tuple[Commit, ...]
    commits_complete: bool
    """False where the 250 commits that GitHub lists are not all."""
    config: Config
    documents: Mapping[str, DocumentLook] | None = None
    """What stands behind the documents of changed knowledge leaves, by leaf folder; None if nobody looked."""
    others: tuple[OtherLeaf, ...] | None = None
    """Leaves elsewhere that share a changed leaf's folder, digest or part of its sketch; None if nobody looked."""
    base_commits: frozenset[str] = frozenset()
    """Those SHAs of `commits` that the base branch holds already, under the same or another SHA (a bad rebase)."""
    url: str = ""
    """The pull request's web page, or else its repository's, for links to files; empty where neither is."""
