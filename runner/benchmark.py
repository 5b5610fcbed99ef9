"""The registry of benchmarks: how one student does on one leaf's held-out questions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from runner.inference import Student
from runner.judge import Judge
from runner.samples import LeafData

Advance = Callable[[int], None]
"""Told how many more questions were answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graded:
    """One score for each question of a leaf, in the leaf's order."""

    clusters: tuple[str, ...]
    scores: tuple[float, ...]


class Benchmark(Protocol):
    """One way to score a student."""

    name: str
    """What results call it."""
    order: int
    """Where it stands in a result's tables."""

    def questions(self, leaf: LeafData) -> int:
        """Count the questions that this benchmark asks of a leaf; 0 where it does not apply."""

    def grade(self, student: Student, leaf: LeafData, *, judge: Judge, most_tokens: int, advance: Advance) -> Graded:
        """Ask a student every question of a leaf, and score each answer.

        Raises:
            ValueError: if the benchmark does not apply to the leaf.
        """

    def retrieve(self, leaf: LeafData, *, judge: Judge) -> tuple[float, ...] | None:
        """Score plain retrieval on the same questions; None where there is nothing to search."""


BENCHMARKS: dict[str, Benchmark] = {}
Kind = TypeVar("Kind", bound=Benchmark)


def benchmark(kind: type[Kind]) -> type[Kind]:
    """Register a class as a benchmark.

    Raises:
        ValueError: if its name or its order is taken.
    """
    made = kind()
    if made.name in BENCHMARKS or any(other.order == made.order for other in BENCHMARKS.values()):
        raise ValueError(f"benchmark {made.name!r} or its order {made.order} is registered already")
    BENCHMARKS[made.name] = made
    return kind


def ordered() -> tuple[Benchmark, ...]:
    """List the benchmarks in the order of results."""
    return tuple(sorted(BENCHMARKS.values(), key=lambda item: item.order))
