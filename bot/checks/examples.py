"""Whether a leaf has enough seed examples, each of its own and each standing for itself."""

from collections.abc import Hashable, Iterator, Sequence

import yaml

from bot.chat import continues
from bot.check import NotLooked, Rules, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.neutralise import code
from bot.reading import UNREAD, all_readable, readable
from bot.seeds import PAIRS, SEEDS, Pair, Seed, Text, seeds
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


@check
def examples(facts: PullRequestFacts) -> Iterator[Finding]:
    """Count the seed examples of every leaf, and find those given twice or not standing for themselves.

    Raises:
        NotLooked: if nothing was found, but not every file could be read.
    """
    found: list[Finding] = []
    for path, kind, loaded in readable(facts, foreseen=True):
        found.extend(_leaf(path, kind, loaded, facts.config.examples))
    if not found and not all_readable(facts, foreseen=True):
        raise NotLooked(UNREAD)
    yield from found


def _leaf(path: str, kind: Kind, loaded: Loaded, policy: ExamplesPolicy) -> Iterator[Finding]:
    counted = [*_counted(path, kind, loaded, policy)]
    yield from counted
    told = {finding.line for finding in counted if finding.rule == "identical-examples"}
    found = tuple(seeds(loaded))
    for place, finding in (*_alike(path, kind, found, policy), *_repeated(path, found)):
        if place.line not in told:
            told.add(place.line)
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
    first: dict[Hashable, int] = {}
    told = 0
    for index, item in enumerate(items):
        key = _key(item)
        if key in first and told < MAX_TWINS:
            told += 1
            line = loaded.position((*place, first[key])).line
            message = f"This says the same as line {line}. Replace it by another question, or delete it."
            yield _finding("identical-examples", path, loaded.key_position((*place, index)), message)
        first.setdefault(key, index)


def _key(node: yaml.Node) -> Hashable:
    """Give equal values for two nodes of one meaning, whatever the order of keys and the spaces of texts."""
    if isinstance(node, yaml.MappingNode):
        return frozenset((_key(key), _key(value)) for key, value in node.value)
    if isinstance(node, yaml.SequenceNode):
        return tuple(_key(item) for item in node.value)
    return node.tag, " ".join(node.value.split())


def _alike(path: str, kind: Kind, found: Sequence[Seed], policy: ExamplesPolicy) -> Iterator[tuple[Position, Finding]]:
    """Find what says nearly the same: a skill's examples with their contexts; knowledge's contexts, and its pairs."""
    groups: list[list[tuple[Text | Pair, str]]] = [[], []]
    for seed in found:
        context = seed.context
        if kind is Kind.KNOWLEDGE and context is not None:
            groups[0].append((context, context.value))
        for pair in seed.pairs:
            above = (context,) if kind is Kind.SKILL and context is not None else ()
            groups[1].append((pair, "\n".join(text.value for text in (*above, *pair.texts))))
    told = 0
    for group in groups:
        later: set[int] = set()
        pieces: dict[int, frozenset[str]] = {}
        for first, second in _worth_comparing([text for _, text in group[:MAX_COMPARED]], policy.similarity):
            for number in (first, second):
                if number not in pieces:
                    pieces[number] = triples(group[number][1])
            alike = share(pieces[first], pieces[second])
            if alike >= policy.similarity and second not in later and told < MAX_TWINS:
                told += 1
                later.add(second)
                line, place = group[first][0].position.line, group[second][0].position
                message = f"This says nearly the same as line {line} ({alike:.0%} of their word triples are common). "
                message += "Replace it by an example that differs more, or delete it."
                yield place, _finding("similar-examples", path, place, message)


def _worth_comparing(texts: Sequence[str], similarity: float) -> Sequence[tuple[int, int]]:
    """Give the pairs of texts that have enough words in common for their triples to be looked at, which costs more."""
    words = [frozenset(text.casefold().split()) for text in texts]
    sizes = [len(each) for each in words]
    order = sorted(range(len(texts)), key=sizes.__getitem__)
    found: list[tuple[int, int]] = []
    for place, small in enumerate(order):
        for large in order[place + 1 :]:
            least = _WORDS_OF_TRIPLES * similarity * sizes[large]
            if sizes[small] < least or not sizes[small]:
                break
            if len(words[small] & words[large]) >= least:
                found.append((min(small, large), max(small, large)))
    return sorted(found)


def _repeated(path: str, found: Sequence[Seed]) -> Iterator[tuple[Position, Finding]]:
    first: dict[tuple[str, str], Pair] = {}
    told = 0
    for seed in found:
        context = _plain(seed.context)
        for pair in seed.pairs:
            asked = (context, _plain(pair.question))
            if asked in first and asked[1] and pair.question is not None and told < MAX_TWINS:
                told += 1
                line = first[asked].position.line
                message = f"The question of line {line} is asked again here. Ask something else, unless several "
                message += "answers are what you want to teach."
                place = pair.question.position
                yield pair.position, _finding("repeated-question", path, place, message)
            first.setdefault(asked, pair)


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
