"""The seed examples of a qna.yaml as they stand in it, complete or not: contexts, questions and answers in place."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import yaml

from schemas.safe_yaml import Loaded, Position

SEEDS = "seed_examples"
PAIRS = "questions_and_answers"

# Named tuples, no dataclasses: three checks make hundreds of them a file, and a frozen one costs three times as much.


class Text(NamedTuple):
    """A text below a key."""

    node: yaml.Node
    loaded: Loaded
    value: str

    @property
    def position(self) -> Position:
        """Give the place of its key."""
        return self.loaded.position_of(self.node)


class Pair(NamedTuple):
    """A question with its answer; None for what is missing or no text."""

    node: yaml.Node
    loaded: Loaded
    question: Text | None
    answer: Text | None

    @property
    def position(self) -> Position:
        """Give the place where it stands."""
        return self.loaded.position_of(self.node)

    @property
    def texts(self) -> tuple[Text, ...]:
        """Give what there is of question and answer."""
        return tuple([text for text in (self.question, self.answer) if text is not None])


class Seed(NamedTuple):
    """A seed example: a skill's holds one pair, knowledge's several on one context."""

    context: Text | None
    pairs: tuple[Pair, ...]


def seeds(loaded: Loaded) -> Iterator[Seed]:
    """Give the seed examples that are groups of keys, in the order of the text."""
    found = loaded.find([SEEDS])
    for node in found.value if isinstance(found, yaml.SequenceNode) else ():
        if not isinstance(node, yaml.MappingNode):
            continue
        keys = _keys(node)
        nested = keys.get(PAIRS, (node, node))[1]
        below = nested.value if isinstance(nested, yaml.SequenceNode) else []
        inner = [_pair(loaded, each, _keys(each)) for each in below if isinstance(each, yaml.MappingNode)]
        own = [_pair(loaded, node, keys)] if not keys.keys().isdisjoint({"question", "answer"}) else []
        yield Seed(_text(loaded, keys, "context"), (*own, *inner))


def _keys(node: yaml.MappingNode) -> Mapping[str, tuple[yaml.Node, yaml.Node]]:
    """Give key and value by name; of two equal keys the last one wins."""
    return {str(key.value): (key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode)}


def _pair(loaded: Loaded, node: yaml.Node, keys: Mapping[str, tuple[yaml.Node, yaml.Node]]) -> Pair:
    question, answer = _text(loaded, keys, "question"), _text(loaded, keys, "answer")
    return Pair(node, loaded, question, answer)


def _text(loaded: Loaded, keys: Mapping[str, tuple[yaml.Node, yaml.Node]], name: str) -> Text | None:
    key, value = keys.get(name, (None, None))
    if key is None or not isinstance(value, yaml.ScalarNode):
        return None
    return Text(key, loaded, value.value)
