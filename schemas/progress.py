"""events.jsonl: a line for each step forward of a build, appended by the runner and followed by the bot."""

from dataclasses import dataclass

from schemas.job import BuildKind

_WHOLE = ("prepare", "generate", "train", "evaluate", "publish")
STAGES = {
    BuildKind.CANDIDATE: _WHOLE,
    BuildKind.RELEASE: _WHOLE,
    BuildKind.PRECHECK: ("prepare", "precheck"),
    BuildKind.GENERATE: ("generate",),
}
"""Names of the stages of each kind of build, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one stage has come."""

    at: str
    """Time of writing, ISO 8601 in UTC with milliseconds."""
    stage: str
    """Name of the stage, one of those in `STAGES`."""
    done: int
    total: int
    unit: str
    """What `done` and `total` count: leaves, samples, steps, questions, files."""
    rate: float | None
    """Units a second since the stage began; None before the first."""
    message: str
    """One clause for a person: what is being done now."""

    @property
    def seconds_left(self) -> float | None:
        """Estimate the stage's remaining time in seconds, or None where nothing is known yet."""
        return None if not self.rate else max(self.total - self.done, 0) / self.rate
