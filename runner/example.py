"""One example to train on, before it is cut into tokens."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A question with its answer, whose answer alone is learned; or plain text, all of which is."""

    prompt: str | None
    """What the user says; None for plain text."""
    answer: str
    """What the assistant says; or the plain text."""


def ask(context: str | None, question: str) -> str:
    """Write what the user says: the question alone, or below its context."""
    return question if context is None else f"{context}\n\n{question}"


def ask_choice(question: str, choices: tuple[str, ...]) -> str:
    """Write a question above its lettered choices, in MMLU's form without its header (arXiv 2009.03300)."""
    lines = (f"{letter}. {choice}" for letter, choice in zip("ABCDEFGH", choices, strict=False))
    return "\n".join((question, *lines, "Answer:"))
