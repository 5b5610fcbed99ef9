"""The training loop: batches in, losses out; knows torch, and neither Ray nor files.

Shapes: B rows, T tokens of a row, D the model's width, N learned tokens of a batch, V the vocabulary.
"""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import torch
from torch.nn import functional
from transformers import LlamaForCausalLM, PreTrainedModel

from runner.packing import IGNORED, Batch
from runner.profiles import Optimisation


class Optimiser:
    """Optimisers with one schedule, as one: Muon for matrices, AdamW for the rest.

    The matrices are dealt to two Muons, since a step of one takes a seventh of a batch's time (own measurement) and
    two threads may share it; no matrix's step depends on another's, so that the model moves as with one, to the bit.
    """

    def __init__(self, model: torch.nn.Module, plan: Optimisation) -> None:
        linear = {id(part.weight) for part in model.modules() if isinstance(part, torch.nn.Linear)}
        embedding = {id(part.weight) for part in model.modules() if isinstance(part, torch.nn.Embedding)}
        matrices = [p for p in model.parameters() if id(p) in linear - embedding]
        others = [p for p in model.parameters() if id(p) not in linear - embedding]
        self.plan = plan
        muons = tuple(
            torch.optim.Muon(
                half,
                lr=plan.matrix_rate,
                weight_decay=plan.weight_decay,
                ns_steps=plan.orthogonal_steps,
                adjust_lr_fn="match_rms_adamw",
            )
            for half in (matrices[::2], matrices[1::2])
            if half
        )
        adam = torch.optim.AdamW(others, lr=plan.other_rate, betas=(0.9, 0.98), weight_decay=0.0)
        self.parts: tuple[torch.optim.Optimizer, ...] = (*muons, adam)
        self._rates = (*(plan.matrix_rate for _ in muons), plan.other_rate)
        self.parameters = [*matrices, *others]

    def step(self, *, step: int, total: int, pool: ThreadPoolExecutor | None = None) -> None:
        """Move the model by its gradients, clipped together, as step `step` of `total`, and clear them.

        Args:
            step: The step's number, from 0.
            total: Steps of the whole phase.
            pool: Whose threads the optimisers share; without one they take turns.
        """
        scale = min(1.0, (step + 1) / max(self.plan.warmup, 1))
        if self.plan.cooldown and total - step <= self.plan.cooldown:
            scale *= 0.1 + 0.9 * (total - step) / self.plan.cooldown
        torch.nn.utils.clip_grad_norm_(self.parameters, self.plan.clip)

        def move(part: torch.optim.Optimizer, rate: float) -> None:
            for group in part.param_groups:
                group["lr"] = rate * scale
            part.step()
            part.zero_grad(set_to_none=True)

        tuple((map if pool is None else pool.map)(move, self.parts, self._rates))  # to the end: a thread's error too


def split(batch: Batch, parts: int) -> tuple[Batch, ...]:
    """Cut a batch into at most `parts` of as many rows each, the first ones larger by one where they differ."""
    cuts = [np.array_split(array, parts) for array in (batch.ids_BT, batch.positions_BT, batch.labels_BT)]
    return tuple(
        Batch(ids_BT=ids, positions_BT=positions, labels_BT=labels)
        for ids, positions, labels in zip(*cuts, strict=True)
        if len(ids)
    )


def loss_of(model: PreTrainedModel, batch: Batch) -> torch.Tensor:
    """Sum the cross-entropy over the learned tokens of a batch, in nats."""
    labels_BT = torch.from_numpy(batch.labels_BT)[:, 1:]
    chosen_BT = labels_BT != IGNORED
    labels_N = labels_BT[chosen_BT]
    inputs = {
        "input_ids": torch.from_numpy(batch.ids_BT),
        "position_ids": torch.from_numpy(batch.positions_BT),
        "use_cache": False,
    }
    if isinstance(model, LlamaForCausalLM):
        hidden_BTD = model.model(**inputs).last_hidden_state
        logits_NV = model.lm_head(hidden_BTD[:, :-1][chosen_BT])
    else:
        logits_NV = model(**inputs).logits[:, :-1][chosen_BT]
    return functional.cross_entropy(logits_NV.float(), labels_N, reduction="sum")


def train(
    model: PreTrainedModel,
    batches: Iterable[Batch],
    *,
    optimiser: Optimiser,
    total: int,
    start: int = 0,
    parts: int = 1,
) -> Iterator[float]:
    """Train on batches, one step each, and yield each step's mean loss a token.

    Args:
        model: What is trained, in place.
        batches: What it is trained on, from step `start` on.
        optimiser: What moves it.
        total: Steps of the whole phase.
        start: The first step's number.
        parts: Into how many parts a batch is cut, each learned from in a thread of its own. Their gradients are added
            in one order, so that the weights depend on this number, and not on how many cores are free.
    """
    model.train()

    def learn(part: Batch, tokens: int) -> tuple[float, tuple[torch.Tensor | None, ...]]:
        loss = loss_of(model, part) / tokens
        return float(loss.detach()), torch.autograd.grad(loss, optimiser.parameters, allow_unused=True)

    with ThreadPoolExecutor(max_workers=parts) as pool:
        for step, batch in enumerate(batches, start=start):
            tokens = max(int((batch.labels_BT[:, 1:] != IGNORED).sum()), 1)
            learned = tuple(pool.map(partial(learn, tokens=tokens), split(batch, parts)))
            for parameter, *gradients in zip(optimiser.parameters, *(part[1] for part in learned), strict=True):
                parameter.grad = _added(gradients)
            optimiser.step(step=step, total=total, pool=pool)
            yield sum(loss for loss, _ in learned)


def _added(gradients: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    first, *others = gradients
    for gradient in others:
        first = gradient if first is None or gradient is None else first + gradient
    return first
