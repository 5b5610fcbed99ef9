"""Packing: a packed row teaches what its examples teach by themselves, and nothing of one leaks into another."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from runner.example import Example
from runner.packing import IGNORED, Tokens, cut, pack, stack
from runner.training import loss_of
from tests.runner.tiny_student import rng, tiny_student


def _examples(count: int) -> list[Tokens]:
    numbers = rng(3)
    found = []
    for _ in range(count):
        prompt = [numbers.randrange(5, 380) for _ in range(numbers.randint(1, 9))]
        answer = [numbers.randrange(5, 380) for _ in range(numbers.randint(1, 9))]
        found.append(Tokens(ids=(*prompt, *answer), labels=(*[IGNORED] * len(prompt), *answer)))
    return found


def test_packed_rows_have_the_loss_of_separate_examples() -> None:
    student = tiny_student()
    examples = _examples(40)
    rows = pack(examples, length=64, pad=0, rng=rng(0))
    assert len(rows) < len(examples) / 2
    with torch.inference_mode():
        packed = loss_of(student.model, stack(rows))
        alone = [loss_of(student.model, pack([item], length=64, pad=0, rng=rng(0))[0]) for item in examples]
    assert float(packed) == pytest.approx(sum(float(loss) for loss in alone), rel=1e-5)


def test_naive_concatenation_would_have_another_loss() -> None:
    student = tiny_student()
    batch = stack(pack(_examples(40), length=64, pad=0, rng=rng(0)))
    naive = type(batch)(
        ids_BT=batch.ids_BT,
        positions_BT=np.tile(np.arange(64), (len(batch.ids_BT), 1)),
        labels_BT=batch.labels_BT,
    )
    with torch.inference_mode():
        ours, theirs = (float(loss_of(student.model, item)) for item in (batch, naive))
    assert abs(ours - theirs) > 1e-3 * ours


def test_the_way_for_any_model_gives_the_loss_of_the_fast_way() -> None:
    student = tiny_student()
    batch = stack(pack(_examples(10), length=64, pad=0, rng=rng(0)))

    class Other(torch.nn.Module):
        def forward(self, **inputs: object) -> object:
            return student.model(**inputs)

    with torch.inference_mode():
        fast = loss_of(student.model, batch)
        slow = loss_of(Other(), batch)  # type: ignore[arg-type]  # stands for a model that is no Llama
    assert float(slow) == pytest.approx(float(fast), rel=1e-5)


def test_only_the_answer_is_learned_and_the_end_with_it() -> None:
    tokens = cut(
        Example(prompt="ab", answer="cd"),
        tokenize=lambda text: [ord(sign) for sign in text],
        render=lambda text: f"<{text}>",
        end=1,
        limit=50,
    )
    assert tokens == (
        Tokens(
            ids=(*map(ord, "<ab>cd"), 1),
            labels=(*[IGNORED] * 4, ord("c"), ord("d"), 1),
        ),
    )


def test_a_prompt_too_long_loses_its_beginning_and_keeps_the_answer() -> None:
    (tokens,) = cut(
        Example(prompt="abcdefgh", answer="yz"), tokenize=lambda t: [*map(ord, t)], render=str, end=1, limit=5
    )
    assert tokens.ids == (ord("g"), ord("h"), ord("y"), ord("z"), 1)


def test_plain_text_is_learned_whole_in_parts_that_fit() -> None:
    parts = cut(Example(prompt=None, answer="abcdefg"), tokenize=lambda t: [*map(ord, t)], render=str, end=1, limit=3)
    assert [len(part.ids) for part in parts] == [3, 3, 2]
    assert all(part.ids == part.labels for part in parts)


def test_an_example_longer_than_a_row_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        pack([Tokens(ids=(1, 2, 3), labels=(1, 2, 3))], length=2, pad=0, rng=rng(0))


@given(st.lists(st.integers(min_value=2, max_value=30), min_size=1, max_size=120), st.integers())
def test_every_token_stands_in_exactly_one_row_and_no_first_token_is_a_label(sizes: list[int], seed: int) -> None:
    examples = [Tokens(ids=(number + 1,) * size, labels=(number + 1,) * size) for number, size in enumerate(sizes)]
    batch = stack(pack(examples, length=32, pad=0, rng=rng(seed)))
    counts = np.bincount(batch.ids_BT.ravel(), minlength=len(sizes) + 1)[1:]
    assert counts.tolist() == sizes
    assert (batch.labels_BT != IGNORED).sum() == sum(size - 1 for size in sizes)
    assert (batch.labels_BT[batch.positions_BT == 0] == IGNORED).all()
    assert batch.ids_BT.shape == batch.positions_BT.shape == batch.labels_BT.shape
