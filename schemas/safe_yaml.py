"""Bounded loading of YAML that a stranger wrote: refused before it can hurt, or read with the place of every node."""

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import yaml

from schemas.yaml_scan import MAX_BYTES, Cause, Position, UnreadableYaml, decode, line_starts, position_at
from schemas.yaml_tree import Tree, tree

__all__ = ["Cause", "Duplicate", "Loaded", "Position", "UnreadableYaml", "load"]


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
    tree: Tree
    marked: bool = False
    """Whether a byte order mark stands before the text."""
    origins: tuple[int, ...] = ()
    """Where the text is another's mended by thought: for each of its lines the line of that one that it comes from."""

    @property
    def value(self) -> object:
        """Give what the file says."""
        return self.tree.value

    @property
    def node(self) -> yaml.Node | None:
        """Give the composed tree that `value` was made from; None for an empty file."""
        return self.tree.node

    @property
    def line_starts(self) -> tuple[int, ...]:
        """Give the index at which each line starts."""
        return line_starts(self.text)

    @property
    def lines(self) -> tuple[str, ...]:
        """Give the lines without their ends."""
        lines = self.text.split("\n")
        return tuple([line.removesuffix("\r") for line in lines] if "\r" in self.text else lines)

    def line_at(self, index: int) -> int:
        """Give the number of the line, from 0, that holds the character at an index."""
        return position_at(self.line_starts, index).line - 1

    def position_of(self, node: yaml.Node) -> Position:
        """Give the place where a node starts."""
        place = position_at(self.line_starts, node.start_mark.index)
        return place._replace(line=self.origins[place.line - 1]) if self.origins else place

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
        node = self.node
        if node is None:
            return Position(line=1, column=1)
        for part in path:
            child = _child(node, part)
            if child is None:
                break
            node = child[1]
        return self.position_of(node)

    def key_position(self, path: Sequence[str | int]) -> Position:
        """Give the place of the key (or the list item) at a path, or of its nearest ancestor that exists."""
        child = _child(self.find(path[:-1]), path[-1]) if path else None
        return self.position(path) if child is None else self.position_of(child[0])

    def duplicates(self) -> tuple[Duplicate, ...]:
        """Find every key that stands twice in one mapping, in the order of the text."""
        if not self.tree.repeats:
            return ()
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

    Time and memory stay in proportion to the bytes: what would not is refused before it is composed. An UnreadableYaml
    is raised if the file is no YAML, is not UTF-8, or passes a bound.

    Args:
        data: The file's bytes.
        max_bytes: The most bytes to look at.

    Returns:
        The value with the places of its parts.
    """
    text = decode(data, max_bytes=max_bytes)
    return Loaded(text=text, tree=tree(text), marked=data.startswith(BOM_UTF8))


def _child(node: yaml.Node | None, part: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """Give the key node and the value node of one step; a list's item is its own key."""
    if isinstance(node, yaml.SequenceNode):
        inside = isinstance(part, int) and 0 <= part < len(node.value)
        return (node.value[part], node.value[part]) if inside else None
    if isinstance(node, yaml.MappingNode):
        name = str(part)
        for key, value in reversed(node.value):  # of two equal keys the last one wins
            if key.value == name:
                return key, value
    return None
