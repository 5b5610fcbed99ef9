"""result.json: what a build found out, with all that its numbers rest on."""

from dataclasses import dataclass, field
from enum import StrEnum

from schemas.names import require_plain

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
    dropped: dict[str, int] = field(default_factory=dict)
    """Why what the teacher gave was not kept: reason to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedAnswer:
    """A seed question of the contributor's, with what the current model says to it."""

    leaf: str
    question: str
    context: str | None
    """What the model was shown with it; None where it was asked the question alone."""
    expected: str
    actual: str
    score: float | None
    """The judge's, from 1 to 10; None where the expected answer holds no word that it could look for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ability:
    """How the current model does on one leaf's seed questions."""

    leaf: str
    questions: int
    """Those that the judge scored."""
    score: float | None
    """Mean of the judge's scores, from 1 to 10; None where it could score no question."""
    capable: bool
    """Whether the mean reaches the policy's threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precheck:
    """What the current model already can of a pull request's leaves."""

    model: str
    """Name of the model that was asked."""
    released: bool
    """Whether it is a released one; False where nothing was released yet, and the base was asked."""
    threshold: float
    leaves: tuple[Ability, ...]
    answers: tuple[SeedAnswer, ...]

    @property
    def capable(self) -> bool:
        """Whether the model already can all of it."""
        return bool(self.leaves) and all(leaf.capable for leaf in self.leaves)

    @property
    def score(self) -> float | None:
        """Mean score over all questions, from 1 to 10; None where the judge could score none."""
        scores = [answer.score for answer in self.answers if answer.score is not None]
        return sum(scores) / len(scores) if scores else None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSample:
    """A generated question with its answer, to look at."""

    leaf: str
    context: str | None
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFile:
    """A file of the build's folder data/."""

    name: str
    leaf: str
    size: int
    """Bytes."""
    sha256: str

    def __post_init__(self) -> None:
        """Refuse a name that leads out of data/; a UserError says so."""
        require_plain(self.name, "DataFile.name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What generation wrote: a few samples of each leaf, and the files with all of them."""

    samples: tuple[DataSample, ...]
    files: tuple[DataFile, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Everything that the numbers rest on; what a kind of build does without is None."""

    base: str | None
    """Name of the student that training started from, or of the model that a precheck asked."""
    base_digest: str | None
    teacher: str | None
    judge: str | None
    model: str | None
    """Folder of the published model below the build's folder."""
    model_digest: str | None
    data_digest: str | None
    seeds: dict[str, int]
    counts: tuple[LeafCount, ...]
    seconds: dict[str, float]
    """Wall seconds by stage."""
    versions: dict[str, str]
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the scores must know."""
    left_out: dict[str, str] = field(default_factory=dict)
    """Leaves of a release that are not in its model, each with a sentence on why and what to do."""

    def __post_init__(self) -> None:
        """Refuse a model that stands outside the build's folder; a UserError says so."""
        if self.model is not None:
            require_plain(self.model, "Provenance.model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A build's whole outcome."""

    job_id: str
    status: Status
    failure: Failure | None = None
    comparisons: tuple[Comparison, ...] = ()
    controls: tuple[Control, ...] = ()
    samples: tuple[SideBySide, ...] = field(default=())
    precheck: Precheck | None = None
    """Of a precheck."""
    generated: Generated | None = None
    """Of a build of data alone."""
    provenance: Provenance | None = None
    seconds: float = 0.0
    """Wall seconds that the job ran, from its first line of progress to this result."""
