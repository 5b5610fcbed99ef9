"""Removes what says the same twice, over a whole leaf: exact and near duplicates, and questions with rival answers."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runner.samples import Origin, Sample
from runner.wording import frame, normalise, overlap

_NEAR = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is left, in the order that it came in, seeds before all others."""

    samples: tuple[Sample, ...]
    dropped: Mapping[str, int]
    """Reason to count."""


def deduplicate(samples: Sequence[Sample]) -> Kept:
    """Keep one of each question; of rival answers a seed's, else the most frequent one, else none."""
    dropped: Counter[str] = Counter()
    ordered = sorted(samples, key=lambda sample: sample.origin is not Origin.SEED)
    settled = _settle(ordered, dropped)
    seen: set[tuple[str, str]] = set()
    near: dict[tuple[str, tuple[str, ...], str], list[str]] = defaultdict(list)
    kept: list[Sample] = []
    for sample in settled:
        key = _asked(sample)
        alike = near[key[0], frame(sample.question), normalise(sample.answer)]
        if key in seen:
            dropped["exact duplicate"] += 1
        elif sample.origin is not Origin.SEED and any(overlap(sample.question, other) >= _NEAR for other in alike):
            dropped["near duplicate"] += 1
        else:
            seen.add(key)
            alike.append(sample.question)
            kept.append(sample)
    return Kept(samples=tuple(kept), dropped=dict(dropped))


def _settle(samples: Sequence[Sample], dropped: Counter[str]) -> list[Sample]:
    rivals: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    by_seed: dict[tuple[str, str], str] = {}
    for sample in samples:
        answer = normalise(sample.answer)
        rivals[_asked(sample)][answer] += 1
        if sample.origin is Origin.SEED:
            by_seed.setdefault(_asked(sample), answer)
    right: dict[tuple[str, str], str | None] = {}
    for key, counts in rivals.items():
        first, *rest = counts.most_common(2)
        tied = bool(rest) and rest[0][1] == first[1]
        right[key] = by_seed.get(key, None if tied else first[0])
    settled = [
        sample
        for sample in samples
        if sample.origin is Origin.SEED or right[_asked(sample)] == normalise(sample.answer)
    ]
    if len(settled) < len(samples):
        dropped["question with rival answers"] += len(samples) - len(settled)
    return settled


def _asked(sample: Sample) -> tuple[str, str]:
    return (normalise(sample.context or ""), normalise(sample.question))
