"""Frozen facts about a pull request at one head SHA: all that checks may know."""

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
    url: str = ""
    """The pull request's web page, which links to files are made from; empty where there is none."""
