"""PR-mmlu: four-choice questions on a leaf, by the likelihood of the full-text choice (upstream MMLU-Branch)."""

from runner.benchmark import Advance, Graded, benchmark
from runner.inference import Scored, Student, choice_scores
from runner.judge import Judge
from runner.retrieval import Passages
from runner.samples import LeafData

_BATCH = 16


@benchmark
class PrMmlu:
    """Share of questions whose right choice has the highest summed log-likelihood as the answer.

    The choices are scored behind the question alone, as in cloze scoring (arXiv 2005.14165, section 2.4); upstream
    lists them with letters above `Answer:` and shows five examples, which a student this small cannot use.
    """

    name = "pr_mmlu"
    order = 20

    def questions(self, leaf: LeafData) -> int:
        """Count a leaf's held-out choice questions."""
        return len(leaf.mmlu)

    def grade(self, student: Student, leaf: LeafData, *, judge: Judge, most_tokens: int, advance: Advance) -> Graded:
        """Choose for every question, and score 1 for the right choice, 0 for another.

        Raises:
            ValueError: if the leaf has no such questions.
        """
        del judge, most_tokens
        if not leaf.mmlu:
            raise ValueError(f"{leaf.leaf} has no questions for {self.name}")
        asked = [Scored(prompt=item.question, choices=item.choices) for item in leaf.mmlu]
        scores = choice_scores(student, asked, batch=_BATCH, advance=advance)
        best = [max(range(len(each)), key=each.__getitem__) for each in scores]
        return Graded(
            clusters=tuple(item.cluster for item in leaf.mmlu),
            scores=tuple(float(index == item.gold) for index, item in zip(best, leaf.mmlu, strict=True)),
        )

    def retrieve(self, leaf: LeafData, *, judge: Judge) -> tuple[float, ...] | None:
        """Choose by the document's sentences that match a question best."""
        del judge
        if not leaf.passages:
            return None
        passages = Passages(leaf.passages)
        return tuple(float(passages.choose(item) == item.gold) for item in leaf.mmlu)
