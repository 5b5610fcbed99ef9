"""What a student is tuned on, step by step: knowledge first, then skills, each with replay of what came before.

LAB's two phases (arXiv 2403.01081), at a laptop's size: documents and pairs of the knowledge leaves, with the base's
own corpus replayed; then the skills, with that corpus and the knowledge replayed.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from runner import corpus
from runner.example import Example, ask
from runner.inference import Student
from runner.packing import Batch, Tokens, cut, pack, stack
from runner.profiles import Profile
from runner.samples import LeafData, Sample
from schemas.leaf import Kind

_SHORTEST_PARAGRAPH, _LONGEST_PARAGRAPH = 4, 50
"""Words: what is shorter is a heading, what is longer may not fit into a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase, ready to train: a batch for each step."""

    name: str
    examples: int
    replayed: int
    """How many of the examples, in one epoch, are replay."""
    batches: tuple[Batch, ...]

    @property
    def tokens(self) -> int:
        """Tokens over all steps, padding included."""
        return sum(batch.ids_BT.size for batch in self.batches)


def shuffle_answers(leaves: Sequence[LeafData], seed: int) -> tuple[LeafData, ...]:
    """Make the control: each leaf's answers permuted among its questions, and no document text.

    What a student learns from this is the leaf's form and vocabulary, and none of its facts.
    """
    return tuple(_shuffled(leaf, random.Random(f"{seed} {leaf.leaf}")) for leaf in leaves)  # noqa: S311 - no secret


def _shuffled(leaf: LeafData, rng: random.Random) -> LeafData:
    answers = [sample.answer for sample in leaf.train]
    rng.shuffle(answers)
    train = tuple(replace(sample, answer=answer) for sample, answer in zip(leaf.train, answers, strict=True))
    return replace(leaf, train=train, documents=())


def phases(student: Student, leaves: Sequence[LeafData], profile: Profile, *, seed: int) -> tuple[Phase, ...]:
    """Lay out every step of tuning, from a seed: the same values always give the same batches.

    Args:
        student: Whose tokens they are cut into.
        leaves: What is trained on; leaves without samples are passed over.
        profile: Epochs, rows, replay and the most tokens.
        seed: Of the order and of the replay.

    Raises:
        ValueError: if no leaf has anything to train on.
    """
    rng = random.Random(seed)  # noqa: S311 - no secret
    world = corpus.world(profile.base.seed).examples(rng, stated=profile.tune.replay_stated)
    knowledge = [leaf for leaf in leaves if leaf.kind is Kind.KNOWLEDGE]
    skills = [leaf for leaf in leaves if leaf.kind is Kind.SKILL]
    facts = [_example(sample) for leaf in knowledge for sample in leaf.train]
    texts = [Example(prompt=None, answer=text) for leaf in knowledge for text in _paragraphs(leaf.documents)]
    plans: tuple[tuple[str, list[Example], list[Example], int], ...] = (
        ("knowledge", facts + texts, [], profile.tune.knowledge_epochs),
        ("skills", [_example(sample) for leaf in skills for sample in leaf.train], facts, profile.tune.skill_epochs),
    )
    wanted = [(name, own, earlier, epochs) for name, own, earlier, epochs in plans if own]
    if not wanted:
        raise ValueError("nothing to train on: no leaf has a sample")
    laid = [
        _phase(student, profile, rng, name=name, own=own, earlier=earlier, epochs=epochs, world=world)
        for name, own, earlier, epochs in wanted
    ]
    return _within(laid, profile.tune.most_tokens)


def _within(laid: Sequence[Phase], most: int) -> tuple[Phase, ...]:
    total = sum(phase.tokens for phase in laid)
    if total <= most:
        return tuple(laid)
    return tuple(replace(phase, batches=phase.batches[: max(1, len(phase.batches) * most // total)]) for phase in laid)


def _phase(
    student: Student,
    profile: Profile,
    rng: random.Random,
    *,
    name: str,
    own: Sequence[Example],
    earlier: Sequence[Example],
    epochs: int,
    world: Iterator[Example],
) -> Phase:
    tune = profile.tune

    def tokens(examples: Sequence[Example]) -> list[Tokens]:
        return [
            part
            for item in examples
            for part in cut(item, tokenize=student.tokenize, render=student.render, end=student.end, limit=tune.length)
        ]

    ours = tokens(own)
    before = tokens(earlier)
    budget = sum(len(item.ids) for item in ours) * tune.replay / (1 - tune.replay)
    rows: list[Batch] = []
    replayed = 0
    for _ in range(epochs):
        again = _replay(before, lambda: tokens(list(islice(world, 16))), budget, rng)
        replayed = len(again)
        rows += pack([*ours, *again], length=tune.length, pad=student.pad, rng=rng)
    whole = [stack(rows[start : start + tune.rows]) for start in range(0, len(rows), tune.rows)]
    return Phase(name=name, examples=len(ours) + replayed, replayed=replayed, batches=tuple(whole))


def _replay(
    before: Sequence[Tokens], fresh: Callable[[], list[Tokens]], budget: float, rng: random.Random
) -> list[Tokens]:
    """Draw replay worth `budget` tokens: half from the earlier phase where there is one, the rest from the base."""
    drawn: list[Tokens] = []
    left = budget
    if before:
        for item in rng.sample(list(before), len(before)):
            if left <= budget / 2:
                break
            drawn.append(item)
            left -= len(item.ids)
    while left > 0:
        for item in fresh():
            if left <= 0:
                break
            drawn.append(item)
            left -= len(item.ids)
    return drawn


def _example(sample: Sample) -> Example:
    return Example(prompt=ask(sample.context, sample.question), answer=sample.answer)


def _paragraphs(documents: Sequence[str]) -> Iterator[str]:
    """Cut documents into runs of whole sentences, short enough for a row, headings left out."""
    for document in documents:
        words: list[str] = []
        for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n", document):
            more = sentence.split()
            if words and len(words) + len(more) > _LONGEST_PARAGRAPH:
                yield " ".join(words)
                words = []
            words += more
        if len(words) >= _SHORTEST_PARAGRAPH:
            yield " ".join(words)
