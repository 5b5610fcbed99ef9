"""What a skill's seed examples do alike, found by rules: which words of the input make which words of the answer.

Words of the input and of the answer that occur in exactly the same seeds belong together, as do words that an answer
copies. What is left of the texts, once those words are taken out, are the wordings of the question and the form of the
answer. Both can then be filled with combinations that no seed has.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from random import Random

from runner.prompts import Example

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SLOT = re.compile("\0(\\d+)\0")
_FEWEST = 3
_MOST_COMBINATIONS = 20000
_LONGEST_INPUT = 4000
_LONGEST_ANSWER = 600
"""Characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """A phrase of the input with what the answer makes of it."""

    given: str
    made: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One way of asking, with slots in the places of fillers."""

    context: str | None
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """All that the rules understood of a skill."""

    slots: tuple[tuple[Filler, ...], ...]
    wordings: tuple[Wording, ...]
    form: str
    """The answer, with slots in the places of fillers."""

    def combinations(self, rng: Random) -> list[tuple[Filler, ...]]:
        """Give the combinations of fillers, one from each slot, in random order; a sample where they are very many."""
        size = 1
        for slot in self.slots:
            size *= len(slot)
        if size > _MOST_COMBINATIONS:
            return [tuple(rng.choice(slot) for slot in self.slots) for _ in range(_MOST_COMBINATIONS)]
        found = list(product(*self.slots))
        rng.shuffle(found)
        return found

    def answer(self, text: str) -> str | None:
        """Answer an input that names exactly one filler of each slot; None where it does not."""
        chosen: list[Filler] = []
        for slot in self.slots:
            found = [filler for filler in slot if _spans(text, filler.given)]
            longest = [one for one in found if not any(one is not other and _within(one, other) for other in found)]
            if len(longest) != 1:
                return None
            chosen.append(longest[0])
        return fill(self.form, [filler.made for filler in chosen])


def fill(template: str, values: Sequence[str]) -> str:
    """Put values into a template's slots, with a capital where a sentence begins and the article that fits."""

    def value(match: re.Match[str]) -> str:
        text = values[int(match[1])]
        before = template[: match.start()].rstrip()
        begins = before.endswith((".", "!", "?")) or not before
        return text[:1].upper() + text[1:] if begins and any(mark in template for mark in ".?!") else text

    filled = _SLOT.sub(value, template)
    return re.sub(r"\b([Aa])n? (?=(\w))", lambda m: f"{m[1]}{'n' if m[2].lower() in 'aeiou' else ''} ", filled)


@lru_cache(maxsize=64)
def align(examples: tuple[Example, ...]) -> Alignment | None:
    """Find the slots of a skill; None where the seeds do not show them, or are too long to show anything by words."""
    if any(len(_input(example)) > _LONGEST_INPUT or len(example.answer) > _LONGEST_ANSWER for example in examples):
        return None
    fillers = _fillers(examples)
    forms = [
        _masked(example.answer, {filler.made: index for index, filler in enumerate(fillers)}) for example in examples
    ]
    skeletons = [_numbered(form) for form in forms]
    common, count = Counter(skeletons).most_common(1)[0] if skeletons else ("", 0)
    width = len(set(_SLOT.findall(common)))
    if count < _FEWEST or not width:
        return None
    slot_of: dict[int, int] = {}
    for form, skeleton in zip(forms, skeletons, strict=True):
        if skeleton != common:
            continue
        for slot, filler in enumerate(dict.fromkeys(int(found) for found in _SLOT.findall(form))):
            if slot_of.setdefault(filler, slot) != slot:
                return None
    slots = tuple(tuple(fillers[f] for f in sorted(slot_of) if slot_of[f] == slot) for slot in range(width))
    wordings = _wordings(examples, {fillers[f].given: slot for f, slot in slot_of.items()}, width)
    if not wordings or all(len(slot) < 2 for slot in slots):  # noqa: PLR2004 - one filler combines with nothing
        return None
    return Alignment(slots=slots, wordings=wordings, form=common)


