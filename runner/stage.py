"""The registry of stages, and what a stage is given."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from schemas.job import BuildKind, Job


class Report(Protocol):
    """Tell how far a stage has come; cheap enough to call for every unit of work."""

    def __call__(self, *, done: int, total: int, unit: str, message: str) -> None:
        """Record progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What every stage is given: the job, its folder, and where shared things are cached."""

    job: Job
    folder: Path
    """The build's folder, with job.json in it; stages write data/ and model/ below it through `artifacts`."""
    cache: Path
    """Things that several builds share, addressed by digest: base students, stage outputs, Git objects."""
    settings: Mapping[str, str]
    """The profile's settings, printed in the provenance."""


StageFunction = Callable[[Build, Report], None]
WHOLE = frozenset({BuildKind.CANDIDATE, BuildKind.RELEASE})
"""Builds that go all of the way, from the student to its scores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A registered stage."""

    name: str
    order: int
    run: StageFunction
    kinds: frozenset[BuildKind] = WHOLE
    """The kinds of build that it is a part of."""


STAGES: dict[str, Stage] = {}


def stage(*, order: int, kinds: AbstractSet[BuildKind] = WHOLE) -> Callable[[StageFunction], StageFunction]:
    """Register a function as the stage of its own name; stages run by rising `order`, which is theirs alone."""

    def register(function: StageFunction) -> StageFunction:
        name = function.__name__
        if name in STAGES or any(other.order == order for other in STAGES.values()):
            raise ValueError(f"stage {name!r} or its order {order} is registered already")
        STAGES[name] = Stage(name=name, order=order, run=function, kinds=frozenset(kinds))
        return function

    return register
