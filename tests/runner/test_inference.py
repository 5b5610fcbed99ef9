"""Inference: choices scored in one pass as one by one, and greedy answers that batching does not change."""

import pytest
import torch
from torch.nn import functional

from runner.inference import Scored, Student, answer, choice_scores
from tests.runner.tiny_student import tiny_student

ASKED = [
    Scored(prompt="What colour is the lamp?", choices=("red", "a very dark blue indeed", "green", "white")),
    Scored(prompt="Who keeps it?", choices=("Ada Venn", "Bo", "Cil Marrow of the north", "Dee")),
    Scored(
        prompt="A question that is much longer than the others, so that rows are filled up: when?", choices=("1", "2")
    ),
]


@pytest.fixture(scope="module")
def student() -> Student:
    torch.set_num_threads(1)
    return tiny_student()


def _naive(student: Student, prompt: str, choice: str) -> float:
    head = student.tokenize(student.render(prompt))
    tail = [*student.tokenize(choice), student.end]
    with torch.inference_mode():
        logits_TV = student.model(input_ids=torch.tensor([head + tail])).logits[0].float()
    found = functional.log_softmax(logits_TV[len(head) - 1 : -1], dim=-1)
    return sum(float(found[place, token]) for place, token in enumerate(tail))


@pytest.mark.parametrize("batch", [1, 2, 16])
def test_the_shared_prefix_pass_scores_as_a_run_for_each_choice(student: Student, batch: int) -> None:
    scores = choice_scores(student, ASKED, batch=batch)
    for item, found in zip(ASKED, scores, strict=True):
        assert found == pytest.approx([_naive(student, item.prompt, choice) for choice in item.choices], rel=1e-4)


def test_a_question_without_choices_is_an_error(student: Student) -> None:
    with pytest.raises(ValueError, match="no choices"):
        choice_scores(student, [Scored(prompt="?", choices=())])


def test_answers_are_the_same_in_any_batch(student: Student) -> None:
    prompts = [item.prompt for item in ASKED] * 2
    alone = [answer(student, [prompt], most_tokens=12)[0] for prompt in prompts]
    assert list(answer(student, prompts, most_tokens=12, batch=4)) == alone


def test_progress_counts_every_question(student: Student) -> None:
    counted: list[int] = []
    answer(student, ["a", "b", "c"], most_tokens=2, batch=2, advance=counted.append)
    choice_scores(student, ASKED, batch=2, advance=counted.append)
    assert counted == [2, 1, 2, 1]


def test_a_prompt_longer_than_the_context_keeps_its_end(student: Student) -> None:
    assert isinstance(answer(student, ["word " * 2000 + "Who?"], most_tokens=8)[0], str)
