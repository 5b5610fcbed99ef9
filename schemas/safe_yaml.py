"""Bounded loading of YAML that a stranger wrote: refused before it can hurt, or read with the place of every node."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import yaml
from yaml import CSafeLoader

from schemas.yaml_scan import (
    MAX_BYTES,
    MAX_NUMBER,
    Cause,
    Position,
    UnreadableYaml,
    decode,
    line_starts,
    position_at,
    scan,
)

__all__ = ["Cause", "Duplicate", "Loaded", "Position", "UnreadableYaml", "load"]

_TEXT, _INTEGER, _NOTHING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:null"
_LIST, _MAPPING = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"
_NUMBERS = frozenset({_INTEGER, "tag:yaml.org,2002:float"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A key that stands twice in one mapping; the last one wins silently."""

    key: str
    position: Position
    first: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A parsed file: its value, and where each part of it stands."""

    text: str
    """The decoded text, without a byte order mark."""
    value: object
    node: yaml.Node | None
    """The composed tree that `value` was made from; None for an empty file."""
    line_starts: tuple[int, ...]
    marked: bool = False
    """Whether a byte order mark stands before the text."""
    origins: tuple[int, ...] = ()
    """Where the text is another's mended by thought: for each of its lines the line of that one that it comes from."""

    @property
    def lines(self) -> tuple[str, ...]:
        """Give the lines without their ends."""
        return tuple(line.removesuffix("\r") for line in self.text.split("\n"))

    def line_at(self, index: int) -> int:
        """Give the number of the line, from 0, that holds the character at an index."""
        return position_at(self.line_starts, index).line - 1

    def position_of(self, node: yaml.Node) -> Position:
        """Give the place where a node starts."""
        place = position_at(self.line_starts, node.start_mark.index)
        return replace(place, line=self.origins[place.line - 1]) if self.origins else place

    def find(self, path: Sequence[str | int]) -> yaml.Node | None:
        """Give the node at a path of keys and indices, or None if the tree has no such node."""
        node = self.node
        for part in path:
            child = _child(node, part)
            if child is None:
                return None
            node = child[1]
        return node

    def position(self, path: Sequence[str | int]) -> Position:
        """Give the place of the value at a path, or of its nearest ancestor that exists."""
        node, place = self.node, Position(line=1, column=1)
        for part in (None, *path):
            if part is not None:
                child = _child(node, part)
                node = None if child is None else child[1]
            if node is None:
                break
            place = self.position_of(node)
        return place

    def key_position(self, path: Sequence[str | int]) -> Position:
        """Give the place of the key (or the list item) at a path, or of its nearest ancestor that exists."""
        child = _child(self.find(path[:-1]), path[-1]) if path else None
        return self.position(path) if child is None else self.position_of(child[0])

    def duplicates(self) -> tuple[Duplicate, ...]:
        """Find every key that stands twice in one mapping, in the order of the text."""
        return tuple(sorted(self._duplicates(), key=lambda item: item.position))

    def scalars(self) -> Iterator[tuple[tuple[str | int, ...], yaml.ScalarNode]]:
        """Give every scalar value (no keys) with its path, in the order of the text; aliases are not followed twice."""
        seen: set[int] = set()
        stack: list[tuple[tuple[str | int, ...], yaml.Node]] = [] if self.node is None else [((), self.node)]
        while stack:
            path, node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, yaml.ScalarNode):
                yield path, node
            elif isinstance(node, yaml.MappingNode):
                stack.extend(((*path, str(key.value)), value) for key, value in reversed(node.value))
            else:
                stack.extend(((*path, index), item) for index, item in reversed(list(enumerate(node.value))))

    def _duplicates(self) -> Iterator[Duplicate]:
        seen: set[int] = set()
        stack = [] if self.node is None else [self.node]
        while stack:
            node = stack.pop()
            if id(node) in seen or isinstance(node, yaml.ScalarNode):
                continue
            seen.add(id(node))
            if not isinstance(node, yaml.MappingNode):
                stack.extend(node.value)
                continue
            first: dict[tuple[str, str], yaml.Node] = {}
            for key, value in node.value:
                name = (str(key.tag), str(key.value))
                if name in first and isinstance(key, yaml.ScalarNode):
                    yield Duplicate(
                        key=str(key.value), position=self.position_of(key), first=self.position_of(first[name])
                    )
                first.setdefault(name, key)
                stack.append(value)


