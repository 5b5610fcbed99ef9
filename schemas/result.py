"""result.json: what a build found out, with all that its numbers rest on."""

from dataclasses import dataclass, field
from enum import StrEnum

FAILURE_LOG = "failure.log"
"""File beside result.json that holds the traceback of a build that ended by a defect of the program."""


class Status(StrEnum):
    """How a build ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"


class Change(StrEnum):
    """What a paired 95 % interval says of a difference: above zero, below zero, or across it."""

    IMPROVED = "improved"
    REGRESSED = "regressed"
    UNCLEAR = "no clear change"


class Role(StrEnum):
    """Why a comparison stands in the result."""

    TARGET = "target"
    """A leaf that was trained on: what the pull request asked for."""
    RETENTION = "retention"
    """Something that was not trained on and should not suffer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a build ended without scores."""

    stage: str
    message: str
    """One sentence that says what happened and what to do."""
    leaf: str | None = None
    contributor: bool = False
    """Whether the pull request's author can mend it, rather than an operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One benchmark on one leaf: baseline and candidate on the same held-out questions."""

    benchmark: str
    """pr_bench (judge's score, 1 to 10) or pr_mmlu (share of four-choice questions right, 0 to 1)."""
    leaf: str
    role: Role
    questions: int
    clusters: int
    """Independent groups of questions (facts, or seed combinations) that the interval resamples."""
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float
    """Bounds of the paired 95 % interval of the difference."""
    change: Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A yardstick beside the candidate, on the same questions."""

    name: str
    """shuffled answers, or retrieval."""
    benchmark: str
    leaf: str
    questions: int
    score: float
    difference: float | None
    """Against the baseline; None where the yardstick is no model."""
    low: float | None
    high: float | None
    change: Change | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SideBySide:
    """One held-out question with the original and the tuned model's answers."""

    leaf: str
    question: str
    context: str | None
    reference: str
    original: str
    tuned: str
    original_score: float
    tuned_score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeafCount:
    """What generation made of one leaf."""

    leaf: str
    seeds: int
    generated: int
    kept: int
    train: int
    bench: int
    mmlu: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything that the numbers rest on."""

    base: str
    """Name of the student that training started from."""
    base_digest: str
    teacher: str
    judge: str
    model: str | None
    """Folder of the published model below the build's folder."""
    model_digest: str | None
    data_digest: str
    seeds: dict[str, int]
    counts: tuple[LeafCount, ...]
    seconds: dict[str, float]
    """Wall seconds by stage."""
    versions: dict[str, str]
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the scores must know."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Leaves of a release that are not in its model, each with a sentence on why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A build's whole outcome."""

    job_id: str
    status: Status
    failure: Failure | None = None
    comparisons: tuple[Comparison, ...] = ()
    controls: tuple[Control, ...] = ()
    samples: tuple[SideBySide, ...] = field(default=())
    provenance: Provenance | None = None
