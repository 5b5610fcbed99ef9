"""What people call the kinds of build, what comes out of each, and which command asks for another."""

from dataclasses import dataclass

from schemas.job import BuildKind


@dataclass(frozen=True, slots=True, kw_only=True)
class KindWords:
    """How one kind of build is spoken of."""

    name: str
    running: str
    """What it does, as a check run's title."""
    outcome: str
    """What it ends with, in the plural."""
    command: str
    """Asks for another one."""


KIND_WORDS = {
    BuildKind.CANDIDATE: KindWords(
        name="Candidate", running="Trains and measures", outcome="Scores", command="/espalier build"
    ),
    BuildKind.RELEASE: KindWords(
        name="Release", running="Trains and measures", outcome="Scores", command="/espalier release"
    ),
    BuildKind.PRECHECK: KindWords(
        name="Precheck", running="Asks the current model", outcome="Answers", command="/espalier precheck"
    ),
    BuildKind.GENERATE: KindWords(
        name="Data", running="Writes questions and answers", outcome="Data", command="/espalier generate"
    ),
}
