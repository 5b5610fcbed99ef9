"""Evaluation: the same questions for everybody, intervals with every difference, and samples that nobody chose."""

from dataclasses import replace
from importlib import import_module

import pytest
import torch

from runner import corpus
from runner.benchmark import BENCHMARKS, benchmark
from runner.evaluation import OTHERS, RETRIEVAL, SHUFFLED, Contest, Marking, evaluate
from runner.exam import Exam, exam, freely, shown, spread
from runner.samples import ChoiceQuestion, LeafData
from schemas.result import Change, Role
from tests.runner.tiny_student import knowledge_leaf, rng, skill_leaf, tiny_student

for _name in ("pr_bench", "pr_mmlu"):
    import_module(f"runner.benchmarks.{_name}")

BASE = corpus.world(1).held_out(rng(1))
SMALL_BASE = replace(BASE, bench=BASE.bench[:4], mmlu=BASE.mmlu[:6])


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def _marking(counted: list[int] | None = None) -> Marking:
    return Marking(most_tokens=6, seed=0, advance=(counted if counted is not None else []).append)


def _contest(*, control: bool = True) -> Contest:
    students = [tiny_student(seed=seed) for seed in range(3)]
    return Contest(baseline=students[0], candidate=students[1], control=students[2] if control else None)


def test_each_target_stands_with_its_benchmark_its_control_and_retrieval() -> None:
    questions = exam(
        [knowledge_leaf(), skill_leaf()], targets=["knowledge/lamps", "compositional_skills/calls"], base=SMALL_BASE
    )
    counted: list[int] = []
    contest = _contest()
    outcome = evaluate(contest, questions, _marking(counted))
    targets = [(item.benchmark, item.leaf) for item in outcome.comparisons if item.role is Role.TARGET]
    assert targets == [("pr_bench", "compositional_skills/calls"), ("pr_mmlu", "knowledge/lamps")]
    assert {(item.name, item.leaf) for item in outcome.controls} == {
        (SHUFFLED, "compositional_skills/calls"),
        (SHUFFLED, "knowledge/lamps"),
        (RETRIEVAL, "knowledge/lamps"),
    }
    retrieved = {item.leaf: item for item in outcome.controls if item.name == RETRIEVAL}
    assert retrieved["knowledge/lamps"].score == 1.0
    assert retrieved["knowledge/lamps"].change is None
    assert sum(counted) == questions.total(len(contest.students))


def test_what_the_scores_cannot_say_is_noted() -> None:
    student = tiny_student()
    few = replace(knowledge_leaf(), mmlu=knowledge_leaf().mmlu[:3])

    def notes(leaf: LeafData, *, foreign: bool) -> str:
        contest = Contest(baseline=student, candidate=student, control=None, foreign=foreign)
        questions = Exam(targets=(leaf,), retention=())
        return " ".join(evaluate(contest, questions, _marking()).notes)

    assert "fewer than 6 facts" in notes(few, foreign=False)
    assert "fewer than 6 facts" not in notes(knowledge_leaf(), foreign=False)
    assert "not made from the base corpus" in notes(few, foreign=True)
    assert "not made from the base corpus" not in notes(few, foreign=False)


def test_a_student_compared_with_itself_shows_no_clear_change() -> None:
    student = tiny_student()
    contest = Contest(baseline=student, candidate=student, control=None)
    outcome = evaluate(contest, exam([knowledge_leaf()], targets=["knowledge/lamps"], base=SMALL_BASE), _marking())
    assert {item.change for item in outcome.comparisons} == {Change.UNCLEAR}
    assert all(item.difference == item.low == item.high == 0 for item in outcome.comparisons)


def test_retention_asks_the_base_corpus_and_the_other_leaves_together() -> None:
    others = [replace(knowledge_leaf(f"knowledge/other{number}"), train=()) for number in range(3)]
    questions = exam([skill_leaf(), *others], targets=["compositional_skills/calls"], base=SMALL_BASE)
    outcome = evaluate(_contest(control=False), questions, _marking())
    retained = {(item.benchmark, item.leaf): item for item in outcome.comparisons if item.role is Role.RETENTION}
    assert set(retained) == {("pr_bench", corpus.LEAF), ("pr_mmlu", corpus.LEAF), ("pr_mmlu", OTHERS)}
    assert retained["pr_mmlu", OTHERS].questions == 24
    assert retained["pr_mmlu", OTHERS].clusters == 24


def test_a_release_without_control_has_none() -> None:
    questions = exam([knowledge_leaf()], targets=["knowledge/lamps"], base=SMALL_BASE)
    outcome = evaluate(_contest(control=False), questions, _marking())
    assert {item.name for item in outcome.controls} == {RETRIEVAL}


def test_samples_are_the_first_questions_of_evenly_spaced_clusters() -> None:
    leaf = knowledge_leaf()
    assert [item.cluster for item in shown(leaf)] == ["lamp 0", "lamp 2", "lamp 4", "lamp 6"]
    assert shown(leaf)[0].reference == "red"


def test_a_knowledge_leaf_is_asked_freely_by_its_choice_questions() -> None:
    leaf = replace(
        knowledge_leaf(), mmlu=(ChoiceQuestion(leaf="k", cluster="c", question="Q?", choices=("a", "b"), gold=1),)
    )
    (asked,) = freely(leaf)
    assert (asked.question, asked.reference) == ("Q?", "b")


@pytest.mark.parametrize(("count", "picked"), [(2, (0, 5)), (10, tuple(range(10))), (99, tuple(range(10)))])
def test_a_spread_takes_equal_distances(count: int, picked: tuple[int, ...]) -> None:
    assert spread(range(10), count) == picked


def test_no_target_is_an_error_and_no_score() -> None:
    with pytest.raises(ValueError, match="no leaf"):
        evaluate(_contest(), Exam(targets=(), retention=()), _marking())


def test_a_benchmark_asked_of_a_leaf_that_it_does_not_fit_is_an_error() -> None:
    with pytest.raises(ValueError, match="no questions"):
        _marking().grade(BENCHMARKS["pr_bench"], tiny_student(), [knowledge_leaf()])
    with pytest.raises(ValueError, match="no questions"):
        _marking().grade(BENCHMARKS["pr_mmlu"], tiny_student(), [skill_leaf()])


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered already"):
        benchmark(type(BENCHMARKS["pr_bench"]))


def test_the_bases_held_out_wordings_are_never_trained_on() -> None:
    asked = {item.question for item in BASE.mmlu}
    examples = corpus.world(1).examples(rng(1))
    trained = {next(examples).prompt for _ in range(20_000)}
    assert len(asked) > 100
    assert not asked & trained
