"""Whether a leaf has enough seed examples, each of its own and each standing for itself."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import yaml

from bot.chat import continues
from bot.check import NotLooked, Rules, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.neutralise import code
from bot.reading import UNREAD, all_readable, readable
from bot.seeds import PAIRS, SEEDS, Seed, Text, seeds
from bot.sketch import share, triples
from schemas.config import ExamplesPolicy
from schemas.leaf import Kind
from schemas.safe_yaml import Loaded, Position

RULES: Rules = {
    "too-few-examples": (Level.ERROR, "the leaf has fewer examples or contexts than it needs"),
    "too-few-questions": (Level.ERROR, "a context has fewer questions than it needs"),
    "identical-examples": (Level.ERROR, "an example says the same as an earlier one"),
    "similar-examples": (Level.WARNING, "an example says nearly the same as an earlier one"),
    "repeated-question": (Level.NOTICE, "a question is asked twice, with different answers"),
    "chat-turns": (Level.WARNING, "turns of one chat are given as separate examples"),
}

MAX_TWINS = 50
"""Findings of one list that name an item given twice, and of one file that name other repetitions."""
MAX_COMPARED = 200
"""Texts of a file of which each is compared with each; the largest real file has 81."""


_WORDS_OF_TRIPLES = 0.8
"""A word that differs makes three triples differ: texts with common triples have more words in common, by and large."""
_Placed = tuple[Position, str]


@check
def examples(facts: PullRequestFacts) -> Iterator[Finding]:
    """Count the seed examples of every leaf, and find those given twice or not standing for themselves.

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
    counted = [*_counted(path, kind, loaded, policy)]
    yield from counted
    told = {finding.line for finding in counted if finding.rule == "identical-examples"}
    found = tuple(seeds(loaded))
    for item, finding in (*_alike(path, kind, found, policy), *_repeated(path, found)):
        if item.line not in told:
            told.add(item.line)
            yield finding
    if kind is Kind.SKILL:
        yield from _turns(path, found)


def _counted(path: str, kind: Kind, loaded: Loaded, policy: ExamplesPolicy) -> Iterator[Finding]:
    listed = loaded.find([SEEDS])
    if not isinstance(listed, yaml.SequenceNode):
        return  # the schema check says so
    yield from _twice(path, loaded, (SEEDS,), listed.value)
    needed, noun = (policy.skill, "example") if kind is Kind.SKILL else (policy.knowledge_contexts, "context")
    advice = ""
    if kind is Kind.KNOWLEDGE:
        advice = f", each with a passage of the document and {_count(policy.knowledge_pairs, 'question')} on it"
        for index in range(len(listed.value)):
            yield from _pairs(path, loaded, index, policy.knowledge_pairs)
    if len(listed.value) < needed:
        leaf = "skill" if kind is Kind.SKILL else "knowledge leaf"
        message = f"This {leaf} has {_count(len(listed.value), noun)} and needs {needed}. "
        message += f"Write {_more(needed - len(listed.value), noun)}{advice}."
        yield _finding("too-few-examples", path, loaded.key_position((SEEDS,)), message)


def _pairs(path: str, loaded: Loaded, index: int, needed: int) -> Iterator[Finding]:
    place = (SEEDS, index, PAIRS)
    pairs = loaded.find(place)
    if not isinstance(pairs, yaml.SequenceNode):
        return
    yield from _twice(path, loaded, place, pairs.value)
    if len(pairs.value) < needed:
        message = f"This context has {_count(len(pairs.value), 'question')} and needs {needed}. "
        message += f"Write {_more(needed - len(pairs.value), 'question')}, each with its answer."
        yield _finding("too-few-questions", path, loaded.key_position(place), message)


