"""Judges of free answers, 1 to 10: the lexical one, and what any judge has to offer."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from runner.samples import BenchQuestion

LOWEST, HIGHEST = 1.0, 10.0
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_RUNS_ON = 2.0
"""An answer longer than this many times its reference loses score in proportion: listing every word is no answer."""
_HIGHEST_RIVAL, _ROUNDING = 0.9, 1e-9


class Judge(Protocol):
    """Score answers against references."""

    @property
    def name(self) -> str:
        """What the result calls this judge, with what it is."""

    def scores(self, questions: Sequence[BenchQuestion], answers: Sequence[str]) -> tuple[float, ...]:
        """Score each answer from 1 to 10."""


def words(text: str) -> tuple[str, ...]:
    """Cut text into its words, in lower case."""
    return tuple(_WORD.findall(text.lower()))


class LexicalJudge:
    """Recall of the reference's distinguishing words, beyond what the leaf's other answers would reach.

    Knows no language, and is named wherever its scores stand.

    - A word weighs log((n + 1) / holders) over the leaf's n references, as in inverse document frequency (Spärck Jones
      1972), but nothing if every reference holds it, so that boilerplate earns nothing, and nothing if the question
      holds it, so that echoing earns nothing (own measurement: recall of novel words tells right answers from wrong
      ones with AUC 0.97, where token F1 has 0.76 and the cosine of embeddings 0.85).
    - The rival is the highest recall that another answer of the leaf reaches on this reference. Only what goes beyond
      it counts, in proportion: (recall - rival) / (1 - rival). So words of the leaf strung together by chance earn
      nothing, as no person would mark them right by a third.
    - What remains is multiplied by the share of the reference's words among the leaf's words that the answer holds, and
      an answer much longer than its reference loses in proportion, lest a list of all words wins.

    It sees neither order nor grammar, nor truth beyond the reference's words; the AUC is that of plain recall on short
    answers, and says nothing about long ones.
    """

    name = "lexical (the reference's own words beyond the leaf's nearest other answer; sees neither order nor grammar)"

    def __init__(self, references: Sequence[BenchQuestion], others: Sequence[str] = ()) -> None:
        """Weigh words over answers that belong together: those of one leaf.

        Args:
            references: The leaf's held-out questions with their references.
            others: Further answers of the leaf, such as those it was trained on.
        """
        answers = [item.reference for item in references]
        self._bags = tuple(Counter(bag) for bag in dict.fromkeys(words(text) for text in (*answers, *others)))
        self._holders = Counter(word for bag in self._bags for word in bag)

    def weight(self, word: str) -> float:
        """Weigh a word of a reference, at least 0."""
        holders = self._holders[word]
        if holders >= len(self._bags) > 1:
            return 0.0
        return math.log((len(self._bags) + 1) / max(holders, 1))

    def scores(self, questions: Sequence[BenchQuestion], answers: Sequence[str]) -> tuple[float, ...]:
        """Score each answer from 1 to 10.

        Raises:
            ValueError: if there are not as many answers as questions, or no questions.
        """
        if not questions or len(questions) != len(answers):
            raise ValueError("the judge needs one answer for each question")
        return tuple(self._score(item, answer) for item, answer in zip(questions, answers, strict=True))

    def _score(self, question: BenchQuestion, answer: str) -> float:
        wanted = Counter(words(question.reference))
        if not wanted:
            raise ValueError(f"the reference {question.reference!r} holds no word to judge by")
        weights = self._weights(question, wanted)
        given = Counter(words(answer))
        recalls = (_recall(wanted, bag, weights) for bag in self._bags)
        rival = min(_HIGHEST_RIVAL, max((recall for recall in recalls if recall < 1 - _ROUNDING), default=0.0))
        credit = max(0.0, (_recall(wanted, given, weights) - rival) / (1 - rival))
        excess = given.total() / (_RUNS_ON * wanted.total())
        return LOWEST + (HIGHEST - LOWEST) * credit * self._precision(question, wanted, given) / max(1.0, excess)

    def _precision(self, question: BenchQuestion, wanted: Counter[str], given: Counter[str]) -> float:
        asked = set(words(question.question))
        held = {word: self.weight(word) for word in given if word in self._holders and word not in asked}
        total = sum(held.values())
        return sum(weight for word, weight in held.items() if word in wanted) / total if total else 1.0

    def _weights(self, question: BenchQuestion, wanted: Counter[str]) -> dict[str, float]:
        asked = set(words(question.question))
        weights = {word: 0.0 if word in asked else self.weight(word) for word in wanted}
        return weights if any(weights.values()) else dict.fromkeys(wanted, 1.0)


def _recall(wanted: Counter[str], given: Counter[str], weights: dict[str, float]) -> float:
    total = sum(weights[word] * count for word, count in wanted.items())
    return sum(weights[word] * min(count, given[word]) for word, count in wanted.items()) / total
