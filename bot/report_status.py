"""Where a pull request stands beyond its findings: its triage state, who has to act next, and its builds."""

from dataclasses import dataclass
from enum import StrEnum

from schemas.job import BuildKind
from schemas.progress import Progress


class TriageState(StrEnum):
    """The triage states, of which exactly one stands at a time; the value is the label and the key in the policy."""

    NEEDED = "triage-needed"
    """Nobody has looked yet, and no check found an error."""
    REQUESTED_CHANGES = "triage-requested-changes"
    """A check found an error, or a triager asked for changes."""
    FOLLOW_UP = "triage-follow-up"
    """The author pushed after changes were requested, and no check finds an error now."""
    UNCERTAIN = "triage-uncertain"
    """People have to talk about it before it is decided."""
    APPROVED = "triage-approved"
    """A triager approved exactly this head SHA."""
    REJECTED = "triage-rejected"
    """People decided against it."""


class Actor(StrEnum):
    """Who has to act next."""

    AUTHOR = "author"
    TRIAGER = "triager"
    APPROVER = "approver"
    BOT = "bot"
    """A build is waiting or running; nobody has to do anything."""
    NOBODY = "nobody"
    """The pull request is merged or closed."""


class BuildState(StrEnum):
    """Where a build stands."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self in {BuildState.SUCCEEDED, BuildState.FAILED, BuildState.STOPPED}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStatus:
    """One build that this pull request is in."""

    id: str
    kind: BuildKind
    state: BuildState
    head_sha: str
    """The commit whose leaves it trains on: the pull request's head, or the default branch's for a release."""
    page_url: str
    """The bot's page of this build."""
    position: int = 0
    """Builds that run before this one; 0 when it runs or is the next to run."""
    progress: Progress | None = None
    """Last line of its events while it runs; None before the first."""
    reason: str | None = None
    """One sentence on why it failed or was stopped."""
    trouble: str | None = None
    """What keeps it from going on now, in a sentence or two."""
    failed_stage: str | None = None
    """The stage that it failed in."""
    improved: bool = False
    """Whether a leaf that it trained on improved."""
    asked_by: str = ""
    """Who started it."""
    seconds_left: float | None = None
    """About how long it takes until it ends, its wait included; None where nothing is known yet."""
    version: str | None = None
    """The version that a release is published under, such as `v3`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A word of a person's that the triage state follows: a command's, or a label that was set by hand."""

    login: str = ""
    """Who said it; empty for a label."""
    reason: str = ""
    """Why, in their own words."""
    label: str = ""
    """The label that somebody set; empty for a command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What keeps a pull request from being built, approved and released; it outlasts pushes."""

    login: str
    """Who put it on hold."""
    reason: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportStatus:
    """All that the report comment says beyond the checks' results."""

    state: TriageState
    next: Actor
    app: str
    """The App's slug: commands are written `/espalier …` or `@<app> …`."""
    page_url: str
    """The bot's page."""
    approved_sha: str | None = None
    """The head SHA that was approved; None if none is, or if it was another one."""
    approved_by: tuple[str, ...] = ()
    """Logins of those who approved that SHA."""
    approvals_needed: int = 1
    builds: tuple[BuildStatus, ...] = ()
    """Builds that this pull request is in, newest first."""
    merged: bool = False
    """Whether it is merged; one on which nobody has to act, and that is not merged, is closed."""
    first_contribution: bool = False
    """Whether this is the author's first pull request here."""
    policy_problem: str | None = None
    """Why `.github/espalier.yml` was not taken, in one sentence; the last good policy is in force then."""
    decided: Decision | None = None
    """Who decided against it, asked for changes, or cannot tell; None where checks or nobody did."""
    hold: Hold | None = None
    """What keeps it from being built, approved and released."""
    unapproved_merge: bool = False
    """Whether it was merged with leaves to train on at a head that nobody approved by command."""


REPORT_MARKER = "<!-- espalier:report -->"
"""First line of the one report comment; with the author it makes the comment ours."""


PROBLEM_MARKER = "<!-- espalier:problem -->"
"""First line of the comment that says why a pull request could not be looked at; it goes when it can be."""


def result_marker(build_id: str) -> str:
    """Give the first line of the comment that holds a build's result, one per build and pull request."""
    return f"<!-- espalier:result {build_id} -->"
