"""What a command may ask for, as values: an answer, a word on a head, builds, releases, quotas."""

from dataclasses import dataclass

from bot.records import VoteKind
from schemas.job import BuildKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer in a comment."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """Say a word on this head SHA, which moves the triage state."""

    kind: VoteKind
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOnHold:
    """Keep the pull request from being built, approved and released until somebody ends it; a push does not."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndHold:
    """Let the pull request be built, approved and released again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveSignOff:
    """Set DCO to pass for this head SHA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBuild:
    """Queue a build of exactly this head SHA."""

    kind: BuildKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StopBuild:
    """Stop a build that waits or runs."""

    build_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOff:
    """Let nothing be built that was ordered before this was written, and is heard of after it."""

    own: bool
    """Whether it concerns no orders but those of the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRelease:
    """Queue a release build of the default branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """Make an earlier published version the current one."""

    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """Let the pull requests of one author use more of the cluster today."""

    login: str
    builds: int
    gpu_minutes: int


Decided = CastVote | PutOnHold | EndHold | WaiveSignOff | CallOff | Allow
"""What is noted, and nothing else has to be done about."""
Step = Reply | Decided | StartBuild | StopBuild | StartRelease | RollBack
