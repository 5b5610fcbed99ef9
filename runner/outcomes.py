"""What prepare, precheck, train, evaluate and publish hand over to each other and to the result, as values."""

from dataclasses import dataclass

from schemas.result import Comparison, Control, Precheck, SideBySide

PREPARE = "prepare"
PRECHECK = "precheck"
TRAIN = "train"
EVALUATE = "evaluate"
PUBLISH = "publish"
"""Names under which the outcomes are kept: `artifacts.write_value(folder, NAME, value)`."""

CANDIDATE, CONTROL = "students/candidate", "students/control"
"""Folders of the tuned students, below the build's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrepareOutcome:
    """The student that training starts from, which is also the baseline."""

    name: str
    """As people know it: the profile's base with its short digest, or the folder or id that was asked for."""
    path: str
    """Folder of the model in Hugging Face layout, outside the build's folder."""
    digest: str
    """sha256 over its weights and configuration."""
    made: bool
    """Whether this build made it; False if it came from the cache or was given."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecheckOutcome:
    """What the current model already can."""

    judge: str
    precheck: Precheck
    notes: tuple[str, ...]
    """Sentences that a reader of the scores must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseOutcome:
    """One phase of training: knowledge, or skills."""

    name: str
    examples: int
    replayed: int
    """How many of the examples are replay: the base's corpus, and the earlier phase."""
    steps: int
    tokens: int
    first_loss: float
    last_loss: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOutcome:
    """The trained students; folders are relative to the build's folder."""

    model: str
    """Folder of the candidate."""
    control: str | None
    """Folder of the student trained on shuffled answers; None for a release."""
    phases: tuple[PhaseOutcome, ...]
    seeds: dict[str, int]
    seconds: float
    resumed: bool = False
    """Whether training went on from a checkpoint of an earlier attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateOutcome:
    """The scores: what result.json says under the same names."""

    judge: str
    """Name of the judge, with what it is, such as `lexical (recall of distinguishing words)`."""
    comparisons: tuple[Comparison, ...]
    controls: tuple[Control, ...]
    samples: tuple[SideBySide, ...]
    notes: tuple[str, ...]
    """Sentences that a reader of the scores must know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOutcome:
    """The published model."""

    model: str
    """Folder below the build's folder."""
    model_digest: str
    """sha256 over its safetensors and configuration."""
