"""PR-bench: free answers to a skill's held-out questions, judged from 1 to 10 (upstream MT-Bench-Branch)."""

from runner.benchmark import Advance, Graded, benchmark
from runner.example import ask
from runner.inference import Student, answer
from runner.judge import Judge
from runner.samples import LeafData
from schemas.leaf import Kind


@benchmark
class PrBench:
    """Greedy answers, so that the same student always scores the same; upstream samples at T = 0.7."""

    name = "pr_bench"
    order = 10

    def questions(self, leaf: LeafData) -> int:
        """Count a skill's held-out questions."""
        return len(leaf.bench) if leaf.kind is Kind.SKILL else 0

    def grade(self, student: Student, leaf: LeafData, *, judge: Judge, most_tokens: int, advance: Advance) -> Graded:
        """Answer every question and have the judge score it, from 1 to 10.

        Raises:
            ValueError: if the leaf has no such questions.
        """
        if not self.questions(leaf):
            raise ValueError(f"{leaf.leaf} has no questions for {self.name}")
        prompts = [ask(item.context, item.question) for item in leaf.bench]
        answers = answer(student, prompts, most_tokens=most_tokens, advance=advance)
        return Graded(clusters=tuple(item.cluster for item in leaf.bench), scores=judge.scores(leaf.bench, answers))

    def retrieve(self, leaf: LeafData, *, judge: Judge) -> None:
        """Find nothing to search: a skill has no document, and the answer to another question is none to this one."""
        del leaf, judge