def _twice(path: str, loaded: Loaded, place: tuple[str | int, ...], items: Sequence[yaml.Node]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    told = 0
    for index, item in enumerate(items):
        key = _key(item)
        if key in first and told < MAX_TWINS:
            told += 1
            line = loaded.position((*place, first[key])).line
            message = f"This says the same as line {line}. Replace it by another question, or delete it."
            yield _finding("identical-examples", path, loaded.key_position((*place, index)), message)
        first.setdefault(key, index)


def _key(node: yaml.Node) -> str:
    """Write a node so that two nodes of one meaning give one text, whatever the order of their keys."""
    if isinstance(node, yaml.MappingNode):
        return "{" + ",".join(sorted(f"{_key(key)}:{_key(value)}" for key, value in node.value)) + "}"
    if isinstance(node, yaml.SequenceNode):
        return "[" + ",".join(_key(item) for item in node.value) + "]"
    return repr((node.tag, " ".join(str(node.value).split())))


def _alike(path: str, kind: Kind, found: Sequence[Seed], policy: ExamplesPolicy) -> Iterator[tuple[Position, Finding]]:
    """Find what says nearly the same: a skill's examples with their contexts; knowledge's contexts, and its pairs."""
    groups: list[list[_Placed]] = [[], []]
    for seed in found:
        context = seed.context
        if kind is Kind.KNOWLEDGE and context is not None:
            groups[0].append((context.position, context.value))
        for pair in seed.pairs:
            above = (context,) if kind is Kind.SKILL and context is not None else ()
            groups[1].append((pair.position, "\n".join(text.value for text in (*above, *pair.texts))))
    told = 0
    for group in groups:
        later: set[Position] = set()
        pieces: dict[Position, frozenset[str]] = {}
        for (first, left), (second, right) in _worth_comparing(group[:MAX_COMPARED], policy.similarity):
            for position, text in ((first, left), (second, right)):
                if position not in pieces:
                    pieces[position] = triples(text)
            alike = share(pieces[first], pieces[second])
            if alike >= policy.similarity and second not in later and told < MAX_TWINS:
                told += 1
                later.add(second)
                message = f"This says nearly the same as line {first.line} ({alike:.0%} of their word triples are "
                message += "common). Replace it by an example that differs more, or delete it."
                yield second, _finding("similar-examples", path, second, message)


def _worth_comparing(group: Sequence[_Placed], similarity: float) -> Iterator[tuple[_Placed, _Placed]]:
    """Give the pairs of texts that have enough words in common for their triples to be looked at, which costs more."""
    words = [frozenset(text.casefold().split()) for _, text in group]
    for first, second in combinations(range(len(group)), 2):
        left, right = words[first], words[second]
        least = _WORDS_OF_TRIPLES * similarity * max(len(left), len(right))
        if 0 < least <= min(len(left), len(right)) and least <= len(left & right):
            yield group[first], group[second]


def _repeated(path: str, found: Sequence[Seed]) -> Iterator[tuple[Position, Finding]]:
    first: dict[tuple[str, str], Position] = {}
    told = 0
    for seed in found:
        for pair in seed.pairs:
            asked = (_plain(seed.context), _plain(pair.question))
            if asked in first and asked[1] and pair.question is not None and told < MAX_TWINS:
                told += 1
                message = f"The question of line {first[asked].line} is asked again here. Ask something else, unless "
                message += "several answers are what you want to teach."
                yield pair.position, _finding("repeated-question", path, pair.question.position, message)
            first.setdefault(asked, pair.position)


def _plain(text: Text | None) -> str:
    return "" if text is None else " ".join(text.value.casefold().split())


def _turns(path: str, found: Sequence[Seed]) -> Iterator[Finding]:
    after: str | None = None
    told = 0
    for seed in found:
        for pair in seed.pairs:
            question = pair.question
            if question is not None and seed.context is None and told < MAX_TWINS and continues(question.value, after):
                told += 1
                shown = code(question.value, limit=60)
                message = f"{shown} continues the example above, but each example is learned by itself. "
                message += "Write into the question what it is about, or put the talk so far into `context`."
                yield _finding("chat-turns", path, question.position, message)
            after = "" if pair.answer is None else pair.answer.value


def _finding(rule: str, path: str, place: Position, message: str) -> Finding:
    level = RULES[rule][0]
    return Finding(rule=rule, level=level, path=path, line=place.line, column=place.column, message=message)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _more(number: int, noun: str) -> str:
    return f"{number} more {noun}" if number == 1 else f"{number} more {noun}s"
