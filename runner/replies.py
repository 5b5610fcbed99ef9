"""A teacher's reply, read tolerantly: what it gives, and a count for everything that it does not."""

import re
from collections import Counter
from dataclasses import dataclass

_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_MARK = re.compile(
    r"^[\s>*_#-]{0,20}(?:\d{1,4}\s*[.):]\s*)?[*_]{0,4}(?P<mark>Q|A|C|Question|Answer|Context)\s*\d{0,4}[*_]*\s*[:.)\]][*_]*\s*(?P<rest>.*)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\s*(?:A\s*)?(?P<number>\d{1,4})\s*[.):]\s*(?P<rest>.*)$", re.IGNORECASE)
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Questions with answers, and what else the reply held."""

    pairs: tuple[tuple[str, str], ...]
    dropped: dict[str, int]
    """Reason to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Texts of one kind, and what else the reply held."""

    texts: tuple[str, ...]
    dropped: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """One answer, or None, for each question asked, and what else the reply held."""

    answers: tuple[str | None, ...]
    dropped: dict[str, int]


def read_pairs(reply: str) -> Pairs:
    """Read `Q:` and `A:` lines; an answer belongs to the question before it."""
    dropped: Counter[str] = Counter()
    pairs: list[tuple[str, str]] = []
    question: str | None = None
    for mark, text in _blocks(reply, dropped):
        if mark == "q":
            if question is not None:
                dropped["question without answer"] += 1
            question = text
        elif mark == "a" and question is None:
            dropped["answer without question"] += 1
        elif mark == "a" and question is not None:
            if question and text:
                pairs.append((question, text))
            else:
                dropped["empty question or answer"] += 1
            question = None
        else:
            dropped["text out of format"] += 1
    if question is not None:
        dropped["question without answer"] += 1
    return Pairs(pairs=tuple(pairs), dropped=dict(dropped))


def read_texts(reply: str, *, mark: str) -> Texts:
    """Read lines of one mark, `q` or `c`; numbered lines without a mark count too."""
    dropped: Counter[str] = Counter()
    texts: list[str] = []
    for found, text in _blocks(reply, dropped, bare=mark):
        if found != mark:
            dropped["text out of format"] += 1
        elif text:
            texts.append(text)
        else:
            dropped["empty question" if mark == "q" else "empty context"] += 1
    return Texts(texts=tuple(texts), dropped=dict(dropped))


def read_answers(reply: str, *, count: int) -> Answers:
    """Read answers numbered from 1 to `count`; a first answer for a number stands."""
    dropped: Counter[str] = Counter()
    answers: list[str | None] = [None] * count
    current: int | None = None
    for line in _lines(reply):
        found = _NUMBERED.match(line)
        if found is not None:
            current = int(found["number"]) - 1
            if not 0 <= current < count or answers[current] is not None:
                dropped["answer to no question"] += 1
                current = None
            else:
                answers[current] = _clean(re.sub(r"^(?:A|Answer)\s*:\s*", "", found["rest"], flags=re.IGNORECASE))
        elif line.strip() and current is not None:
            answers[current] = f"{answers[current]} {_clean(line)}".strip()
        elif line.strip():
            dropped["text out of format"] += 1
    missing = sum(not answer for answer in answers)
    if missing:
        dropped["question without answer"] += missing
    return Answers(answers=tuple(answer or None for answer in answers), dropped=dict(dropped))


def _blocks(reply: str, dropped: Counter[str], bare: str | None = None) -> list[tuple[str, str]]:
    """Gather marked lines with the lines that continue them; `bare` takes numbered lines without a mark."""
    blocks: list[tuple[str, str]] = []
    for line in _lines(reply):
        found = _MARK.match(line)
        numbered = _NUMBERED.match(line) if bare is not None and found is None else None
        if found is not None:
            blocks.append((found["mark"][0].lower(), _clean(found["rest"])))
        elif numbered is not None and bare is not None:
            blocks.append((bare, _clean(numbered["rest"])))
        elif line.strip() and blocks:
            mark, text = blocks[-1]
            blocks[-1] = (mark, f"{text} {_clean(line)}".strip())
        elif line.strip():
            dropped["text out of format"] += 1
    return blocks


def _lines(reply: str) -> list[str]:
    text = _THOUGHT.sub("", reply).replace("\0", "")
    return [line for line in text.splitlines() if not _FENCE.match(line)]


def _clean(text: str) -> str:
    return " ".join(text.strip().strip("*").strip().split())
