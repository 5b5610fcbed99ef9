"""Which answers of a leaf are of one type, so that one can stand as a wrong choice for the other."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from runner.english import DAYS, MONTHS, NUMBERS
from runner.wording import frame, normalise, words

_FEWEST = 4
_MASK = "answerhere"


def answer_types(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Name each normalised answer's type.

    Answers are of one type where they are days, months, years or numbers, or where the same question asks for both once
    the names in it are masked (`what does the … carry`). What is left alone is grouped by its shape.

    Args:
        pairs: Questions with their answers, all of one document.
    """
    answers = sorted({normalise(answer) for _, answer in pairs}, key=lambda answer: (-len(answer.split()), answer))
    surface = {normalise(answer): answer for _, answer in pairs}
    parent = {answer: answer for answer in answers}

    def root(answer: str) -> str:
        while parent[answer] != answer:
            answer = parent[answer]
        return answer

    for group in [*_closed(surface).values(), *_asked_alike(pairs, answers).values()]:
        first, *rest = sorted(group)
        for other in rest:
            parent[root(other)] = root(first)
    sizes: dict[str, int] = defaultdict(int)
    for answer in answers:
        sizes[root(answer)] += 1
    return {answer: root(answer) if sizes[root(answer)] >= _FEWEST else _shape(surface[answer]) for answer in answers}


def _closed(surface: Mapping[str, str]) -> Mapping[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for answer in surface:
        kind = _closed_type(answer)
        if kind is not None:
            groups[kind].add(answer)
    return groups


def _closed_type(answer: str) -> str | None:
    if answer in DAYS:
        return "day"
    if answer in MONTHS and answer not in {"may", "march"}:
        return "month"
    if all(word in NUMBERS for word in answer.split()):
        return "number in words"
    if re.fullmatch(r"1\d{3}|20\d{2}", answer):
        return "year"
    return "number" if answer.isdigit() else None


def _asked_alike(pairs: Sequence[tuple[str, str]], answers: Sequence[str]) -> Mapping[str, set[str]]:
    by_first: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for answer in answers:
        if answer:
            by_first[answer.split()[0]].append(tuple(answer.split()))
    groups: dict[str, set[str]] = defaultdict(set)
    for question, answer in pairs:
        skeleton = _skeleton(words(question), by_first)
        if any(word != _MASK for word in frame(skeleton)) and _MASK in skeleton:
            groups[skeleton].add(normalise(answer))
    return groups


def _skeleton(said: Sequence[str], by_first: Mapping[str, Iterable[tuple[str, ...]]]) -> str:
    masked: list[str] = []
    index = 0
    while index < len(said):
        hit = next((a for a in by_first.get(said[index], ()) if tuple(said[index : index + len(a)]) == a), None)
        masked.append(said[index] if hit is None else _MASK)
        index += 1 if hit is None else len(hit)
    return " ".join(masked)


def _shape(answer: str) -> str:
    if any(character.isdigit() for character in answer):
        return "shape: with digits"
    names = all(word[:1].isupper() for word in answer.split())
    return f"shape: {'name' if names else 'words'} of {'one' if len(answer.split()) == 1 else 'several'}"
