"""Examples cut into tokens and packed into rows of one length, so that no step pays for padding.

Shapes: B rows of a batch, T tokens of a row. Positions begin anew with every example, from which the model's
attention mask keeps the examples of a row apart; so the loss of a packed row is that of its examples by themselves
(arXiv 2407.09105).
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from runner.example import Example

IGNORED = -100
"""Label of a token that is not learned, as torch's cross-entropy reads it."""

Ids = NDArray[np.int64]
Cut = Callable[[str], Sequence[int]]
"""Cuts text into tokens, without adding any."""
Render = Callable[[str], str]
"""Writes what the user says as a prompt in the student's chat format, up to where the assistant speaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """One example in tokens; `labels` holds IGNORED where nothing is learned."""

    ids: tuple[int, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Packed rows, each of three arrays of shape (B, T)."""

    ids_BT: Ids
    positions_BT: Ids
    labels_BT: Ids


def cut(example: Example, *, tokenize: Cut, render: Render, end: int, limit: int) -> tuple[Tokens, ...]:
    """Cut one example into tokens, at most `limit` in each part.

    An answer is learned with the end token behind it. A prompt too long loses its beginning, an answer too long its
    end; plain text too long becomes several parts.
    """
    if example.prompt is None:
        ids = [*tokenize(example.answer), end]
        parts = [tuple(ids[start : start + limit]) for start in range(0, len(ids), limit)]
        return tuple(Tokens(ids=part, labels=part) for part in parts if len(part) > 1)
    prompt = list(tokenize(render(example.prompt)))
    answer = [*tokenize(example.answer), end][: limit - 1]
    prompt = prompt[max(0, len(prompt) + len(answer) - limit) :]
    return (Tokens(ids=(*prompt, *answer), labels=(*[IGNORED] * len(prompt), *answer)),)


def pack(examples: Iterable[Tokens], *, length: int, pad: int, rng: random.Random, open_rows: int = 32) -> list[Batch]:
    """Lay examples into rows of `length` tokens, each whole, in the first of the open rows where it fits.

    Returns:
        One-row batches in an order at random; `stack` joins them.

    Raises:
        ValueError: if an example is longer than a row.
    """
    shuffled = list(examples)
    rng.shuffle(shuffled)
    rows: list[list[Tokens]] = []
    room: list[int] = []
    full: list[list[Tokens]] = []
    for item in shuffled:
        size = len(item.ids)
        if size > length:
            raise ValueError(f"an example of {size} tokens does not fit into rows of {length}")
        index = next((i for i, left in enumerate(room) if left >= size), None)
        if index is None:
            if len(rows) == open_rows:
                tightest = min(range(len(rows)), key=room.__getitem__)
                full.append(rows.pop(tightest))
                room.pop(tightest)
            rows.append([])
            room.append(length)
            index = len(rows) - 1
        rows[index].append(item)
        room[index] -= size
    full.extend(rows)
    rng.shuffle(full)
    return [_row(row, length, pad) for row in full]


def _row(items: Sequence[Tokens], length: int, pad: int) -> Batch:
    used = sum(len(item.ids) for item in items)
    left = length - used
    ids = [token for item in items for token in item.ids] + [pad] * left
    positions = [position for item in items for position in range(len(item.ids))] + list(range(left))
    labels: list[int] = []
    for item in items:
        labels += [IGNORED, *item.labels[1:]]
    labels += [IGNORED] * left
    return Batch(ids_BT=_array([ids]), positions_BT=_array([positions]), labels_BT=_array([labels]))


def stack(rows: Sequence[Batch]) -> Batch:
    """Join rows into one batch."""
    return Batch(
        ids_BT=np.concatenate([row.ids_BT for row in rows]),
        positions_BT=np.concatenate([row.positions_BT for row in rows]),
        labels_BT=np.concatenate([row.labels_BT for row in rows]),
    )


def _array(rows: list[list[int]]) -> Ids:
    return np.asarray(rows, dtype=np.int64)
