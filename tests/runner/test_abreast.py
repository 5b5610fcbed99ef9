"""Students side by side make one bar: it grows, it ends full, and its words are the candidate's."""

from itertools import pairwise
from random import Random

from runner.abreast import Abreast, Mark


def follow(names: tuple[str, ...], marks: list[tuple[str, int, int, float]]) -> list[tuple[int, int, str]]:
    told: list[tuple[int, int, str]] = []
    bar = Abreast(names, lambda done, total, message: told.append((done, total, message)))
    for name, done, total, loss in marks:
        bar.note(name, Mark(done=done, total=total, message=f"loss {loss:.2f}"))
    return told


def test_steps_of_candidate_and_control_are_one_sum_with_the_candidates_loss() -> None:
    told = follow(
        ("candidate", "control"),
        [("control", 1, 237, 3.0), ("candidate", 2, 246, 0.9), ("control", 5, 237, 2.5), ("candidate", 3, 246, 0.5)],
    )
    assert told == [
        (3, 483, "candidate: loss 0.90"),
        (7, 483, "candidate: loss 0.90"),
        (8, 483, "candidate: loss 0.50"),
    ]


def test_nothing_is_told_before_every_student_has_said_how_many_steps_it_has() -> None:
    assert follow(("candidate", "control"), [("candidate", 9, 246, 0.1)]) == []


def test_the_bar_never_goes_back_though_a_student_goes_on_from_a_checkpoint() -> None:
    rng = Random(4)  # noqa: S311 - repeatable, not secret
    marks = [(rng.choice(("candidate", "control")), rng.randrange(100), 100, rng.random()) for _ in range(300)]
    done = [step for step, _, _ in follow(("candidate", "control"), marks)]
    assert all(before <= after for before, after in pairwise(done))


def test_a_student_alone_needs_no_name() -> None:
    assert follow(("candidate",), [("candidate", 1, 4, 0.25), ("candidate", 1, 4, 0.25)]) == [(1, 4, "loss 0.25")]
