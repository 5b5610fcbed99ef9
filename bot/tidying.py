"""A qna.yaml's lines as they should be, where a machine can tell: none of its mends contradicts another.

What is wrong with one line is mended by one replacement, whichever finding offers it, so that mends can be made one by
one in any order, or all at once. A file with Windows line ends or a byte order mark is mended as a whole.
"""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

import yaml

from bot.findings import Fix, Replacement
from bot.reading import missing_version, version_to_write
from schemas.config import Config
from schemas.leaf import Kind
from schemas.safe_yaml import Loaded, Position, UnreadableYaml, load
from schemas.yaml_scan import position_at

MOST_BLANK = 2
"""Blank lines in a row that yamllint lets stand; none at the start and the end of a file."""
LONGEST_LINE = 4_000
"""Characters of a line that is broken into shorter ones."""

_STR, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_PROSE = frozenset({"answer", "context", "document_outline", "question", "task_description"})
_TEXT_KEYS = _PROSE | {"commit", "created_by", "domain", "repo"}
_TEXT_LISTS = frozenset({"patterns"})
_COLON = re.compile(r"[ \t]*:[ \t]+")
_SINGLE_SPACE = re.compile(r"(?<=[^ ]) (?=[^ ])")
_BLANKS = " \t\r"


class Mend(StrEnum):
    """What is done to a line beyond taking blanks away."""

    QUOTED = "quoted"
    SPACED = "spaced"
    VERSIONED = "versioned"
    WRAPPED = "wrapped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tidying:
    """The replacements of a file, in its order, none overlapping another."""

    replacements: tuple[Replacement, ...]
    made: frozenset[tuple[int, Mend]]
    """Line and mend, for those that are not always possible."""

    def fix(self, line: int, description: str, mend: Mend | None = None) -> Fix | None:
        """Give the mend of what is wrong on a line; None where no machine can make it."""
        if mend is not None and (line, mend) not in self.made:
            return None
        at = bisect_right(self.replacements, line, key=lambda each: each.first) - 1
        found = self.replacements[at] if at >= 0 else None
        if found is None or found.last < line:
            return None
        return Fix(description=description, replacements=(found,))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edit:
    """Other text for a part of one line; its number and the part count from 0."""

    line: int
    start: int
    end: int
    text: str
    mend: Mend


def implicit(loaded: Loaded) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
    """Give every value that is meant to be a text and that YAML takes for something else, such as `no` or `12:30`."""
    for path, node in loaded.scalars():
        meant = path and (path[-1] in _TEXT_KEYS or (len(path) > 1 and path[-2] in _TEXT_LISTS))
        if meant and node.tag not in {_STR, _NULL}:
            yield path, node


def tidy(path: str, kind: Kind, loaded: Loaded, config: Config) -> Tidying:
    """Mend what a machine can mend of a file that can be read; several checks ask for the same one."""
    version = version_to_write(kind, loaded, config.schema)
    return _tidy(path, _Same(loaded=loaded), version, config.yaml.line_length)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Same:
    """A file that is equal to itself alone: comparing its content would cost more than tidying it."""

    loaded: Loaded

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.loaded is self.loaded

    def __hash__(self) -> int:
        return id(self.loaded)


@lru_cache(maxsize=2)
def _tidy(path: str, same: _Same, version: int | None, length: int) -> Tidying:
    loaded = same.loaded
    raw = loaded.text.removesuffix("\n").split("\n") if loaded.text else []
    edits: dict[int, list[_Edit]] = {}
    for edit in (*_edits(loaded), *_version(loaded, version)):
        edits.setdefault(edit.line, []).append(edit)
    flat = _flat(loaded) if any(len(line) > length for line in raw) else frozenset()
    made: set[tuple[int, Mend]] = set()
    lines: list[list[str]] = []
    for number, line in enumerate(raw):
        mended = line
        for edit in sorted(edits[number], key=lambda each: each.start, reverse=True) if number in edits else ():
            mended = mended[: edit.start] + edit.text + mended[edit.end :]
            made.add((number + 1, edit.mend))
        parts = [mended.rstrip(_BLANKS)]
        if "\r" in parts[0] or "\n" in parts[0]:
            parts = [part.rstrip(_BLANKS) for part in parts[0].replace("\r", "\n").split("\n")]
        wrapped = _wrapped(parts[0], length) if number in flat and len(parts) == 1 else None
        if wrapped is not None:
            made.add((number + 1, Mend.WRAPPED))
        lines.append(wrapped or parts)
    hunks = tuple(_hunks(raw, lines, ended=loaded.text.endswith("\n")))
    if (loaded.marked or "\r" in loaded.text) and raw:
        hunks = (_whole(lines, hunks),)
    replacements = (
        Replacement(path=path, first=first + 1, last=last + 1, text="\n".join(text)) for first, last, text in hunks
    )
    return Tidying(replacements=tuple(replacements), made=frozenset(made))


