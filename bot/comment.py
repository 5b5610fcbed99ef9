"""Commands in a comment's text: at the start of a line, outside code, quotes and HTML."""

import difflib
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_COMMANDS = 10
"""Commands taken from one comment; nobody means more. The one after them is given too, to be refused."""
BREAKS = frozenset({"softbreak", "hardbreak"})
OPAQUE = "\N{OBJECT REPLACEMENT CHARACTER}"
"""Stands for anything in a line that is not plain text, so that nothing after it starts the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command as somebody wrote it."""

    name: str
    arguments: tuple[str, ...]


def parse_comment(body: str, *, app: str) -> tuple[Invocation, ...]:
    """Find the commands in a comment, written `/espalier NAME …` or `@APP NAME …`."""
    start = re.compile(rf"(?:/espalier|@{re.escape(app)}(?:\[bot\])?)(?:[ \t]+(?P<rest>.*))?", re.IGNORECASE)
    if not start.search(body):
        return ()
    matches = (start.fullmatch(line.strip()) for line in _lines(body))
    texts = [(match["rest"] or "").replace(OPAQUE, "").split() for match in matches if match is not None]
    words = [text or ["help"] for text in texts]
    return tuple(Invocation(name=name.lower(), arguments=tuple(rest)) for name, *rest in words)


def new_commands(body: str, previous: str, *, app: str) -> tuple[Invocation, ...]:
    """Find the commands that an edit added, and no more than are answered; a new comment's previous body is empty."""
    known = Counter(parse_comment(previous, app=app))
    fresh = []
    for invocation in parse_comment(body, app=app):
        if known[invocation]:
            known[invocation] -= 1
        else:
            fresh.append(invocation)
    return tuple(fresh[: MAX_COMMANDS + 1])


def nearest(name: str, names: Collection[str]) -> str | None:
    """Give the command that was probably meant."""
    return next(iter(difflib.get_close_matches(name, names, n=1, cutoff=0.6)), None)


def _lines(body: str) -> list[str]:
    """Give the lines of the paragraphs that stand at the top level: not in quotes, lists, headings, code or HTML."""
    lines: list[str] = []
    tokens = MarkdownIt("commonmark").parse(body)
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and opening.level == 0:
            lines.extend(_plain(inline.children or []))
    return lines


def _plain(children: list[Token]) -> list[str]:
    """Give the lines that inline tokens make; code counts as what it says, but never at the start of a line."""
    text = ""
    for child in children:
        if child.type in BREAKS:
            text += "\n"
        elif child.type == "text" or (child.type == "code_inline" and text.rpartition("\n")[2].strip()):
            text += child.content
        else:
            text += OPAQUE
    return text.split("\n")
