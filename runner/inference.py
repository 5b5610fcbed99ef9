"""What a student says, and how likely it finds a choice: batched greedy answers and shared-prefix scoring.

Shapes: B prompts of a batch, T tokens, V the vocabulary.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase

Advance = Callable[[int], None]
"""Told how many more questions were answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Student:
    """A causal model with its tokenizer and chat format."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    def tokenize(self, text: str) -> list[int]:
        """Cut text into tokens, adding none."""
        return [int(token) for token in self.tokenizer.encode(text, add_special_tokens=False)]

    def render(self, prompt: str) -> str:
        """Write what the user says in the chat format, up to where the assistant speaks."""
        message = [{"role": "user", "content": prompt}]
        return str(self.tokenizer.apply_chat_template(message, add_generation_prompt=True, tokenize=False))

    @property
    def context(self) -> int:
        """Tokens that fit into question and answer together."""
        return int(getattr(self.model.config, "max_position_embeddings", 0) or 4096)

    @property
    def end(self) -> int:
        """The token that ends an answer."""
        return int(self.tokenizer.eos_token_id)

    @property
    def pad(self) -> int:
        """The token that fills rows up; never attended to, so any will do."""
        pad = self.tokenizer.pad_token_id
        return self.end if pad is None else int(pad)


def answer(
    student: Student, prompts: Sequence[str], *, most_tokens: int, batch: int = 32, advance: Advance = lambda _: None
) -> tuple[str, ...]:
    """Answer each prompt greedily, so that the same student always gives the same answer.

    Args:
        student: Who answers.
        prompts: What the user says, one message each.
        most_tokens: Where an answer is cut off.
        batch: How many prompts run together; those of like length are put together.
        advance: Told of progress.
    """
    ids = [student.tokenize(student.render(prompt))[-_room(student, most_tokens) :] for prompt in prompts]
    order = sorted(range(len(ids)), key=lambda index: len(ids[index]))
    answers = [""] * len(ids)
    student.model.train(mode=False)
    for part in _batched(order, batch):
        longest = max(len(ids[index]) for index in part)
        inputs_BT = torch.tensor([[student.pad] * (longest - len(ids[index])) + ids[index] for index in part])
        mask_BT = torch.tensor([[0] * (longest - len(ids[index])) + [1] * len(ids[index]) for index in part])
        with torch.inference_mode():
            made_BT = student.model.generate(  # type: ignore[operator]  # transformers binds it behind a decorator
                inputs=inputs_BT,
                attention_mask=mask_BT,
                max_new_tokens=most_tokens,
                do_sample=False,
                eos_token_id=student.end,
                pad_token_id=student.pad,
                use_cache=True,
            )
        for index, row_T in zip(part, made_BT[:, longest:].tolist(), strict=True):
            answers[index] = str(student.tokenizer.decode(row_T, skip_special_tokens=True)).strip()
        advance(len(part))
    return tuple(answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A prompt and the choices that are to be scored as its answer."""

    prompt: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A prompt and its choices laid behind each other, each choice as if it alone followed the prompt."""

    ids: list[int]
    positions: list[int]
    owners: list[int]
    """-1 for the prompt, else the choice's index."""
    start: int
    """Length of the prompt."""


def choice_scores(
    student: Student, asked: Sequence[Scored], *, batch: int = 16, advance: Advance = lambda _: None
) -> tuple[tuple[float, ...], ...]:
    """Sum the log-likelihood of each choice as the answer to its prompt, in nats.

    A prompt runs once for all of its choices, which see it and themselves, but not each other (facts: the same argmax
    as a run for each, at a third of the time or less). The end of the answer counts as a token of it.

    Raises:
        ValueError: if a question has no choices.
    """
    if any(not item.choices for item in asked):
        raise ValueError("no choices to score")
    rows = [_row(student, item) for item in asked]
    order = sorted(range(len(rows)), key=lambda index: len(rows[index].ids))
    scores: list[tuple[float, ...]] = [()] * len(rows)
    student.model.train(mode=False)
    for part in _batched(order, batch):
        found = _sums(student, [rows[index] for index in part], [len(asked[index].choices) for index in part])
        for index, sums in zip(part, found, strict=True):
            scores[index] = sums
        advance(len(part))
    return tuple(scores)


def _row(student: Student, item: Scored) -> _Row:
    tails = [[*student.tokenize(choice), student.end] for choice in item.choices]
    ids = student.tokenize(student.render(item.prompt))[-_room(student, max(len(tail) for tail in tails)) :]
    start = len(ids)
    positions, owners = list(range(start)), [-1] * start
    for owner, tail in enumerate(tails):
        ids = ids + tail
        positions += range(start, start + len(tail))
        owners += [owner] * len(tail)
    return _Row(ids=ids, positions=positions, owners=owners, start=start)


def _sums(student: Student, rows: Sequence[_Row], counts: Sequence[int]) -> list[tuple[float, ...]]:
    longest = max(len(row.ids) for row in rows)
    ids_BT = torch.tensor([row.ids + [student.pad] * (longest - len(row.ids)) for row in rows])
    positions_BT = torch.tensor([row.positions + [0] * (longest - len(row.ids)) for row in rows])
    owners_BT = torch.tensor([row.owners + [-2] * (longest - len(row.ids)) for row in rows])
    causal_TT = torch.ones(longest, longest, dtype=torch.bool).tril()
    same_BTT = owners_BT[:, :, None] == owners_BT[:, None, :]
    prompt_BTT = (owners_BT == -1)[:, None, :] & (owners_BT >= 0)[:, :, None]
    seen_BTT = causal_TT & (same_BTT | prompt_BTT)
    mask_B1TT = torch.where(seen_BTT, 0.0, torch.finfo(torch.float32).min)[:, None]
    with torch.inference_mode():
        logits_BTV = student.model(
            input_ids=ids_BT, attention_mask=mask_B1TT, position_ids=positions_BT, use_cache=False
        ).logits.float()
    found = []
    for number, (row, count) in enumerate(zip(rows, counts, strict=True)):
        owners_T = torch.tensor(row.owners[row.start :])
        targets_T = ids_BT[number, row.start : len(row.ids)]
        before_T = torch.arange(row.start - 1, len(row.ids) - 1)
        before_T[torch.cat([torch.tensor([True]), owners_T[1:] != owners_T[:-1]])] = row.start - 1
        each_T = functional.log_softmax(logits_BTV[number, before_T], dim=-1).gather(-1, targets_T[:, None]).squeeze(-1)
        found.append(tuple(float(each_T[owners_T == owner].sum()) for owner in range(count)))
    return found


def _room(student: Student, reserved: int) -> int:
    return max(1, student.context - reserved)


def _batched(order: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
