"""From text to nodes and their value, in one pass of libyaml where a file is plain, as nearly every one is.

What is not plain (anchors, written tags, keys or values that are more than texts and common numbers, deep nesting, and
whatever is no YAML) is looked at event by event before anything is composed, and PyYAML makes its value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from yaml import CSafeLoader
from yaml._yaml import CParser

from schemas.yaml_scan import (
    MAX_DEPTH,
    MAX_EVENTS,
    MAX_NUMBER,
    Cause,
    Position,
    UnreadableYaml,
    line_starts,
    position_at,
    refuse_unprintable,
    scan,
)

_TEXT, _INTEGER, _NOTHING = "tag:yaml.org,2002:str", "tag:yaml.org,2002:int", "tag:yaml.org,2002:null"
_LIST, _MAPPING = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"
_NUMBERS = frozenset({_INTEGER, "tag:yaml.org,2002:float"})
_ANCHOR = re.compile("&[0-9A-Za-z_-]")
_LOOKS: dict[str, list[tuple[str, re.Pattern[str]]]] = yaml.SafeLoader.yaml_implicit_resolvers
"""By first character, what a value without quotes may be taken for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """What a text says."""

    node: yaml.Node | None
    """The root; None for an empty file."""
    value: object
    plain: bool
    """Whether the value is JSON as it stands, and no node stands in two places."""
    repeats: bool
    """Whether a key may stand twice in one mapping."""
    mistakable: bool
    """Whether there may be scalars that YAML takes for something else than a text."""


def tree(text: str) -> Tree:
    """Read a text as PyYAML's safe loader does, within the bounds of `schemas.yaml_scan`.

    Raises:
        UnreadableYaml: if the text is no YAML, or passes a bound.
    """
    try:
        return _plain_tree(text)
    except _NotPlainError:
        pass
    refuse_unprintable(text)
    starts = line_starts(text)
    try:
        scan(text, starts)
        loader = CSafeLoader(text)
        node = loader.get_single_node()
        value = None if node is None else _construct(loader, node, starts)
    except yaml.MarkedYAMLError as error:
        raise UnreadableYaml(*_reading(error, starts)) from error
    return Tree(node=node, value=value, plain=False, repeats=True, mistakable=True)


class _NotPlainError(Exception):
    """Raised at what needs a careful look."""


class _Composer(CParser):
    """Composes as PyYAML's safe loader does, with nothing on the way that a plain file has no need of.

    libyaml itself refuses what may not be printed, as `refuse_unprintable` does.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = self._nodes = self._untagged = 0

    def descend_resolver(self, _parent: yaml.Node | None, _index: object) -> None:
        """Begin a node, before its children are composed: the C code that composes them calls itself.

        Raises:
            _NotPlainError: at one too many, by the bounds of `scan`, counted on the safe side.
        """
        self._depth += 1
        self._nodes += 1
        if self._depth > MAX_DEPTH or self._nodes > MAX_EVENTS // 2 - 2:
            raise _NotPlainError

    def ascend_resolver(self) -> None:
        """End a node."""
        self._depth -= 1

    def resolve(self, kind: type[yaml.Node], value: str, implicit: tuple[bool, bool]) -> str:
        """Give the tag of a node that has none written out, as `yaml.resolver.BaseResolver.resolve` does."""
        self._untagged += 1
        if kind is yaml.ScalarNode:
            if implicit[0]:
                for tag, look in _LOOKS.get(value[:1], ()):
                    if look.match(value):
                        return tag
            return _TEXT
        return _LIST if kind is yaml.SequenceNode else _MAPPING

    def compose(self) -> yaml.Node | None:
        """Give the root of the only document; None for an empty file.

        Raises:
            _NotPlainError: if there is too much of it, a tag is written out, or it is not what libyaml can read.
        """
        try:
            node = self.get_single_node()
        except yaml.YAMLError as error:
            raise _NotPlainError from error
        if self._untagged < self._nodes:
            raise _NotPlainError
        return node


@dataclass(slots=True, kw_only=True)
class _Maker:
    """Makes the value of texts, lists, mappings with keys of text, and common numbers."""

    repeats: bool = False
    mistakable: bool = False

    def make(self, node: yaml.Node) -> object:
        """Make the value of a node and of all below it.

        Raises:
            _NotPlainError: if PyYAML has to make it.
        """
        kind, tag, value = type(node), node.tag, node.value
        if kind is yaml.ScalarNode:
            return value if tag == _TEXT else self._other(tag, value)
        if kind is yaml.SequenceNode and tag == _LIST:
            return [self.make(item) for item in value]
        if tag != _MAPPING or kind is not yaml.MappingNode:
            raise _NotPlainError
        made: dict[str, object] = {}
        for key, child in value:
            if type(key) is not yaml.ScalarNode or key.tag != _TEXT:
                raise _NotPlainError
            made[key.value] = self.make(child)
        if len(made) < len(value):
            self.repeats = True
        return made

    def _other(self, tag: str, value: str) -> object:
        self.mistakable = True
        if tag == _INTEGER and len(value) <= MAX_NUMBER and value.isascii() and value.isdecimal() and value[0] != "0":
            return int(value)
        if tag == _NOTHING:
            return None
        raise _NotPlainError


def _plain_tree(text: str) -> Tree:
    if "&" in text and _ANCHOR.search(text):
        raise _NotPlainError
    node = _Composer(text).compose()
    maker = _Maker()
    value = None if node is None else maker.make(node)
    return Tree(node=node, value=value, plain=True, repeats=maker.repeats, mistakable=maker.mistakable)


def _construct(loader: CSafeLoader, node: yaml.Node, starts: tuple[int, ...]) -> object:
    for number in _long_numbers(node):
        place = position_at(starts, number.start_mark.index)
        raise UnreadableYaml(Cause.VALUE, f"a number has more than {MAX_NUMBER} characters", place)
    try:
        value: object = loader.construct_document(node)
    except (ValueError, OverflowError) as error:
        # A date such as 2024-13-45 or a number such as 0b: the constructor raises bare, without a mark.
        bad = _unbuildable(node)
        place = position_at(starts, (bad or node).start_mark.index)
        text = "" if bad is None else f" {str(bad.value)[:40]!r}"
        raise UnreadableYaml(Cause.VALUE, f"the value{text} cannot be read ({error})", place) from error
    return value


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
