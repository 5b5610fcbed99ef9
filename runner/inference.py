"""What a student says, and how likely it finds a choice: batched greedy answers and shared-prefix scoring.

Shapes: B prompts of a batch, T tokens, C choices, V the vocabulary.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

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


def log_likelihoods(student: Student, prompt: str, choices: Sequence[str]) -> tuple[float, ...]:
    """Sum the log-likelihood of each choice as the answer to a prompt, in nats.

    The prompt runs once, and its keys and values are shared by the choices (facts: the same argmax as running it for
    each, at a third of the time or less). The end of the answer counts as a token of it.

    Raises:
        ValueError: if there are no choices.
    """
    if not choices:
        raise ValueError("no choices to score")
    tails = [[*student.tokenize(choice), student.end] for choice in choices]
    longest = max(len(tail) for tail in tails)
    prompt_ids = student.tokenize(student.render(prompt))[-_room(student, longest) :]
    prompt_T = torch.tensor([prompt_ids])
    tails_CT = torch.tensor([tail + [student.pad] * (longest - len(tail)) for tail in tails])
    student.model.train(mode=False)
    with torch.inference_mode():
        cache = DynamicCache(config=student.model.config)
        head = student.model(input_ids=prompt_T, past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(choices))
        body = student.model(
            input_ids=tails_CT,
            position_ids=torch.arange(len(prompt_ids), len(prompt_ids) + longest).expand(len(choices), -1),
            past_key_values=cache,
            use_cache=True,
        )
        first_CV = head.logits[:, -1:].expand(len(choices), -1, -1)
        logits_CTV = torch.cat([first_CV, body.logits[:, :-1]], dim=1).float()
        each_CT = functional.log_softmax(logits_CTV, dim=-1).gather(-1, tails_CT.unsqueeze(-1)).squeeze(-1)
    return tuple(float(each_CT[row, : len(tail)].sum()) for row, tail in enumerate(tails))


def _room(student: Student, reserved: int) -> int:
    limit = int(getattr(student.model.config, "max_position_embeddings", 0) or 4096)
    return max(1, limit - reserved)


def _batched(order: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
