"""GitHub's objects as far as the bot looks at them."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryView:
    """A repository."""

    default_branch: str
    clone_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """A pull request."""

    number: int
    title: str
    body: str
    author: str
    state: str
    """`open`, `closed` or `merged`."""
    base_ref: str
    base_sha: str
    head_sha: str
    labels: tuple[str, ...]
    url: str
    first_contribution: bool
    merged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file of a pull request, as listed."""

    path: str
    status: str
    previous_path: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitView:
    """A commit of a pull request, as listed."""

    sha: str
    parents: tuple[str, ...]
    author_name: str
    author_email: str
    committer_name: str
    committer_email: str
    message: str
    login: str | None
    is_bot: bool
    verified: bool
    authored: datetime
    """When the author wrote it; a rebase leaves that alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """A file in a commit's tree."""

    path: str
    mode: str
    sha: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The files of a commit by path."""

    entries: dict[str, TreeEntry]
    complete: bool
    """False where GitHub cut the listing at 100,000 entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentView:
    """A comment on a pull request."""

    id: int
    body: str
    mine: bool
    """Whether we wrote it."""
    author: str = ""
    by_bot: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """A label of the repository."""

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A remark on lines of a file, in a check run."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    """`notice`, `warning` or `failure`."""
    message: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunView:
    """A check run of ours on a commit."""

    id: int
    name: str
    external_id: str
    status: str
    summary: str
    annotations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRunBody:
    """What a check run is to say."""

    name: str
    head_sha: str
    external_id: str
    details_url: str
    status: str
    conclusion: str | None
    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()
    rerun: bool = False
    """Whether the run offers the action 'Re-run'."""
