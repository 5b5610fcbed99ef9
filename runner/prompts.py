"""The prompts: what a teacher is asked for, as text, and that text read back for a teacher made of rules.

The steps are those of LAB (arXiv 2403.01081): seeds of one leaf only in one prompt; knowledge is asked chunk by chunk
of the documents, a freeform skill by questions and then answers, a grounded skill by contexts first.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from runner.teacher import Message


class Step(StrEnum):
    """What is asked for."""

    PAIRS = "pairs"
    CONTEXTS = "contexts"
    QUESTIONS = "questions"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A seed example as a prompt shows it."""

    context: str | None
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One prompt's content."""

    step: Step
    topic: str
    """The leaf's task_description or domain."""
    examples: tuple[Example, ...]
    text: str | None = None
    """The passage for knowledge, the context for a grounded skill."""
    questions: tuple[str, ...] = ()
    """What is to be answered."""
    count: int = 0
    """How many are asked for at most."""
    part: int = 1
    parts: int = 1
    """Which of several prompts alike this is: each is to bring what the others would not."""


_SYSTEM = (
    "You write training examples for a small language model. Keep to the requested format. "
    "Write short, complete questions and short, exact answers. Write nothing else."
)
_TASKS = {
    Step.PAIRS: (
        "Write up to {count} different questions about the facts in the passage, each with its answer in the passage's "
        "own words. Ask for every fact in several wordings. Name what you ask about; never mention the passage itself."
    ),
    Step.CONTEXTS: (
        "Write up to {count} new contexts like those of the examples, with other combinations of the same kinds."
    ),
    Step.QUESTIONS: (
        "Write up to {count} new questions like those of the examples, that the same task answers, "
        "with other combinations of the same kinds, in varied wordings."
    ),
    Step.ANSWERS: "Answer every question as the examples do.",
}
_FORMATS = {
    Step.PAIRS: "Reply with lines of this form, in pairs:\nQ: the question\nA: the answer",
    Step.CONTEXTS: "Reply with lines of this form:\nC: the context",
    Step.QUESTIONS: "Reply with lines of this form:\nQ: the question",
    Step.ANSWERS: "Reply with lines of this form, numbered as the questions are:\n1. the answer",
}
_PART = re.compile(r"This is part (\d+) of (\d+)\.")
_STEP = re.compile(r"^Step: (\w+)\. At most (\d+)\.$", re.MULTILINE)


def messages(ask: Ask) -> tuple[Message, ...]:
    """Write the prompt."""
    parts = [
        f"Step: {ask.step.value}. At most {ask.count}.",
        f"{_TASKS[ask.step].format(count=ask.count)} This is part {ask.part} of {ask.parts}.",
        _section("topic", ask.topic),
        "\n".join(_example(example) for example in ask.examples),
    ]
    if ask.text is not None:
        parts.append(_section("passage" if ask.step is Step.PAIRS else "context", ask.text))
    if ask.questions:
        parts.append(_section("questions", "\n".join(f"{i}. {_line(q)}" for i, q in enumerate(ask.questions, start=1))))
    parts.append(_FORMATS[ask.step])
    return (
        Message(role="system", content=_SYSTEM),
        Message(role="user", content="\n\n".join(part for part in parts if part)),
    )


def read_ask(chat: Sequence[Message]) -> Ask:
    """Read a prompt of `messages` back.

    Raises:
        ValueError: if the last message is no such prompt.
    """
    text = chat[-1].content
    step = _STEP.search(text)
    part = _PART.search(text)
    topic = _read(text, "topic")
    if step is None or part is None or topic is None:
        raise ValueError("not a prompt of ours")
    named = Step(step[1])
    asked = _read(text, "questions")
    return Ask(
        step=named,
        topic=topic,
        examples=tuple(
            Example(
                context=_read(block, "given"),
                question=_read(block, "question") or "",
                answer=_read(block, "answer") or "",
            )
            for block in re.findall(r"<example>\n(.*?)\n</example>", text, re.DOTALL)
        ),
        text=_read(text, "passage" if named is Step.PAIRS else "context"),
        questions=() if asked is None else tuple(line.partition(". ")[2] for line in asked.split("\n")),
        count=int(step[2]),
        part=int(part[1]),
        parts=int(part[2]),
    )


def _example(example: Example) -> str:
    parts = [_section("question", example.question), _section("answer", example.answer)]
    if example.context is not None:
        parts.insert(0, _section("given", example.context))
    return "<example>\n{}\n</example>".format("\n".join(parts))


def _section(tag: str, text: str) -> str:
    # A contributor's text must not end its section: our tags are the only ones in a prompt.
    inner = text.strip().replace("<", "\u2039").replace(">", "\u203a")
    return f"<{tag}>\n{inner}\n</{tag}>"


def _read(text: str, tag: str) -> str | None:
    found = re.search(rf"<{tag}>\n(.*?)\n</{tag}>", text, re.DOTALL)
    return None if found is None else found[1]


def _line(text: str) -> str:
    return " ".join(text.split())
