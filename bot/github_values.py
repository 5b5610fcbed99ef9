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
    line_comments: int = 0
    """Comments on lines of its diff, by anybody."""
    updated_at: datetime | None = None
    """When anything of it changed last; None where nobody asked."""
    closed_at: datetime | None = None
    """When it was closed or merged; None while it is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedPull:
    """A pull request as a list of them has it."""

    number: int
    state: str
    """`open`, `closed` or `merged`."""
    head_sha: str
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedComment:
    """A comment as a list over all conversations of a repository has it."""

    number: int
    """Of the issue or pull request."""
    on_pull: bool
    id: int
    author: str
    by_bot: bool
    body: str
    edited: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """Where the App is installed."""

    id: int
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HookDelivery:
    """One attempt of GitHub's to deliver a webhook to the App."""

    id: int
    guid: str
    status_code: int
    """HTTP status of our answer; 0 or another that is no success where there was none."""
    delivered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A file of a pull request, as listed."""

    path: str
    status: str
    previous_path: str | None
    patch: str | None = None
    """Its diff; None where GitHub shows none, such as for a large file."""


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
    written_at: datetime | None = None
    """When it was written, or edited last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCommentView:
    """A comment of our own on a line of the diff."""

    id: int
    body: str
    line: int | None
    """None where the line that it was about is no longer in the diff."""
    answered: bool = False
    """Whether somebody replied to it."""
    review: int | None = None
    """The review that it was written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineComment:
    """A comment on lines of the diff, to be written."""

    path: str
    first: int
    last: int
    body: str


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
class Button:
    """An action that a check run offers; GitHub takes 20, 40 and 20 characters."""

    label: str
    description: str
    identifier: str


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
    buttons: tuple[Button, ...] = ()
    """At most three."""
