"""Estimates from paired scores: means, their difference, its cluster-bootstrap interval, and the word for it.

Questions on one fact are not independent, so intervals resample clusters (facts, combinations), never questions:
Field and Welsh 2007, "Bootstrapping clustered data", J. R. Stat. Soc. B 69(3); percentile bounds after Efron and
Tibshirani 1993, chapter 13.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from schemas.result import Change

RESAMPLES = 10_000
LEVEL = 0.95
FEWEST_CLUSTERS = 6
"""Below this no difference is called clear: even if all five of five clusters agree, a two-sided sign test gives
p = 2 / 2^5 = 0.06 (Conover 1999, section 3.4), while the bootstrap's interval shrinks to nothing."""
_CELLS = 4_000_000
"""Most cells of one block of resamples, so that memory stays small: 32 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """Two students on the same questions, and the 95 % interval of their difference."""

    questions: int
    clusters: int
    baseline: float
    candidate: float
    difference: float
    low: float
    high: float

    @property
    def change(self) -> Change:
        """Say what the interval says: above zero, below zero, or across it; nothing is clear of too few clusters."""
        if self.clusters < FEWEST_CLUSTERS or self.low <= 0 <= self.high:
            return Change.UNCLEAR
        return Change.IMPROVED if self.low > 0 else Change.REGRESSED


def mean(scores: Sequence[float]) -> float:
    """Average scores.

    Raises:
        ValueError: if there are none; that is a broken job, not a score of 0.
    """
    if not scores:
        raise ValueError("no scores to average")
    return sum(scores) / len(scores)


def compare(
    baseline: Sequence[float],
    candidate: Sequence[float],
    clusters: Sequence[str],
    *,
    seed: int,
    resamples: int = RESAMPLES,
) -> Paired:
    """Compare paired scores, with the 95 % percentile interval of a seeded cluster bootstrap.

    Args:
        baseline: One score for each question.
        candidate: The same questions' scores of the other student.
        clusters: Each question's cluster.
        seed: Of the resampling.
        resamples: How many times the clusters are drawn anew.

    Raises:
        ValueError: if there are no scores, or the three differ in length.
    """
    if not len(baseline) == len(candidate) == len(clusters):
        raise ValueError("the scores and clusters are not paired")
    first, second = mean(baseline), mean(candidate)
    names = sorted(set(clusters))
    index = {name: number for number, name in enumerate(names)}
    where = np.asarray([index[name] for name in clusters])
    sums = np.bincount(where, weights=np.subtract(candidate, baseline), minlength=len(names)).astype(np.float64)
    sizes = np.bincount(where, minlength=len(names)).astype(np.float64)
    low, high = _interval(sums, sizes, seed=seed, resamples=resamples)
    return Paired(
        questions=len(baseline),
        clusters=len(names),
        baseline=first,
        candidate=second,
        difference=second - first,
        low=low,
        high=high,
    )


def _interval(
    sums: NDArray[np.float64],
    sizes: NDArray[np.float64],
    *,
    seed: int,
    resamples: int,
) -> tuple[float, float]:
    rng = np.random.default_rng(seed)
    count = len(sums)
    block = max(1, min(resamples, _CELLS // count))
    means: list[float] = []
    while len(means) < resamples:
        drawn = rng.integers(0, count, size=(min(block, resamples - len(means)), count))
        means.extend((sums[drawn].sum(axis=1) / sizes[drawn].sum(axis=1)).tolist())
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)
