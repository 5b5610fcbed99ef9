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

import yaml

from bot.findings import Fix, Replacement
from bot.line_mends import BLANKS, changed, hunks, is_rough, whole, wrapped
from bot.reading import missing_version, version_to_write
from schemas.config import Config
from schemas.leaf import Kind
from schemas.safe_yaml import Loaded, Position
from schemas.yaml_scan import position_at

_STR, _NULL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:null"
_PROSE = frozenset({"answer", "context", "document_outline", "question", "task_description"})
_TEXT_KEYS = _PROSE | {"commit", "created_by", "domain", "repo"}
_TEXT_LISTS = frozenset({"patterns"})
_COLON = re.compile(r"[ \t]*:[ \t]+")
_SPACED = (" :", ":  ", "\t")
"""What a text holds in which a colon may be spaced otherwise than it should be."""


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


def implicit(loaded: Loaded) -> Iterator[yaml.ScalarNode]:
    """Give every value that is meant to be a text and that YAML takes for something else, such as `no` or `12:30`."""
    seen: set[int] = set()
    stack: list[tuple[str, str, yaml.Node]] = []
    if loaded.tree.mistakable and loaded.node is not None:
        stack.append(("", "", loaded.node))
    while stack:
        above, name, node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            below = [(name, str(key.value), value) for key, value in node.value if value.tag != _STR]
            stack.extend(reversed(below))
        elif isinstance(node, yaml.SequenceNode):
            stack.extend((name, "", item) for item in reversed(node.value) if item.tag != _STR)
        elif isinstance(node, yaml.ScalarNode) and node.tag != _NULL and (name in _TEXT_KEYS or above in _TEXT_LISTS):
            yield node


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
    flat = _flat(loaded) if max(map(len, raw), default=0) > length else frozenset()
    long = {number for number in flat if len(raw[number]) > length}
    rough = is_rough(loaded.text)
    made: set[tuple[int, Mend]] = set()
    lines = [[line] for line in raw]
    for number in range(len(raw)) if rough else sorted(edits.keys() | long):
        parts = _mended(raw[number], edits.get(number, ()))
        made.update((number + 1, edit.mend) for edit in edits.get(number, ()))
        wrapped_parts = wrapped(parts[0], length) if number in flat and len(parts) == 1 else None
        if wrapped_parts is not None:
            made.add((number + 1, Mend.WRAPPED))
        lines[number] = wrapped_parts or parts
    found = tuple(hunks(raw, lines, ended=loaded.text.endswith("\n")) if rough else changed(raw, lines))
    if (loaded.marked or "\r" in loaded.text) and raw:
        found = (whole(lines, found),)
    replacements = (
        Replacement(path=path, first=each.first + 1, last=each.last + 1, text="\n".join(each.lines)) for each in found
    )
    return Tidying(replacements=tuple(replacements), made=frozenset(made))


def _mended(line: str, edits: Sequence[_Edit]) -> list[str]:
    """Make the edits of a line, and take the blanks away that end it; where a line end is in it, it becomes several."""
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        line = line[: edit.start] + edit.text + line[edit.end :]
    line = line.rstrip(BLANKS)
    if "\r" in line or "\n" in line:
        return [part.rstrip(BLANKS) for part in line.replace("\r", "\n").split("\n")]
    return [line]


def tidy_around(path: str, text: str, taken: Sequence[Replacement]) -> Tidying:
    """Take away the blanks that end lines, and end the last one, in a file that cannot be read.

    Args:
        path: Of the file.
        text: What stands in it.
        taken: Replacements that mend what makes it unreadable; what they write is left without such blanks too.
    """
    raw = text.removesuffix("\n").split("\n") if text else []
    covered = {line for each in taken for line in range(each.first, each.last + 1)}
    changed = [number for number, line in enumerate(raw, start=1) if line != line.rstrip(BLANKS)]
    if not text.endswith("\n") and raw and len(raw) not in changed:
        changed.append(len(raw))
    trimmed = [
        Replacement(path=path, first=each.first, last=each.last, text=_trimmed(each.text))
        for each in dict.fromkeys(taken)
    ]
    trimmed += (
        Replacement(path=path, first=number, last=number, text=raw[number - 1].rstrip(BLANKS))
        for number in changed
        if number not in covered
    )
    return Tidying(replacements=tuple(sorted(trimmed, key=lambda each: each.first)), made=frozenset())


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip(BLANKS) for line in text.split("\n"))


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
    for node in implicit(loaded):
        start, end = node.start_mark.index, node.end_mark.index
        if not node.style and node.value and loaded.text[start:end] == node.value:
            yield _edit(loaded, start, end, json.dumps(node.value, ensure_ascii=False), Mend.QUOTED)
    if not any(mark in loaded.text for mark in _SPACED):
        return
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
