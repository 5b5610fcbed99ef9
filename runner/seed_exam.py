"""A leaf's seed questions as a student is asked them, and what its answers to them are worth."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.benchmark import Advance
from runner.example import ask
from runner.inference import Student, answer
from runner.judge import LexicalJudge, words
from runner.metrics import mean
from runner.samples import BenchQuestion
from schemas.leaf import Kind, Leaf
from schemas.result import Ability, SeedAnswer

_LENGTHS = 2
"""An answer may be this many times as long as the longest expected one; the judge takes no longer one for right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedExam:
    """One leaf's seed questions with the answers that its contributor expects."""

    leaf: str
    questions: tuple[BenchQuestion, ...]


def seed_exam(leaf: Leaf) -> SeedExam:
    """Lay out a leaf's seed questions.

    A skill's are asked as they are written, with their context where they have one. Those on knowledge are asked alone:
    people who ask a model do not hold the document in their hands, and nor will the held-out questions of a build.
    """
    grounded = leaf.kind is Kind.SKILL
    return SeedExam(
        leaf=leaf.path,
        questions=tuple(
            BenchQuestion(
                leaf=leaf.path,
                cluster=f"seed {number}",
                context=example.context if grounded else None,
                question=pair.question,
                reference=pair.answer,
            )
            for number, example in enumerate(leaf.seed_examples)
            for pair in example.pairs
        ),
    )


def answer_seeds(student: Student, exam: SeedExam, *, least_tokens: int, advance: Advance) -> tuple[SeedAnswer, ...]:
    """Ask a student a leaf's seed questions, and have the lexical judge score each answer.

    Args:
        student: Who answers.
        exam: The questions.
        least_tokens: Where an answer is cut off at the earliest.
        advance: Told how many more questions were answered.
    """
    prompts = [ask(item.context, item.question) for item in exam.questions]
    room = _LENGTHS * max((len(student.tokenize(item.reference)) for item in exam.questions), default=0)
    most_tokens = min(max(least_tokens, room), student.context // 2)
    answers = answer(student, prompts, most_tokens=most_tokens, advance=advance)
    scores = _scores(exam.questions, answers)
    return tuple(
        SeedAnswer(
            leaf=exam.leaf,
            question=item.question,
            context=item.context,
            expected=item.reference,
            actual=given,
            score=score,
        )
        for item, given, score in zip(exam.questions, answers, scores, strict=True)
    )


def _scores(questions: Sequence[BenchQuestion], answers: Sequence[str]) -> list[float | None]:
    """Score what can be scored; a reference without a word, such as an emoji, gives the judge nothing to look for."""
    judged = [item for item in questions if words(item.reference)]
    if not judged:
        return [None] * len(questions)
    judge = LexicalJudge(judged)
    return [
        judge.scores([item], [given])[0] if words(item.reference) else None
        for item, given in zip(questions, answers, strict=True)
    ]


def ability(leaf: str, answers: Sequence[SeedAnswer], *, threshold: float) -> Ability:
    """Sum up one leaf's answers: the model can if their mean score reaches the threshold."""
    scores = [item.score for item in answers if item.score is not None]
    score = mean(scores) if scores else None
    return Ability(leaf=leaf, questions=len(scores), score=score, capable=score is not None and score >= threshold)
