"""Keeps what one leaf holds out from being trained on through another: two leaves may rest on the same document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runner.held_out import asked_key
from runner.samples import BenchQuestion, ChoiceQuestion, LeafData


@dataclass(frozen=True, slots=True, kw_only=True)
class Apart:
    """Leaves that are trained on, and others that are only asked about, with nothing on both sides."""

    trained: tuple[LeafData, ...]
    others: tuple[LeafData, ...]


def keep_apart(trained: Sequence[LeafData], others: Sequence[LeafData]) -> Apart:
    """Take out of training what any leaf that is trained on holds out, and out of the others' questions what is left.

    Args:
        trained: Leaves whose samples are trained on together; each is split already.
        others: Leaves that are only asked about; those that keep no question are left out.
    """
    held = {_key(item) for leaf in trained for item in leaf.bench} | {
        _key(item) for leaf in trained for item in leaf.mmlu
    }
    safe = tuple(_without(leaf, held) for leaf in trained)
    seen = {asked_key(item.context, item.question, item.answer) for leaf in safe for item in leaf.train}
    asked = (
        replace(
            leaf,
            bench=tuple(item for item in leaf.bench if _key(item) not in seen),
            mmlu=tuple(item for item in leaf.mmlu if _key(item) not in seen),
        )
        for leaf in others
    )
    return Apart(trained=safe, others=tuple(leaf for leaf in asked if leaf.bench or leaf.mmlu))


def _without(leaf: LeafData, held: set[tuple[str, tuple[str, ...]]]) -> LeafData:
    train = tuple(item for item in leaf.train if asked_key(item.context, item.question, item.answer) not in held)
    lost = len(leaf.train) - len(train)
    if not lost:
        return leaf
    return replace(leaf, train=train, kept=leaf.kept - lost, dropped={**leaf.dropped, "held out by another leaf": lost})


def _key(item: BenchQuestion | ChoiceQuestion) -> tuple[str, tuple[str, ...]]:
    if isinstance(item, ChoiceQuestion):
        return asked_key(None, item.question, item.choices[item.gold])
    return asked_key(item.context, item.question, item.reference)
