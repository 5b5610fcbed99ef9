"""Four-choice questions out of held-out pairs, built so that knowing which answers a document likes gains nothing.

All four choices of an item are answers of one type from one document. Over the items of a type each answer stands as a
wrong choice three times as often as it stands as the right one, which is its share if it were drawn blindly; the right
choices are spread evenly over the four positions.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from runner.answer_types import answer_types
from runner.samples import ChoiceQuestion, Sample
from runner.wording import normalise

CHOICES = 4
_TRIES = 20
_REPAIRS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A held-out pair with the normalised texts of its wrong choices."""

    sample: Sample
    wrong: tuple[str, ...]


def build_choices(
    held_out: Sequence[Sample], *, pairs: Sequence[tuple[str, str]], rng: Random
) -> tuple[ChoiceQuestion, ...]:
    """Make an item of every held-out pair whose answer has enough others of its type beside it.

    Args:
        held_out: Held-out pairs of one document.
        pairs: All questions with answers known of that document, from which the types are told.
        rng: Decides ties.
    """
    types = answer_types(pairs)
    groups: dict[str, list[Sample]] = defaultdict(list)
    for sample in held_out:
        groups[types[normalise(sample.answer)]].append(sample)
    surface = {normalise(answer): answer for _, answer in reversed(pairs)}
    items = [item for name in sorted(groups) for item in _items(groups[name], rng)]
    rng.shuffle(items)
    return tuple(_question(item, index % CHOICES, surface, rng) for index, item in enumerate(items))


def _items(group: Sequence[Sample], rng: Random) -> list[_Item]:
    group = _trimmed(group, rng)
    golds = [normalise(sample.answer) for sample in group]
    if len(set(golds)) < CHOICES:
        return []
    best = min((_draw(golds, rng) for _ in range(_TRIES)), key=lambda drawn: _imbalance(golds, drawn))
    return [_Item(sample=sample, wrong=tuple(wrong)) for sample, wrong in zip(group, best, strict=True)]


def _trimmed(group: Sequence[Sample], rng: Random) -> list[Sample]:
    """Leave out items of an answer that is right in more than a quarter: it could not stand as wrong often enough."""
    kept = list(group)
    rng.shuffle(kept)
    while kept:
        counts = Counter(normalise(sample.answer) for sample in kept)
        answer, count = max(counts.items(), key=lambda entry: (entry[1], entry[0]))
        if count * CHOICES <= len(kept) or len(counts) < CHOICES:
            return kept
        kept.remove(next(sample for sample in kept if normalise(sample.answer) == answer))
    return kept


def _draw(golds: Sequence[str], rng: Random) -> list[list[str]]:
    """Give each item three wrong answers, those first that have stood as wrong too seldom so far."""
    wanted = {answer: count * (CHOICES - 1) for answer, count in Counter(golds).items()}
    order = list(range(len(golds)))
    rng.shuffle(order)
    drawn: list[list[str]] = [[] for _ in golds]
    for index in order:
        others = [answer for answer in sorted(wanted) if answer != golds[index]]
        rng.shuffle(others)
        others.sort(key=lambda answer: -wanted[answer])
        drawn[index] = others[: CHOICES - 1]
        for answer in drawn[index]:
            wanted[answer] -= 1
    _repair(golds, drawn, wanted)
    return drawn


def _repair(golds: Sequence[str], drawn: list[list[str]], wanted: dict[str, int]) -> None:
    """Swap wrong answers that stand too often for those that stand too seldom, where an item allows it."""
    for _ in range(_REPAIRS):
        swap = _swap(golds, drawn, wanted)
        if swap is None:
            return
        index, often, seldom = swap
        drawn[index][drawn[index].index(often)] = seldom
        wanted[often] += 1
        wanted[seldom] -= 1


def _swap(golds: Sequence[str], drawn: list[list[str]], wanted: Mapping[str, int]) -> tuple[int, str, str] | None:
    for often in sorted(answer for answer, left in wanted.items() if left < 0):
        for seldom in sorted(answer for answer, left in wanted.items() if left > 0):
            for index, wrong in enumerate(drawn):
                if often in wrong and seldom not in wrong and golds[index] != seldom:
                    return index, often, seldom
    return None


def _imbalance(golds: Sequence[str], drawn: Sequence[Sequence[str]]) -> int:
    stood = Counter(answer for wrong in drawn for answer in wrong)
    return sum(abs(stood[answer] - count * (CHOICES - 1)) for answer, count in Counter(golds).items())


def _question(item: _Item, gold: int, surface: Mapping[str, str], rng: Random) -> ChoiceQuestion:
    wrong = [surface[answer] for answer in item.wrong]
    rng.shuffle(wrong)
    return ChoiceQuestion(
        leaf=item.sample.leaf,
        cluster=item.sample.cluster,
        question=item.sample.question,
        choices=(*wrong[:gold], surface[normalise(item.sample.answer)], *wrong[gold:]),
        gold=gold,
    )
