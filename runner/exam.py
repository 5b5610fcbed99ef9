"""What a build is examined with: the held-out questions of its own leaves, of the base's corpus, of other leaves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from runner.benchmark import ordered
from runner.samples import BenchQuestion, LeafData
from schemas.leaf import Kind

T = TypeVar("T")

_SAMPLES = 4
"""Answers shown side by side for each leaf."""
_OTHER_CHOICES, _OTHER_BENCH = 40, 40
"""Most questions asked over all other leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """The held-out questions of a build."""

    targets: tuple[LeafData, ...]
    retention: tuple[LeafData, ...]
    """Groups of leaves that were not trained on; those of one name are compared together."""

    def total(self, students: int) -> int:
        """Count the answers that so many students will give; two of them are asked what is kept and what is shown."""
        each = sum(item.questions(leaf) for item in ordered() for leaf in self.targets) * students
        kept = sum(item.questions(leaf) for item in ordered() for leaf in self.retention) * 2
        return each + kept + sum(2 * len(shown(leaf)) for leaf in self.targets)


def exam(leaves: Sequence[LeafData], *, targets: Sequence[str], base: LeafData) -> Exam:
    """Lay out the questions: the target leaves', the base's own corpus's, and a sample of the other leaves'.

    Args:
        leaves: All that generation gave.
        targets: Folder paths of the leaves that were trained on.
        base: The held-out questions of the base's corpus.
    """
    wanted = set(targets)
    others = [leaf for leaf in leaves if leaf.leaf not in wanted]
    choices = sum(bool(leaf.mmlu) for leaf in others)
    benches = sum(bool(leaf.bench) and leaf.kind is Kind.SKILL for leaf in others)
    sampled = [
        replace(
            leaf,
            mmlu=spread(leaf.mmlu, max(1, _OTHER_CHOICES // max(choices, 1))),
            bench=spread(leaf.bench, max(1, _OTHER_BENCH // max(benches, 1))),
        )
        for leaf in others
    ]
    return Exam(targets=tuple(leaf for leaf in leaves if leaf.leaf in wanted), retention=(base, *sampled))


def spread(items: Sequence[T], count: int) -> tuple[T, ...]:
    """Pick at most `count` items at equal distances, so that nobody chooses them."""
    if len(items) <= count:
        return tuple(items)
    return tuple(items[index * len(items) // count] for index in range(count))


def freely(leaf: LeafData) -> tuple[BenchQuestion, ...]:
    """List what a leaf asks for a free answer: its own such questions, or its choice questions without the choices."""
    if leaf.bench:
        return leaf.bench
    return tuple(
        BenchQuestion(
            leaf=item.leaf,
            cluster=item.cluster,
            context=None,
            question=item.question,
            reference=item.choices[item.gold],
        )
        for item in leaf.mmlu
    )


def shown(leaf: LeafData) -> tuple[BenchQuestion, ...]:
    """Pick the questions to show side by side: of each cluster the first, at equal distances over the clusters."""
    firsts = {item.cluster: item for item in reversed(freely(leaf))}
    return spread([firsts[cluster] for cluster in sorted(firsts)], _SAMPLES)
