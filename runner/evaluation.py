"""Baseline, candidate and yardsticks on the same held-out questions, from one end to the other."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from runner.benchmark import Advance, Benchmark, Graded, ordered
from runner.corpus import LEAF as BASE
from runner.exam import Exam, freely, shown
from runner.example import ask
from runner.inference import Student, answer
from runner.judge import Judge, LexicalJudge
from runner.metrics import FEWEST_CLUSTERS, Paired, compare, mean
from runner.outcomes import EvaluateOutcome
from runner.samples import BenchQuestion, LeafData
from schemas.result import Comparison, Control, Role, SideBySide

OTHERS = "other leaves"
"""What results call the leaves that were not trained on, asked together."""
SHUFFLED, RETRIEVAL = "shuffled answers", "retrieval"

_EXPLANATIONS = {
    SHUFFLED: "the same training on the leaf's answers permuted among its questions, without the document's text: "
    "what a student gains from form and vocabulary alone",
    RETRIEVAL: "no model: the choice that the best-matching sentences of the document hold",
}
_NOTES = (
    "Scores compare this student with itself before training; they say nothing of larger models.",
    "Plain retrieval needs no training: where it stands higher, looking the answer up is the better way to it.",
)
_FOREIGN = (
    "This student was not made from the base corpus: its retention there says only how it does on that small world, "
    "some of which is replayed in tuning, and nothing of what it knew before."
)
_FEW = f"Where questions rest on fewer than {FEWEST_CLUSTERS} facts or combinations, no difference is called clear."
MakeJudge = Callable[[Sequence[BenchQuestion], Sequence[str]], Judge]
"""Makes the judge of one leaf's answers from its references, and the other answers of the leaf."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """Everybody who answers."""

    baseline: Student
    candidate: Student
    control: Student | None
    foreign: bool = False
    """Whether the baseline is a student that was not made from the base's corpus."""

    @property
    def students(self) -> tuple[Student, ...]:
        """Give everybody who answers each question: the baseline, the candidate, and the control where there is one."""
        return (self.baseline, self.candidate, *(() if self.control is None else (self.control,)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """How answers are asked for and scored, the same for everybody."""

    make_judge: MakeJudge = LexicalJudge
    most_tokens: int
    """Where an answer is cut off."""
    seed: int
    """Of the intervals' resampling."""
    advance: Advance
    """Told how many more answers were given, from several threads."""

    def judge(self, leaf: LeafData) -> Judge:
        """Make the judge of a leaf's free answers."""
        return self.make_judge(freely(leaf), [sample.answer for sample in leaf.train])

    def grade(self, benchmark: Benchmark, student: Student, leaves: Sequence[LeafData]) -> Graded:
        """Ask one student the questions of some leaves, each judged by its own leaf's references."""
        graded = [
            benchmark.grade(student, leaf, judge=self.judge(leaf), most_tokens=self.most_tokens, advance=self.advance)
            for leaf in leaves
        ]
        return Graded(
            clusters=tuple(
                f"{leaf.leaf} {cluster}" for leaf, item in zip(leaves, graded, strict=True) for cluster in item.clusters
            ),
            scores=tuple(score for item in graded for score in item.scores),
        )

    def grade_all(
        self, benchmark: Benchmark, students: Sequence[Student], leaves: Sequence[LeafData]
    ) -> tuple[Graded, ...]:
        """Ask several students the same, side by side: torch lets go of Python's lock, so that each has a core."""
        with ThreadPoolExecutor(max_workers=len(students)) as pool:
            return tuple(pool.map(lambda student: self.grade(benchmark, student, leaves), students))

    def compare(self, baseline: Graded, other: Graded) -> Paired:
        """Compare two students on the same questions."""
        return compare(baseline.scores, other.scores, baseline.clusters, seed=self.seed)


def evaluate(contest: Contest, questions: Exam, marking: Marking) -> EvaluateOutcome:
    """Ask everybody everything, and compare.

    Raises:
        ValueError: if there is no leaf to compare on.
    """
    if not questions.targets:
        raise ValueError("no leaf to evaluate")
    comparisons: list[Comparison] = []
    controls: list[Control] = []
    for benchmark in ordered():
        for leaf in questions.targets:
            if benchmark.questions(leaf):
                comparison, yardsticks = _target(contest, benchmark, leaf, marking)
                comparisons.append(comparison)
                controls += yardsticks
    comparisons += _retention(contest, questions.retention, marking)
    samples = [sample for leaf in questions.targets for sample in _side_by_side(contest, leaf, marking)]
    return EvaluateOutcome(
        judge=marking.judge(questions.targets[0]).name,
        comparisons=tuple(comparisons),
        controls=tuple(controls),
        samples=tuple(samples),
        notes=_notes(contest, comparisons),
    )


def _notes(contest: Contest, comparisons: Sequence[Comparison]) -> tuple[str, ...]:
    foreign = (_FOREIGN,) if contest.foreign else ()
    few = (_FEW,) if any(item.clusters < FEWEST_CLUSTERS for item in comparisons) else ()
    return (*_NOTES, *foreign, *few)


def _target(
    contest: Contest, benchmark: Benchmark, leaf: LeafData, marking: Marking
) -> tuple[Comparison, list[Control]]:
    baseline, candidate, *others = marking.grade_all(benchmark, contest.students, [leaf])
    paired = marking.compare(baseline, candidate)
    controls = [_shuffled(benchmark.name, leaf.leaf, marking.compare(baseline, control)) for control in others]
    retrieved = benchmark.retrieve(leaf, judge=marking.judge(leaf))
    if retrieved is not None:
        controls.append(_retrieval(benchmark.name, leaf.leaf, retrieved))
    return _comparison(benchmark.name, leaf.leaf, Role.TARGET, paired), controls


def _retention(contest: Contest, leaves: Sequence[LeafData], marking: Marking) -> list[Comparison]:
    groups: dict[str, list[LeafData]] = {}
    for leaf in leaves:
        groups.setdefault(BASE if leaf.leaf == BASE else OTHERS, []).append(leaf)
    found = []
    for benchmark in ordered():
        for name, group in groups.items():
            asked = [leaf for leaf in group if benchmark.questions(leaf)]
            if asked:
                baseline, candidate = marking.grade_all(benchmark, (contest.baseline, contest.candidate), asked)
                paired = marking.compare(baseline, candidate)
                found.append(_comparison(benchmark.name, name, Role.RETENTION, paired))
    return found


def _comparison(benchmark: str, leaf: str, role: Role, paired: Paired) -> Comparison:
    return Comparison(
        benchmark=benchmark,
        leaf=leaf,
        role=role,
        questions=paired.questions,
        clusters=paired.clusters,
        baseline=paired.baseline,
        candidate=paired.candidate,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        change=paired.change,
    )


def _shuffled(benchmark: str, leaf: str, paired: Paired) -> Control:
    return Control(
        name=SHUFFLED,
        benchmark=benchmark,
        leaf=leaf,
        questions=paired.questions,
        score=paired.candidate,
        difference=paired.difference,
        low=paired.low,
        high=paired.high,
        change=paired.change,
        explanation=_EXPLANATIONS[SHUFFLED],
    )


def _retrieval(benchmark: str, leaf: str, scores: Sequence[float]) -> Control:
    return Control(
        name=RETRIEVAL,
        benchmark=benchmark,
        leaf=leaf,
        questions=len(scores),
        score=mean(scores),
        difference=None,
        low=None,
        high=None,
        change=None,
        explanation=_EXPLANATIONS[RETRIEVAL],
    )


def _side_by_side(contest: Contest, leaf: LeafData, marking: Marking) -> list[SideBySide]:
    asked = shown(leaf)
    if not asked:
        return []
    prompts = [ask(item.context, item.question) for item in asked]
    original, tuned = (
        answer(who, prompts, most_tokens=marking.most_tokens, advance=marking.advance)
        for who in (contest.baseline, contest.candidate)
    )
    judge = marking.judge(leaf)
    return [
        SideBySide(
            leaf=leaf.leaf,
            question=item.question,
            context=item.context,
            reference=item.reference,
            original=before,
            tuned=after,
            original_score=before_score,
            tuned_score=after_score,
        )
        for item, before, after, before_score, after_score in zip(
            asked, original, tuned, judge.scores(asked, original), judge.scores(asked, tuned), strict=True
        )
    ]
