"""Whether a leaf has enough seed examples, each of its own."""

from collections.abc import Iterator, Sequence

import yaml

from bot.check import NotLooked, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.reading import UNREAD, all_readable, readable
from schemas.config import ExamplesPolicy
from schemas.leaf import Kind
from schemas.safe_yaml import Loaded

SEEDS = "seed_examples"
PAIRS = "questions_and_answers"
MAX_TWINS = 50
"""Findings of one list that name an item given twice."""


@check
def examples(facts: PullRequestFacts) -> Iterator[Finding]:
    """Count the seed examples of every leaf, and find those given twice.

    Raises:
        NotLooked: if nothing was found, but not every file could be read.
    """
    found: list[Finding] = []
    for path, kind, loaded in readable(facts):
        found.extend(_leaf(path, kind, loaded, facts.config.examples))
    if not found and not all_readable(facts):
        raise NotLooked(UNREAD)
    yield from found


def _leaf(path: str, kind: Kind, loaded: Loaded, policy: ExamplesPolicy) -> Iterator[Finding]:
    seeds = loaded.find([SEEDS])
    if not isinstance(seeds, yaml.SequenceNode):
        return  # the schema check says so
    yield from _twice(path, loaded, (SEEDS,), seeds.value)
    needed, noun = (policy.skill, "example") if kind is Kind.SKILL else (policy.knowledge_contexts, "context")
    advice = ""
    if kind is Kind.KNOWLEDGE:
        advice = f", each with a passage of the document and {_count(policy.knowledge_pairs, 'question')} on it"
        for index in range(len(seeds.value)):
            yield from _pairs(path, loaded, index, policy.knowledge_pairs)
    if len(seeds.value) < needed:
        leaf = "skill" if kind is Kind.SKILL else "knowledge leaf"
        message = f"This {leaf} has {_count(len(seeds.value), noun)} and needs {needed}. "
        message += f"Write {_more(needed - len(seeds.value), noun)}{advice}."
        yield _finding("too-few-examples", path, loaded, (SEEDS,), message)


def _pairs(path: str, loaded: Loaded, index: int, needed: int) -> Iterator[Finding]:
    place = (SEEDS, index, PAIRS)
    pairs = loaded.find(place)
    if not isinstance(pairs, yaml.SequenceNode):
        return
    yield from _twice(path, loaded, place, pairs.value)
    if len(pairs.value) < needed:
        message = f"This context has {_count(len(pairs.value), 'question')} and needs {needed}. "
        message += f"Write {_more(needed - len(pairs.value), 'question')}, each with its answer."
        yield _finding("too-few-questions", path, loaded, place, message)


def _twice(path: str, loaded: Loaded, place: tuple[str | int, ...], items: Sequence[yaml.Node]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    told = 0
    for index, item in enumerate(items):
        key = _key(item)
        if key in first and told < MAX_TWINS:
            told += 1
            line = loaded.position((*place, first[key])).line
            message = f"This says the same as line {line}. Replace it by another question, or delete it."
            yield _finding("identical-examples", path, loaded, (*place, index), message)
        first.setdefault(key, index)


def _key(node: yaml.Node) -> str:
    """Write a node so that two nodes of one meaning give one text, whatever the order of their keys."""
    if isinstance(node, yaml.MappingNode):
        return "{" + ",".join(sorted(f"{_key(key)}:{_key(value)}" for key, value in node.value)) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ",".join(_key(item) for item in node.value) + "]"
    return repr((node.tag, " ".join(str(node.value).split())))


def _finding(rule: str, path: str, loaded: Loaded, place: tuple[str | int, ...], message: str) -> Finding:
    position = loaded.key_position(place)
    return Finding(rule=rule, level=Level.ERROR, path=path, line=position.line, column=position.column, message=message)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _more(number: int, noun: str) -> str:
    return f"{number} more {noun}" if number == 1 else f"{number} more {noun}s"