def _fillers(examples: Sequence[Example]) -> list[Filler]:
    given = _occurrences([_input(example) for example in examples])
    made = _occurrences([example.answer for example in examples])
    everywhere = frozenset(range(len(examples)))
    said = {word for group in given.values() for word in group}
    fillers = []
    for seeds, answer_words in made.items():
        copied = [word for word in answer_words if word in said]
        if copied and all(_spans(_input(examples[seed]), word) for word in copied for seed in seeds):
            texts = [examples[seed].answer for seed in sorted(seeds)]
            forms = [_phrase(texts, [word]) or word for word in copied]
            fillers += [Filler(given=form, made=form) for form in forms]
            continue
        if seeds == everywhere or len(seeds) < 2 or seeds not in given:  # noqa: PLR2004 - once proves nothing
            continue
        one = _phrase([_input(examples[seed]) for seed in sorted(seeds)], given[seeds])
        other = _phrase([examples[seed].answer for seed in sorted(seeds)], answer_words)
        if one is not None and other is not None:
            fillers.append(Filler(given=one, made=other))
    return fillers


def _occurrences(texts: Sequence[str]) -> Mapping[frozenset[int], tuple[str, ...]]:
    """Group lower-case words by the set of texts that they occur in."""
    where: dict[str, set[int]] = defaultdict(set)
    for index, text in enumerate(texts):
        for word in _WORD.findall(text):
            where[word.lower()].add(index)
    groups: dict[frozenset[int], list[str]] = defaultdict(list)
    for word, indices in where.items():
        groups[frozenset(indices)].append(word)
    return {indices: tuple(group) for indices, group in groups.items()}


def _phrase(texts: Sequence[str], group: Sequence[str]) -> str | None:
    """Find the words of a group as one phrase that stands in all texts; None where they stand apart."""
    found: set[str] = set()
    for text in texts:
        hits = [match for match in _WORD.finditer(text) if match.group().lower() in group]
        first = hits[: len(group)]
        phrase = text[first[0].start() : first[-1].end()]
        if len(_WORD.findall(phrase)) != len(group) or {match.group().lower() for match in first} != set(group):
            return None
        found.add(phrase)
    lowered = {phrase.lower() for phrase in found}
    if len(lowered) != 1:
        return None
    return found.pop() if len(found) == 1 else lowered.pop()


def _wordings(examples: Sequence[Example], slots: Mapping[str, int], width: int) -> tuple[Wording, ...]:
    found: dict[Wording, None] = {}
    for example in examples:
        context = None if example.context is None else _masked(example.context, slots)
        question = _masked(example.question, slots)
        filled = _SLOT.findall(f"{context or ''}\n{question}")
        if sorted(filled) == [str(slot) for slot in range(width)]:
            found.setdefault(Wording(context=context, question=question))
    return tuple(found)


def _masked(text: str, numbers: Mapping[str, int]) -> str:
    """Put numbered slots in the places of phrases, longer phrases first."""
    spans: list[tuple[int, int, int]] = []
    for phrase in sorted(numbers, key=lambda phrase: (-len(phrase), phrase)):
        for start, end in _spans(text, phrase):
            if not any(start < other_end and other_start < end for other_start, other_end, _ in spans):
                spans.append((start, end, numbers[phrase]))
    for start, end, number in sorted(spans, reverse=True):
        text = f"{text[:start]}\0{number}\0{text[end:]}"
    return text


def _numbered(form: str) -> str:
    """Number a form's slots by their first place."""
    order = {found: index for index, found in enumerate(dict.fromkeys(_SLOT.findall(form)))}
    return _SLOT.sub(lambda match: f"\0{order[match[1]]}\0", form)


def _spans(text: str, phrase: str) -> list[tuple[int, int]]:
    return [match.span() for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE)]


def _within(one: Filler, other: Filler) -> bool:
    return len(one.given) < len(other.given) and bool(_spans(other.given, one.given))


def _input(example: Example) -> str:
    return example.question if example.context is None else f"{example.context}\n{example.question}"
