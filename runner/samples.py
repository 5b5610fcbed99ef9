"""What generation makes of a leaf: samples to train on, and held-out questions that training never sees."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.leaf import Kind


class Origin(StrEnum):
    """Who wrote a sample."""

    SEED = "seed"
    TEACHER = "teacher"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One question with its answer, to train on."""

    leaf: str
    cluster: str
    """What it rests on: a fact's key for knowledge, a combination's key for a skill. Intervals resample clusters."""
    origin: Origin
    context: str | None
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchQuestion:
    """A held-out question of PR-bench, answered freely and judged against the reference."""

    leaf: str
    cluster: str
    context: str | None
    question: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceQuestion:
    """A held-out question of PR-mmlu: four choices drawn from the same document."""

    leaf: str
    cluster: str
    question: str
    choices: tuple[str, ...]
    gold: int
    """Index of the right choice, 0 to 3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafData:
    """All that one leaf gives to training and to evaluation."""

    leaf: str
    kind: Kind
    seeds: int
    generated: int
    kept: int
    train: tuple[Sample, ...]
    documents: tuple[str, ...]
    """Plain text of the leaf's documents, for the knowledge phase; empty for a skill."""
    bench: tuple[BenchQuestion, ...]
    mmlu: tuple[ChoiceQuestion, ...]
    passages: tuple[str, ...]
    """Sentences of the documents, for the retrieval yardstick; empty for a skill."""
    dropped: dict[str, int] = field(default_factory=dict)
    """Why what the teacher gave was not kept: reason to count."""
    notes: tuple[str, ...] = ()
    """Sentences about this leaf's data that a reader of the scores must know."""
    completed: bool = False
    """Whether rules wrote pairs beside a model's, of which too few could be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateOutcome:
    """What generation hands over beside the leaves' data, as `artifacts.write_value(folder, GENERATE, …)`."""

    teacher: str
    """Name of the teacher, for the provenance."""
    left_out: dict[str, str]
    """Leaves of a release that could not be generated, with the reason."""
    retention: tuple[str, ...]
    """Leaves that are not trained on; a few of their questions are held out to see that they do not suffer."""
    notes: tuple[str, ...]
    """Sentences that a reader of the scores must know."""


GENERATE = "generate"
