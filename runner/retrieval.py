"""Plain retrieval over the passages: the yardstick that no model should be praised for falling short of.

BM25 (Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework", with k1 = 1.2 and b = 0.75) over the
sentences of a leaf's documents.
"""

import math
from collections import Counter
from collections.abc import Sequence

from runner.judge import words
from runner.samples import ChoiceQuestion

_K1, _B = 1.2, 0.75
_BEST = 3
"""How many of the best passages may support a choice."""


class Passages:
    """Sentences that can be searched."""

    def __init__(self, texts: Sequence[str]) -> None:
        """Index the sentences.

        Raises:
            ValueError: if there are none.
        """
        if not texts:
            raise ValueError("no passages to search")
        self.texts = tuple(texts)
        self._counts = tuple(Counter(words(text)) for text in texts)
        self._holders = Counter(word for count in self._counts for word in count)
        self._mean = sum(count.total() for count in self._counts) / len(texts) or 1.0

    def rank(self, query: str) -> tuple[tuple[float, int], ...]:
        """Order passages by how well they match, best first, as pairs of score and index."""
        asked = set(words(query))
        scored = [(self._score(asked, count), -index) for index, count in enumerate(self._counts)]
        return tuple((score, -index) for score, index in sorted(scored, reverse=True))

    def best(self, query: str) -> str:
        """Return the passage that matches best."""
        return self.texts[self.rank(query)[0][1]]

    def choose(self, question: ChoiceQuestion) -> int:
        """Choose the option whose words the best passages hold most of; on a tie the first such."""
        ranked = self.rank(question.question)[:_BEST]
        support = []
        for choice in question.choices:
            wanted = set(words(choice))
            held = [
                (score * sum(word in self._counts[index] for word in wanted) / max(len(wanted), 1), -place)
                for place, (score, index) in enumerate(ranked)
            ]
            support.append(max(held))
        return max(range(len(support)), key=support.__getitem__)

    def _score(self, asked: set[str], count: Counter[str]) -> float:
        total = len(self.texts)
        score = 0.0
        for word in sorted(asked & count.keys()):  # sums of floats depend on their order
            rarity = math.log(1 + (total - self._holders[word] + 0.5) / (self._holders[word] + 0.5))
            score += rarity * count[word] * (_K1 + 1) / (count[word] + _K1 * (1 - _B + _B * count.total() / self._mean))
        return score
