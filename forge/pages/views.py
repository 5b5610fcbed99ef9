"""What the pages show, as values that templates only have to lay out."""

from dataclasses import dataclass

from markupsafe import Markup

from forge.pages.diffs import FileView, Remark

OUTCOMES = {
    # conclusion or status of a check run: (word for the style, what a person reads)
    "success": ("good", "passed"),
    "failure": ("bad", "failed"),
    "timed_out": ("bad", "timed out"),
    "action_required": ("warn", "needs action"),
    "cancelled": ("off", "cancelled"),
    "neutral": ("off", "neutral"),
    "skipped": ("off", "skipped"),
    "stale": ("off", "stale"),
    "in_progress": ("busy", "running"),
    "queued": ("busy", "queued"),
    "waiting": ("busy", "waiting"),
    "requested": ("busy", "requested"),
    "pending": ("busy", "pending"),
    "error": ("bad", "error"),
}
ORDER = ("bad", "warn", "busy", "good", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a check stands: a word for the style and a word for the reader."""

    style: str
    word: str


def outcome(word: str) -> Outcome:
    """Say how a check with this conclusion (or status, before it has one) stands."""
    style, reading = OUTCOMES.get(word, ("off", word.replace("_", " ")))
    return Outcome(style=style, word=reading)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryView:
    """A repository in a heading or a list."""

    full_name: str
    description: str | None
    default_branch: str
    pushed_at: str
    parent: str | None
    open_pulls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelView:
    """A label with its colour, six hexadecimal digits."""

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullLine:
    """A pull request in a list."""

    number: int
    title: str
    state: str
    author: str
    created_at: str
    labels: tuple[LabelView, ...]
    comments: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionView:
    """How many reacted in one way, and who."""

    content: str
    emoji: str
    logins: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry of a conversation: `verb` says what the author did, and `body` is empty for a mere event."""

    anchor: str
    kind: str
    author: str
    is_bot: bool
    badge: str
    verb: str
    at: str
    edited: bool
    body: Markup
    reactions: tuple[ReactionView, ...] = ()
    remarks: tuple[Remark, ...] = ()
    url: str = ""
    url_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitView:
    """A commit in a list or above its changes."""

    sha: str
    subject: str
    rest: str
    author: str
    email: str
    at: str
    parents: tuple[str, ...]
    checks: Outcome | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationView:
    """A check's remark on lines of a file, and where on the page of changes it stands."""

    level: str
    path: str
    start_line: int
    end_line: int
    title: str
    message: str
    raw_details: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """A check run, or a commit status, which has no more than a name, a state and a description."""

    anchor: str
    name: str
    app: str
    outcome: Outcome
    title: str
    summary: Markup
    text: Markup
    details_url: str
    started_at: str
    completed_at: str
    annotations: tuple[AnnotationView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerView:
    """Somebody who reviewed, or was asked to."""

    login: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """Which forms the acting user gets; `close` is `close`, `reopen` or empty."""

    review: bool
    merge: bool
    merge_note: str
    close: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullView:
    """A pull request's heading, side column and counts: what each of its pages shows."""

    repository: RepositoryView
    number: int
    title: str
    state: str
    author: str
    created_at: str
    base: str
    head: str
    head_sha: str
    labels: tuple[LabelView, ...]
    reviewers: tuple[ReviewerView, ...]
    commits: tuple[CommitView, ...]
    checks: tuple[CheckView, ...]
    files: int
    additions: int
    deletions: int
    comments: int
    participants: tuple[str, ...]

    @property
    def url(self) -> str:
        """The path of the conversation."""
        return f"/{self.repository.full_name}/pull/{self.number}"

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        """How many checks stand how, worst first."""
        styles = [check.outcome.style for check in self.checks]
        return tuple((style, styles.count(style)) for style in ORDER if style in styles)


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesView:
    """The changed files, and remarks on files that are not among them."""

    files: tuple[FileView, ...]
    elsewhere: tuple[Remark, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLine:
    """A name in a folder."""

    name: str
    url: str
    is_folder: bool
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderView:
    """A folder at a commit, with its README if it has one."""

    repository: RepositoryView
    ref: str
    branches: tuple[str, ...]
    crumbs: tuple[tuple[str, str], ...]
    lines: tuple[TreeLine, ...]
    readme: Markup
    readme_name: str
    last: CommitView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileText:
    """A file at a commit: rendered if it is Markdown, numbered lines if it is text, else only its size."""

    repository: RepositoryView
    ref: str
    path: str
    crumbs: tuple[tuple[str, str], ...]
    size: int
    rendered: Markup
    lines: tuple[str, ...]
    binary: bool
