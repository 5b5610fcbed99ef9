"""Training: ten losses that a refactor must reproduce, and a checkpoint that training goes on from as if unbroken."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from runner.packing import IGNORED, Batch, Tokens, pack, stack
from runner.profiles import Optimisation
from runner.training import Optimiser, loss_of, split, train
from tests.runner.tiny_student import rng, tiny_student

GOLDEN = Path(__file__).parent / "golden" / "losses.json"
TOLERANCE = 0.002
"""Relative; SSE, AVX2 and AVX512-BF16 kernels differ by a fiftieth of it over these ten steps."""
PLAN = Optimisation(matrix_rate=0.01, other_rate=0.01, warmup=2)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def batches(count: int, rows: int = 4) -> list[Batch]:
    """Pack tokens that follow a rule: each answer counts on from its prompt. No word of ours decides them."""
    numbers = rng(2)
    examples = []
    for _ in range(count * 60):
        first, length, learned = numbers.randrange(5, 300), numbers.randint(3, 12), numbers.randint(2, 8)
        prompt, answer = range(first, first + length), range(first + length, first + length + learned)
        examples.append(Tokens(ids=(*prompt, *answer), labels=(*[IGNORED] * length, *answer)))
    packed = pack(examples, length=128, pad=0, rng=rng(0))
    return [stack(packed[start : start + rows]) for start in range(0, count * rows, rows)]


def test_ten_losses_are_the_golden_ones() -> None:
    student = tiny_student()
    losses = list(train(student.model, batches(10), optimiser=Optimiser(student.model, PLAN), total=10))
    assert losses[-1] < losses[0]
    assert losses == pytest.approx(json.loads(GOLDEN.read_text(encoding="utf-8")), rel=TOLERANCE)


def test_the_same_seed_gives_the_same_losses_to_the_bit() -> None:
    runs = []
    for _ in range(2):
        student = tiny_student()
        runs.append(list(train(student.model, batches(3), optimiser=Optimiser(student.model, PLAN), total=3)))
    assert runs[0] == runs[1]


def test_a_batch_in_parts_trains_as_the_whole_does_and_the_same_each_time() -> None:
    runs = []
    for parts in (1, 3, 3):
        student = tiny_student()
        optimiser = Optimiser(student.model, PLAN)
        runs.append(list(train(student.model, batches(6), optimiser=optimiser, total=6, parts=parts)))
    whole, parted, again = runs
    assert parted == again
    assert parted == pytest.approx(whole, rel=1e-4)


def test_a_batch_is_cut_by_rows_and_never_into_an_empty_part() -> None:
    (batch,) = batches(1, rows=2)
    assert [len(part.ids_BT) for part in split(batch, 3)] == [1, 1]
    assert np.concatenate([part.labels_BT for part in split(batch, 2)]).tolist() == batch.labels_BT.tolist()


def test_the_rates_rise_then_stay_and_fall_only_where_asked() -> None:
    student = tiny_student()
    optimiser = Optimiser(student.model, Optimisation(matrix_rate=1.0, other_rate=0.5, warmup=4, cooldown=2))
    rates = []
    for step in range(10):
        optimiser.step(step=step, total=10)
        rates.append(optimiser.parts[0].param_groups[0]["lr"])
    assert rates == pytest.approx([0.25, 0.5, 0.75, 1, 1, 1, 1, 1, 1, 0.55])


def test_every_parameter_is_moved_by_exactly_one_optimiser() -> None:
    student = tiny_student()
    optimiser = Optimiser(student.model, PLAN)
    held = [id(p) for part in optimiser.parts for group in part.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in student.model.parameters())


def test_two_muons_in_two_threads_move_a_model_as_one_does_to_the_bit() -> None:
    plan = Optimisation(matrix_rate=0.01, other_rate=0.003, warmup=2)
    dealt, whole = tiny_student().model, tiny_student().model
    matrices = [p for name, p in whole.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in whole.named_parameters() if p.ndim == 1 or "embed" in name]
    muon = torch.optim.Muon(
        matrices, weight_decay=plan.weight_decay, ns_steps=plan.orthogonal_steps, adjust_lr_fn="match_rms_adamw"
    )
    adam = torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0)
    optimiser = Optimiser(dealt, plan)
    with ThreadPoolExecutor(max_workers=2) as pool:
        for step, batch in enumerate(batches(3)):
            for model in (dealt, whole):
                loss_of(model, batch).backward()
            optimiser.step(step=step, total=3, pool=pool)
            torch.nn.utils.clip_grad_norm_([*matrices, *others], plan.clip)
            for part, rate in ((muon, plan.matrix_rate), (adam, plan.other_rate)):
                part.param_groups[0]["lr"] = rate * min(1.0, (step + 1) / plan.warmup)
                part.step()
                part.zero_grad()
    assert len(optimiser.parts) == 3
    assert all(map(torch.equal, dealt.parameters(), whole.parameters()))
