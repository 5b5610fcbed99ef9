"""The procedural corpus that the base student grows from: a small world of stated facts, and tasks over invented words.

Everything is made from a seed. A fact of the small world is stated and asked for many times, in all of its wordings
but a few: those are held out, and asked when retention is measured.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from runner import corpus_words as words
from runner.corpus_relations import RELATIONS
from runner.corpus_tasks import SHARES, Fact, fact, question, reading, say, wordings
from runner.example import Example
from runner.samples import BenchQuestion, ChoiceQuestion, LeafData
from schemas.leaf import Kind

VERSION = 1
"""Counts up with every change of what the corpus says, so that no cached base stands for another."""
LEAF = "base corpus"
"""What results call the base's own corpus, in the place of a leaf's path."""

_ENTITIES, _RELATIONS, _HELD_OUT = 24, 5, 3
_STATED = 0.2
_LEAST_CHOICES = 4
_BENCH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The facts that the corpus states."""

    facts: tuple[Fact, ...]

    def examples(self, rng: random.Random, *, stated: float = _STATED) -> Iterator[Example]:
        """Make the corpus, endlessly; `stated` is the share of examples that are about this world's facts."""
        tasks = [task for task, _ in SHARES]
        shares = [share for _, share in SHARES]
        while True:
            if rng.random() < stated:
                yield self._stated(rng)
            else:
                yield rng.choices(tasks, shares)[0](rng)

    def _stated(self, rng: random.Random) -> Example:
        item = rng.choice(self.facts)
        if rng.random() < 0.3:  # noqa: PLR2004 - a share
            about = [other for other in self.facts if other.entity == item.entity]
            rng.shuffle(about)
            return Example(prompt=None, answer=" ".join(say(rng, other) for other in about))
        return Example(prompt=question(item, rng.choice(wordings(item.relation)[:-_HELD_OUT])), answer=item.value)

    def held_out(self, rng: random.Random) -> LeafData:
        """Make the questions that measure retention: the stated facts in unseen words, and reading in new contexts."""
        choices: list[ChoiceQuestion] = []
        for item in self.facts:
            pool = sorted({other.value for other in self.facts if other.relation is item.relation} - {item.value})
            if len(pool) < _LEAST_CHOICES - 1:
                continue
            options = [item.value, *rng.sample(pool, _LEAST_CHOICES - 1)]
            gold = len(choices) % _LEAST_CHOICES
            options[0], options[gold] = options[gold], options[0]
            choices.append(
                ChoiceQuestion(
                    leaf=LEAF,
                    cluster=f"{item.entity}: {item.relation.noun}",
                    question=question(item, rng.choice(wordings(item.relation)[-_HELD_OUT:])),
                    choices=tuple(options),
                    gold=gold,
                )
            )
        return LeafData(
            leaf=LEAF,
            kind=Kind.SKILL,
            seeds=0,
            generated=len(choices) + _BENCH,
            kept=len(choices) + _BENCH,
            train=(),
            documents=(),
            bench=tuple(_read(rng, number) for number in range(_BENCH)),
            mmlu=tuple(choices),
            passages=(),
        )


def _read(rng: random.Random, number: int) -> BenchQuestion:
    example = reading(rng)
    context, _, asked = (example.prompt or "").rpartition("\n\n")
    return BenchQuestion(
        leaf=LEAF, cluster=f"reading {number}", context=context, question=asked, reference=example.answer
    )


def world(seed: int) -> World:
    """Invent the small world: some entities, each with some relations, of which several share each relation."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    relations = rng.sample(RELATIONS, _RELATIONS * 4)
    facts: list[Fact] = []
    for number in range(_ENTITIES):
        entity = words.entity(rng)
        first = _RELATIONS * (number % 4)
        facts.extend(fact(rng, entity=entity, relation=item) for item in relations[first : first + _RELATIONS])
    return World(facts=tuple(facts))
