"""What may be read at all: YAML from a stranger is refused here before it can cost time, memory or the stack."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import yaml
from yaml import CSafeLoader

from schemas.errors import UserError

MAX_BYTES = 256 * 1024
"""The largest of 484 real qna.yaml files has 86 KB, and upstream's limit of 2,300 words comes to about 15."""
MAX_LINES = 20_000
"""Blank lines included; linting takes up to 20 microseconds for each."""
MAX_DEPTH = 32
"""The deepest real file has 6 levels; libyaml's composer recurses in C and overflows its stack at some ten thousand."""
MAX_ALIASES = 64
MAX_EVENTS = 20_000
MAX_EXPANDED = 100_000
"""Nodes after every alias is followed; a long scalar counts once more for every `SCALAR_UNIT` characters."""
SCALAR_UNIT = 100
MAX_NUMBER = 400
"""Characters of a number: Python's own conversion is quadratic, and refuses above 4,300 digits."""

_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset({_CORE + "map", _CORE + "seq", _CORE + "str"})
"""Tags that may be written out; the other types come by the look of the value, or not at all."""
# YAML 1.1, section 5.1; a BOM counts as printable at the start alone, where it is taken off first.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Cause(StrEnum):
    """Why a file cannot be read."""

    SIZE = "size"
    ENCODING = "encoding"
    CHARACTER = "character"
    SYNTAX = "syntax"
    DOCUMENTS = "documents"
    DEPTH = "depth"
    ALIASES = "aliases"
    EVENTS = "events"
    MERGE = "merge"
    TAG = "tag"
    VALUE = "value"


class Position(NamedTuple):  # no dataclass: a frozen one costs three times as much, and files have hundreds
    """A place in the text as an editor counts it, from 1; lines end at a line feed, as in Git and on GitHub."""

    line: int
    column: int


class UnreadableYaml(UserError):  # noqa: N818 - what the file is, not what the program did
    """A file that is not YAML, or that would cost too much to read.

    Attributes:
        cause: Why.
        position: Where the parser gave up.
        context: Where the thing began that the parser was reading, if it says so.
        problem: The parser's own words.
    """

    def __init__(self, cause: Cause, problem: str, position: Position, context: Position | None = None) -> None:
        super().__init__(f"Line {position.line}, column {position.column}: {problem}.")
        self.cause = cause
        self.problem = problem
        self.position = position
        self.context = context


def decode(data: bytes, *, max_bytes: int = MAX_BYTES) -> str:
    """Decode UTF-8 text, and take off a byte order mark.

    Raises:
        UnreadableYaml: if there are too many bytes or lines, or a byte that is not text.
    """
    if len(data) > max_bytes:
        problem = f"the file has {len(data):,} bytes, and {max_bytes:,} is the most that is read"
        raise UnreadableYaml(Cause.SIZE, problem, Position(line=1, column=1))
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        head = data[: error.start].decode("utf-8", errors="replace")
        problem = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise UnreadableYaml(Cause.ENCODING, problem, position_at(line_starts(head), len(head))) from error
    lines = text.count("\n") + text.count("\r") - text.count("\r\n")
    if lines > MAX_LINES:
        problem = f"the file has {lines:,} lines, and {MAX_LINES:,} is the most that is read"
        raise UnreadableYaml(Cause.SIZE, problem, Position(line=1, column=1))
    return text


def refuse_unprintable(text: str) -> None:
    """Refuse a text that holds what YAML does not take for a character.

    Raises:
        UnreadableYaml: at the first such character.
    """
    bad = _UNPRINTABLE.search(text)
    if bad is not None:
        problem = f"the character U+{ord(bad.group()):04X} is not allowed in YAML"
        raise UnreadableYaml(Cause.CHARACTER, problem, position_at(line_starts(text), bad.start()))


@lru_cache(maxsize=8)
def line_starts(text: str) -> tuple[int, ...]:
    """Give the index at which each line starts; asked for again and again while a file is judged."""
    lengths = map(len, text.split("\n")[:-1])
    return tuple(accumulate(map((1).__add__, lengths), initial=0))


def position_at(starts: tuple[int, ...], index: int) -> Position:
    """Turn an index into the text into a line and a column."""
    line = bisect_right(starts, index)
    return Position(line, index - starts[line - 1] + 1)


def scan(text: str, starts: tuple[int, ...]) -> None:
    """Walk the events, which costs no recursion, and refuse what would grow when it is composed.

    Text that is no YAML raises PyYAML's own error, as everywhere.

    Raises:
        UnreadableYaml: at the first event that passes a bound.
    """
    growth = _Growth()
    still = "&" not in text  # nothing can be repeated, so that texts need no counting
    for count, event in enumerate(yaml.parse(text, Loader=CSafeLoader), start=1):
        if still and count <= MAX_EVENTS and type(event) is yaml.ScalarEvent and not (event.tag or event.value == "<<"):
            continue
        problem = _refusal(event) or growth.refusal_after(event)
        if problem is None and count > MAX_EVENTS:
            problem = Cause.EVENTS, f"the file has more than {MAX_EVENTS:,} parts"
        if problem is not None:
            index = 0 if event.start_mark is None else event.start_mark.index
            raise UnreadableYaml(problem[0], problem[1], position_at(starts, index))


def _refusal(event: yaml.Event) -> tuple[Cause, str] | None:
    """Say why an event may not stand where it does, whatever came before it."""
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent):
        if event.tag is not None and event.tag not in _TAGS:
            return Cause.TAG, f"the tag {event.tag[:80]} is not allowed; write the value without it"
        if isinstance(event, yaml.ScalarEvent) and event.value == "<<" and event.implicit[0]:
            return Cause.MERGE, "merge keys (<<) are not allowed; write the keys out"
    return None


@dataclass(slots=True, kw_only=True)
class _Growth:
    """Counts nodes as they would be with every alias followed."""

    aliases: int = 0
    total: int = 0
    sizes: dict[str, int] = field(default_factory=dict)
    """Nodes below an anchor, aliases followed."""
    open_nodes: list[tuple[str | None, int]] = field(default_factory=list)
    """Anchor of each open collection, and the total where it began."""

    def refusal_after(self, event: yaml.Event) -> tuple[Cause, str] | None:
        """Count an event, and say why it is one too many."""
        if isinstance(event, yaml.AliasEvent):
            self.aliases += 1
            if any(event.anchor == anchor for anchor, _ in self.open_nodes):
                return Cause.ALIASES, f"*{event.anchor} stands inside the value that it repeats"
            self.total += self.sizes.get(event.anchor or "", 1)
        elif isinstance(event, yaml.ScalarEvent):
            size = 1 + len(event.value) // SCALAR_UNIT
            self.total += size
            if event.anchor:
                self.sizes[event.anchor] = size
        elif isinstance(event, yaml.CollectionStartEvent):
            self.open_nodes.append((event.anchor, self.total))
            self.total += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = self.open_nodes.pop()
            if anchor:
                self.sizes[anchor] = self.total - before
        return self._refusal()

    def _refusal(self) -> tuple[Cause, str] | None:
        if len(self.open_nodes) > MAX_DEPTH:
            return Cause.DEPTH, f"the file nests more than {MAX_DEPTH} levels"
        if self.aliases > MAX_ALIASES:
            return Cause.ALIASES, f"the file has more than {MAX_ALIASES} aliases (*name)"
        if self.total > MAX_EXPANDED:
            return Cause.ALIASES, "the file grows too large when its aliases (*name) are followed"
        return None