def tidy_around(path: str, text: str, taken: Sequence[Replacement]) -> Tidying:
    """Take away the blanks that end lines, and end the last one, in a file that cannot be read.

    Args:
        path: Of the file.
        text: What stands in it.
        taken: Replacements that mend what makes it unreadable; what they write is left without such blanks too.
    """
    raw = text.removesuffix("\n").split("\n") if text else []
    covered = {line for each in taken for line in range(each.first, each.last + 1)}
    changed = [number for number, line in enumerate(raw, start=1) if line != line.rstrip(_BLANKS)]
    if not text.endswith("\n") and raw and len(raw) not in changed:
        changed.append(len(raw))
    trimmed = [
        Replacement(path=path, first=each.first, last=each.last, text=_trimmed(each.text))
        for each in dict.fromkeys(taken)
    ]
    trimmed += (
        Replacement(path=path, first=number, last=number, text=raw[number - 1].rstrip(_BLANKS))
        for number in changed
        if number not in covered
    )
    return Tidying(replacements=tuple(sorted(trimmed, key=lambda each: each.first)), made=frozenset())


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip(_BLANKS) for line in text.split("\n"))


def lost_in_comments(loaded: Loaded) -> Iterator[Position]:
    """Give the places where a `#` ends a text that goes on behind it: YAML takes the rest for a comment.

    One that stands two spaces apart is meant as a comment, as is the custom.
    """
    if " #" not in loaded.text:
        return
    for path, node in loaded.scalars():
        end = node.end_mark.index
        if not node.style and path and path[-1] in _PROSE and loaded.text.startswith(" #", end):
            yield position_at(loaded.line_starts, end + 1)


def _edits(loaded: Loaded) -> Iterator[_Edit]:
    """Give the quoting of texts that YAML mistakes, and the spacing of colons."""
    for _, node in implicit(loaded):
        start, end = node.start_mark.index, node.end_mark.index
        if not node.style and node.value and loaded.text[start:end] == node.value:
            yield _edit(loaded, start, end, json.dumps(node.value, ensure_ascii=False), Mend.QUOTED)
    for key, value in _pairs(loaded):
        start, end = key.end_mark.index, value.start_mark.index
        spaced = start + 2 != end != value.end_mark.index and key.end_mark.line == value.start_mark.line
        if spaced and _COLON.fullmatch(loaded.text, start, end):
            yield _edit(loaded, start, end, ": ", Mend.SPACED)


def _flat(loaded: Loaded) -> frozenset[int]:
    """Give the lines, from 0, that hold a key and all of its text."""
    return frozenset(
        loaded.line_at(key.start_mark.index)
        for key, value in _pairs(loaded)
        if isinstance(value, yaml.ScalarNode)
        and value.style not in {"|", ">"}
        and key.start_mark.line == value.start_mark.line == value.end_mark.line
    )


def _version(loaded: Loaded, version: int | None) -> Iterator[_Edit]:
    root = loaded.node
    if version is None or not isinstance(root, yaml.MappingNode):
        return
    if missing_version(loaded):
        if loaded.position_of(root).column == 1 and not root.flow_style:
            at = root.start_mark.index
            yield _edit(loaded, at, at, f"version: {version}\n", Mend.VERSIONED)
        return
    for key, value in _keys_of(root):
        start, end = value.start_mark.index, value.end_mark.index
        if key.value != "version" or not isinstance(value, yaml.ScalarNode) or value.style in {"|", ">"}:
            continue
        if start == end and loaded.text.startswith(":", key.end_mark.index):
            yield _edit(loaded, key.end_mark.index, key.end_mark.index + 1, f": {version}", Mend.VERSIONED)
        elif start < end and "\n" not in loaded.text[start:end]:
            yield _edit(loaded, start, end, str(version), Mend.VERSIONED)


def _pairs(loaded: Loaded) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    """Give every key that is a text with its value; aliases are not followed twice."""
    seen: set[int] = set()
    stack = [] if loaded.node is None else [loaded.node]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            stack.extend(value for _, value in node.value)
            yield from _keys_of(node)


def _keys_of(node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
    return ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))


def _edit(loaded: Loaded, start: int, end: int, text: str, mend: Mend) -> _Edit:
    line = loaded.line_at(start)
    begin = loaded.line_starts[line]
    return _Edit(line=line, start=start - begin, end=end - begin, text=text, mend=mend)


def _wrapped(line: str, length: int) -> list[str] | None:
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


def _hunks(raw: Sequence[str], lines: Sequence[list[str]], *, ended: bool) -> Iterator[tuple[int, int, list[str]]]:
    """Give what differs: first and last line, from 0, and the lines to put there."""
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
            yield from ((number, number, [""]) for number in range(at, end + 1) if raw[number])
        elif at < end or [raw[at]] != lines[at] or (end == len(lines) - 1 and not ended):
            yield at, end, lines[max(at, first)]
        at = end + 1


def _whole(lines: Sequence[list[str]], hunks: Sequence[tuple[int, int, list[str]]]) -> tuple[int, int, list[str]]:
    """Make one replacement of all lines."""
    new: list[str] = []
    at = 0
    for first, last, text in hunks:
        new.extend(part for line in lines[at:first] for part in line)
        new.extend(text)
        at = last + 1
    new.extend(part for line in lines[at:] for part in line)
    return 0, len(lines) - 1, new
