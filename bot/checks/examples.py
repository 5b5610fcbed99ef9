"""Whether a leaf has enough seed examples, each of its own and each standing for itself."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import chain

import yaml

from bot.chat import continues
from bot.check import NotLooked, Rules, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.neutralise import code
from bot.reading import UNREAD, all_readable, readable
from bot.seeds import PAIRS, SEEDS, Pair, Seed, Text, seeds
from bot.sketch import share, triples, words
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

_NEAR_NOTHING = 1e-9
"""What rounding may take from a share."""
_GLANCE = 3
"""Words of a text that are compared before all of it is."""


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
    glances = [_glance(item) for item in items]
    if len(set(glances)) == len(items):
        return
    often = Counter(glances)
    first: dict[Hashable, int] = {}
    told = 0
    for index, item in enumerate(items):
        if often[glances[index]] == 1:
            continue
        key = _key(item)
        if key in first and told < MAX_TWINS:
            told += 1
            line = loaded.position((*place, first[key])).line
            message = f"This says the same as line {line}. Replace it by another question, or delete it."
            yield _finding("identical-examples", path, loaded.key_position((*place, index)), message)
        first.setdefault(key, index)


def _glance(node: yaml.Node) -> Hashable:
    """Give equal values for two nodes of one meaning, from a first look: others may have them too."""
    if isinstance(node, yaml.MappingNode):
        return frozenset([_glance(value) for _, value in node.value])
    return tuple(node.value.split(None, _GLANCE)[:_GLANCE]) if isinstance(node, yaml.ScalarNode) else len(node.value)


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
            texts = pair.texts if kind is Kind.KNOWLEDGE or context is None else (context, *pair.texts)
            groups[1].append((pair, "\n".join([text.value for text in texts])))
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
    """Give the pairs of texts that differ in so few words that their triples, which cost more, may be alike enough."""
    found = [words(text) for text in texts]
    times = Counter(chain.from_iterable(found))
    once = {word for word, count in times.items() if count == 1}
    most = [_most_apart(len(each), similarity) for each in found]
    # A word that stands in no other text parts a text from each of them: with too many of those it is like none.
    left = [number for number, each in enumerate(found) if each and len(once.intersection(each)) <= most[number]]
    if len(left) < 2:  # noqa: PLR2004 - a pair
        return ()
    sets = {number: frozenset(found[number]) for number in left}
    order = sorted(left, key=lambda number: len(sets[number]))
    ordered = [sets[number] for number in order]
    sizes = [len(each) for each in ordered]
    pairs: list[tuple[int, int]] = []
    for place, here in enumerate(ordered):
        number, size = order[place], sizes[place]
        end = bisect_right(sizes, size + most[number], lo=place + 1)
        common = map(len, map(here.intersection, ordered[place + 1 : end]))
        for other, both in enumerate(common, start=place + 1):
            apart = size + sizes[other] - 2 * both
            if apart <= most[number] and apart <= most[order[other]]:
                pairs.append((min(number, order[other]), max(number, order[other])))
    return sorted(pairs)


def _most_apart(length: int, similarity: float) -> int:
    """Give how many words may stand in one of two texts alone, the shorter of so many words, if they are alike.

    Of texts whose triples have the share s in common, at most n (1 / s - 1) triples stand in one alone, n being those
    of the one that has fewer. Each has three words at most. And where a word first stands, a triple ends, if it is not
    one of the first two: no two words share that one.
    """
    alone = int((1 / max(similarity, _NEAR_NOTHING) - 1) * max(length - 2, 1) + _NEAR_NOTHING)
    return min(3 * alone, alone + 4)


def _repeated(path: str, found: Sequence[Seed]) -> Iterator[tuple[Position, Finding]]:
    questions = [_plain(pair.question) for seed in found for pair in seed.pairs]
    if len(set(questions)) == len(questions):
        return
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
