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
    """Recall of the reference's distinguishing words; knows no language, and is named wherever its scores stand.

    A word weighs by how few of the leaf's references hold it: log((n + 1) / (references with it)) as in inverse
    document frequency (Spärck Jones 1972), but nothing if every reference holds it, so that boilerplate earns nothing,
    and nothing if the question itself holds it, so that echoing earns nothing (own measurement: recall of novel words
    tells right from wrong with AUC 0.97, where token F1 has 0.76). It does not see order, grammar or truth beyond the
    reference's words. An answer that runs on is scored down, lest a list of all words wins.
    """

    name = "lexical (recall of the reference's distinguishing words; sees neither order nor grammar)"

    def __init__(self, references: Sequence[BenchQuestion]) -> None:
        """Weigh words over references that belong together: those of one leaf."""
        self._count = len(references)
        self._holders = Counter(word for item in references for word in set(words(item.reference)))

    def weight(self, word: str) -> float:
        """Weigh a word of a reference, at least 0."""
        holders = self._holders[word]
        if holders >= self._count and self._count > 1:
            return 0.0
        return math.log((self._count + 1) / max(holders, 1))

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
        asked = set(words(question.question))
        weights = {word: 0.0 if word in asked else self.weight(word) for word in wanted}
        if not any(weights.values()):
            weights = dict.fromkeys(wanted, 1.0)
        given = words(answer)
        found = Counter(given)
        total = sum(weights[word] * count for word, count in wanted.items())
        if not total:
            raise ValueError(f"the reference {question.reference!r} holds no word to judge by")
        recall = sum(weights[word] * min(count, found[word]) for word, count in wanted.items()) / total
        excess = len(given) / (_RUNS_ON * sum(wanted.values()))
        return LOWEST + (HIGHEST - LOWEST) * recall / max(1.0, excess)
