"""A file's lines as they should be: broken where they are too long, without blanks to spare, and what differs then."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from schemas.safe_yaml import UnreadableYaml, load

BLANKS = " \t\r"
MOST_BLANK = 2
"""Blank lines in a row that yamllint lets stand; none at the start and the end of a file."""
LONGEST_LINE = 4_000
"""Characters of a line that is broken into shorter ones."""

_SINGLE_SPACE = re.compile(r"(?<=[^ ]) (?=[^ ])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """Lines to put in the place of others, whose numbers count from 0."""

    first: int
    last: int
    lines: Sequence[str]


def is_rough(text: str) -> bool:
    """Tell whether a text has blanks at the end of a line, too many blank lines, or a last line that is not ended."""
    rough = ("\r", " \n", "\t\n", "\n" * (MOST_BLANK + 2))
    ended = text.endswith("\n") and not text.endswith("\n\n")
    return not ended or text.startswith("\n") or any(mark in text for mark in rough)


def changed(raw: Sequence[str], lines: Sequence[list[str]]) -> Iterator[Hunk]:
    """Give what differs in a text that is not rough."""
    for number, (line, parts) in enumerate(zip(raw, lines, strict=True)):
        if parts != [line]:
            yield Hunk(first=number, last=number, lines=parts)


def wrapped(line: str, length: int) -> list[str] | None:
    """Break a line `key: text` where YAML joins it again; None where that cannot be."""
    colon = line.find(": ")
    if not length < len(line) <= LONGEST_LINE or colon < 0:
        return None
    indent = len(line) - len(line.lstrip(" -")) + 2
    cuts = [0, *(match.start() for match in _SINGLE_SPACE.finditer(line, colon + 2)), len(line)]
    lines, begin = [], 0
    for here, following in pairwise(cuts):
        room = length - (indent if begin else 0)
        if following - begin > room and here > begin:
            lines.append(line[begin:here])
            begin = here + 1
    lines.append(line[begin:])
    broken = [lines[0], *(" " * indent + each for each in lines[1:])]
    whole = all(len(each) <= length for each in broken) and _value(broken) == _value([line])
    return broken if whole else None


def _value(lines: Sequence[str]) -> object:
    try:
        return load("\n".join(lines).encode()).value
    except UnreadableYaml as error:
        return error


def hunks(raw: Sequence[str], lines: Sequence[list[str]], *, ended: bool) -> Iterator[Hunk]:
    """Give what differs, and what takes away the blank lines that are too many."""
    texts = [number for number, line in enumerate(lines) if line != [""]]
    if not texts:
        return
    first, last, at = texts[0], texts[-1], 0
    while at < len(lines):
        end = max(at, first)  # blank lines at the start go with the first text
        while at > first and lines[at] == [""] == lines[end + 1]:
            end += 1
        blanks = end - at + 1 if lines[at] == [""] and at > first else 0
        end = len(lines) - 1 if end == last else end  # and those at the end with the last one
        if 0 < blanks <= MOST_BLANK:
            yield from (Hunk(first=number, last=number, lines=[""]) for number in range(at, end + 1) if raw[number])
        elif at < end or [raw[at]] != lines[at] or (end == len(lines) - 1 and not ended):
            yield Hunk(first=at, last=end, lines=lines[max(at, first)])
        at = end + 1


def whole(lines: Sequence[list[str]], found: Sequence[Hunk]) -> Hunk:
    """Make one hunk of all lines."""
    new: list[str] = []
    at = 0
    for hunk in found:
        new.extend(part for line in lines[at : hunk.first] for part in line)
        new.extend(hunk.lines)
        at = hunk.last + 1
    new.extend(part for line in lines[at:] for part in line)
    return Hunk(first=0, last=len(lines) - 1, lines=new)
