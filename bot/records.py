"""What the bot remembers, as values: pull requests, votes, builds, merges and models."""

from dataclasses import dataclass
from enum import StrEnum

from bot.report_status import BuildState, Hold, TriageState
from schemas.job import Job, PullRequestPart
from schemas.progress import Progress
from schemas.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """A pull request as the bot last saw it."""

    repository: str
    number: int
    installation: int
    title: str
    author: str
    state: str
    """`open`, `closed` or `merged`."""
    head_sha: str
    head_seen_at: str
    """When we first heard of this head."""
    triage: TriageState | None
    labels: tuple[str, ...]
    own_labels: tuple[str, ...]
    """Those of the labels that the bot set."""
    url: str
    updated_at: str


class VoteKind(StrEnum):
    """What can be said of a head; the value is the command that says it."""

    APPROVE = "approve"
    REQUEST_CHANGES = "request-changes"
    UNCERTAIN = "uncertain"
    REJECT = "reject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What a triager said of one head SHA; the next push takes it back."""

    login: str
    kind: VoteKind
    reason: str = ""
    """Why, in the triager's own words."""
    base_ref: str = ""
    """The branch that the head was to be merged into then: an approval does not stand for another."""
    comment: int = 0
    """The comment that it was cast by; 0 where it was a review, or that was not kept."""

    @property
    def approves(self) -> bool:
        """Whether it is an approval."""
        return self.kind is VoteKind.APPROVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What approvals of a pull request stand on beside its head."""

    base_ref: str = ""
    """The branch that it is to be merged into; empty where nobody looked yet."""
    fell_at: str = ""
    """When it was last closed, or given another base, by GitHub's clock: what was approved until then is not any more.

    Empty where that never happened.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """When somebody said something: of two words the later written counts, whichever is heard of first."""

    at: str
    comment: int = 0
    """The comment that it was written in; 0 where it was a review or a button."""

    def is_before(self, other: "Word") -> bool:
        """Tell whether it was written before another; times have whole seconds, and ids of comments rise."""
        mine, others = self.at[:19], other.at[:19]
        return mine < others or (mine == others and 0 < self.comment < other.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldWord(Word):
    """The newest word on a hold of a pull request."""

    hold: Hold | None
    """What holds it since; None where the word ended that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Word):
    """The newest word that called builds of a pull request off: what was ordered before it is not to be built."""

    whose: str = ""
    """Whose orders, in lower case; everybody's where it is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """A command that was carried out."""

    source: str
    """Where it was given: a comment, a review, a button."""
    words: str
    answer: str = ""
    """What was answered; empty where nothing was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandLabel:
    """A label that a person set or took off while one head stood: it stays so until the next push."""

    name: str
    present: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A build's row."""

    job: Job
    installation: int
    state: BuildState
    asked_by: str
    asked_at: str = ""
    """When that was written; empty where no command asked."""
    asked_in: int = 0
    """The comment that it was asked for in; 0 for anything else."""
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    submissions: int = 0
    """How often it was given to the Jobs API; more than once only where a cluster was lost."""
    stop_reason: str | None = None
    """Why it is to be stopped, in one sentence; None if it is not."""
    stop_at: str | None = None
    progress: Progress | None = None
    result: Result | None = None
    reason: str | None = None
    posted: BuildState | None = None
    """The state that its check run on GitHub shows."""

    @property
    def id(self) -> str:
        """The job's id."""
        return self.job.id

    @property
    def asked(self) -> Word:
        """When somebody asked for it."""
        return Word(at=self.asked_at, comment=self.asked_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """A pull request that was merged into the default branch."""

    repository: str
    installation: int
    part: PullRequestPart
    merged_at: str
    quiet_until: str
    """When its quiet window ends, if nothing else is merged."""
    build_id: str | None = None
    """The last release build that it was put in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A published version."""

    version: int
    repository: str
    build_id: str
    created_at: str

    @property
    def name(self) -> str:
        """The version as people write it."""
        return f"v{self.version}"
