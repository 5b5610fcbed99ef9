"""Which of many phrases a text holds, word for word: in one walk over its words, however many the phrases are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

_WORD = re.compile(r"\w+")
_APART = bytes(code if chr(code).isalnum() or chr(code) == "_" else ord(" ") for code in bytes(range(128)).lower())
"""What makes words of ASCII text fall apart at spaces, in small letters."""
_FIRST_IDEOGRAPH = "\u2e80"
"""From here on scripts put no spaces between words; Hangul does, but joins particles to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A group of phrases that a text holds."""

    group: str
    phrase: str
    """The one that comes first in the text."""
    start: int
    """Where it begins."""
    places: int
    """How often any of the group's phrases stands in the text."""


class Phrases:
    """Groups of phrases by name; upper and lower case, line breaks and punctuation between words do not matter."""

    def __init__(self, groups: Mapping[str, Sequence[str]]) -> None:
        self._by_anchor: dict[str, list[tuple[int, tuple[str, ...], str, str]]] = {}
        self._unspaced: list[tuple[str, str]] = []
        for group, phrases in groups.items():
            for phrase in phrases:
                words = tuple(words_of(phrase))
                if any(letter >= _FIRST_IDEOGRAPH for letter in phrase):
                    self._unspaced.append((phrase, group))
                elif words:
                    # The longest word is the rarest: most texts hold none of them, and are done with at once.
                    anchor = max(words, key=len)
                    self._by_anchor.setdefault(anchor, []).append((words.index(anchor), words, phrase, group))

    def find(self, text: str) -> Iterator[Found]:
        """Give the groups of which a text holds a phrase, in the order of their first places."""
        first: dict[str, tuple[int, str]] = {}
        places: dict[str, int] = {}
        words = words_of(text)
        anchors = self._by_anchor.keys() & set(words)
        for index, word in enumerate(words) if anchors else ():
            if word not in anchors:
                continue
            for offset, phrase_words, phrase, group in self._by_anchor[word]:
                start = index - offset
                if start >= 0 and tuple(words[start : start + len(phrase_words)]) == phrase_words:
                    places[group] = places.get(group, 0) + 1
                    first[group] = min(first.get(group, (start, phrase)), (start, phrase))
        found = [*self._placed(text, first, places), *self._without_spaces(text)]
        yield from sorted(found, key=lambda each: each.start)

    @staticmethod
    def _placed(text: str, first: Mapping[str, tuple[int, str]], places: Mapping[str, int]) -> Iterator[Found]:
        matches, at = _WORD.finditer(text), 0
        for group, (index, phrase) in sorted(first.items(), key=lambda item: item[1][0]):
            if index >= at:
                start = next(islice(matches, index - at, None)).start()
                at = index + 1
            yield Found(group=group, phrase=phrase, start=start, places=places[group])

    def _without_spaces(self, text: str) -> Iterator[Found]:
        for phrase, group in self._unspaced:
            start = text.find(phrase)
            if start >= 0:
                yield Found(group=group, phrase=phrase, start=start, places=text.count(phrase))


def words_of(text: str) -> list[str]:
    """Give the words of a text, in small letters."""
    # All ways give the same words; the first is many times as fast. Some capitals have small letters that would break a
    # word in two, so there words are found first.
    if text.isascii():
        return text.encode().translate(_APART + bytes(128)).decode().split()
    lowered = text.lower()
    return _WORD.findall(lowered) if len(lowered) == len(text) else [word.lower() for word in _WORD.findall(text)]