def load(data: bytes, *, max_bytes: int = MAX_BYTES) -> Loaded:
    """Read YAML 1.1 as PyYAML's safe loader does, implicit types included, within bounds of size, depth and growth.

    Time and memory stay in proportion to the bytes: an event pre-scan in C refuses what would not, before anything
    is composed.

    Args:
        data: The file's bytes.
        max_bytes: The most bytes to look at.

    Returns:
        The value with the places of its parts.

    Raises:
        UnreadableYaml: if the file is no YAML, is not UTF-8, or passes a bound.
    """
    text = decode(data, max_bytes=max_bytes)
    starts = line_starts(text)
    try:
        scan(text, starts)
        loader = CSafeLoader(text)
        try:
            node = loader.get_single_node()
            value = None if node is None else _construct(loader, node, starts)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise UnreadableYaml(*_reading(error, starts)) from error
    return Loaded(text=text, value=value, node=node, line_starts=starts, marked=data.startswith(BOM_UTF8))


def _construct(loader: CSafeLoader, node: yaml.Node, starts: tuple[int, ...]) -> object:
    for number in _long_numbers(node):
        place = position_at(starts, number.start_mark.index)
        raise UnreadableYaml(Cause.VALUE, f"a number has more than {MAX_NUMBER} characters", place)
    try:
        return _plain(node)
    except _NotPlainError:
        pass
    try:
        value: object = loader.construct_document(node)
    except (ValueError, OverflowError) as error:
        # A date such as 2024-13-45 or a number such as 0b: the constructor raises bare, without a mark.
        bad = _unbuildable(node)
        place = position_at(starts, (bad or node).start_mark.index)
        text = "" if bad is None else f" {str(bad.value)[:40]!r}"
        raise UnreadableYaml(Cause.VALUE, f"the value{text} cannot be read ({error})", place) from error
    return value


class _NotPlainError(Exception):
    """Raised at a node whose value PyYAML should make."""


def _plain(node: yaml.Node) -> object:
    """Make the value of texts, lists, mappings with keys of text, and common numbers: of nearly every file, faster.

    Raises:
        _NotPlainError: if there is anything else in it.
    """
    tag, value = node.tag, node.value
    if isinstance(node, yaml.ScalarNode):
        if tag == _TEXT:
            return value
        if tag == _INTEGER and value.isascii() and value.isdecimal() and value[0] != "0":
            return int(value)
        if tag == _NOTHING:
            return None
    elif isinstance(node, yaml.SequenceNode) and tag == _LIST:
        return [_plain(item) for item in value]
    elif isinstance(node, yaml.MappingNode) and tag == _MAPPING and all(map(_is_text, node.value)):
        return {key.value: _plain(child) for key, child in value}
    raise _NotPlainError


def _is_text(pair: tuple[yaml.Node, yaml.Node]) -> bool:
    return isinstance(pair[0], yaml.ScalarNode) and pair[0].tag == _TEXT


def _long_numbers(root: yaml.Node) -> Iterator[yaml.Node]:
    return (node for node in _leaves(root) if node.tag in _NUMBERS and len(node.value) > MAX_NUMBER)


def _unbuildable(root: yaml.Node) -> yaml.ScalarNode | None:
    maker = yaml.constructor.SafeConstructor()
    for node in _leaves(root):
        try:
            maker.construct_object(node)
        except (ValueError, OverflowError):
            return node
    return None


def _leaves(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    seen: set[int] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.ScalarNode):
            yield node
        elif isinstance(node, yaml.MappingNode):
            stack.extend(part for pair in reversed(node.value) for part in reversed(pair))
        else:
            stack.extend(reversed(node.value))


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Give the key node and the value node of one step; a list's item is its own key."""
    if isinstance(node, yaml.SequenceNode):
        inside = isinstance(part, int) and 0 <= part < len(node.value)
        return (node.value[part], node.value[part]) if inside else None
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):  # of two equal keys the last one wins
            if isinstance(key, yaml.ScalarNode) and key.value == str(part):
                return key, value
    return None


def _reading(error: yaml.MarkedYAMLError, starts: tuple[int, ...]) -> tuple[Cause, str, Position, Position | None]:
    mark = error.problem_mark or error.context_mark
    place = Position(line=1, column=1) if mark is None else position_at(starts, mark.index)
    context = None if error.context_mark is None else position_at(starts, error.context_mark.index)
    words = error.problem or error.context or "not YAML"
    cause = Cause.SYNTAX
    if "another document" in words:
        cause = Cause.DOCUMENTS
    elif isinstance(error, yaml.constructor.ConstructorError):
        cause = Cause.TAG if "constructor for the tag" in words else Cause.VALUE
    return cause, words, place, context
