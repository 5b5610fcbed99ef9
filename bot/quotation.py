"""Whether a context is quoted from a document, whatever its marks and spaces, and which passage is nearest if not."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from bot.facts import DocumentText
from bot.sketch import WORD, words

MAX_TEXT = 3 * 1024 * 1024
"""Characters of documents that are read for one pull request; a long book has one million."""
MAX_SEARCHED = 400 * 1024 * 1024
"""Characters that are searched through for one pull request; each search goes over a whole document."""
MAX_COMPARED = 8 * 1024 * 1024
"""Characters among which nearest passages are looked for, for one pull request."""
MAX_NEAREST = 300_000
"""Words of a document among which the nearest passage is looked for."""
MAX_PIECE = 200
"""Words of a piece that the nearest passage is looked for."""
LEAST = 4
"""Words of a piece that says something; fewer stand in many texts."""
LEAST_COST = 1_000
"""Characters that looking at any text costs at the least."""
_STARTS = 50
"""Places that are weighed against each other."""
_SHOWN = 240

# `[text](address "title")` keeps its text; `[12]`, `[^12]` and tags go; soft hyphens and joints are not seen.
_TARGET = re.compile(r"\]\((?:[^()]++|\([^()]*+\)){0,50}+\)")
_NOTE = re.compile(r"\[\^?\d{1,4}\]")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,500}>")
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_PIECES = re.compile(r"(?<=[.!?])\s+|[\u3002\uff01\uff1f\u2026]|\n\s*\n|\n[ \t]*[-*#|>]|\.\.\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A document's file in the form in which contexts are looked for in it."""

    path: str
    text: str
    """Without links, notes and tags."""
    line: str
    """Its words on one line, with a space before and behind each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A passage of a document."""

    path: str
    text: str


class Sources:
    """The files of a document, searched within bounds."""

    def __init__(self, files: Sequence[DocumentText], budget: "Budget") -> None:
        self._budget = budget
        self._sources = tuple(budget.source(file.path, file.text) for file in files if file.text is not None)
        self.whole = len(self._sources) == len(files) and all(source is not None for source in self._sources)
        """Whether all of the document could be read."""

    def missing(self, context: str) -> tuple[str, ...] | None:
        """Give the pieces of a context that the document does not hold; none if it is quoted word for word.

        A context may leave sentences out, and may be put together from several places.

        Returns:
            The pieces; None where too much has been searched through already.
        """
        text = plain(context)
        if self._holds(text):
            return ()
        pieces = [piece for piece in _PIECES.split(text) if len(words(piece)) >= LEAST]
        missing = []
        for piece in pieces:
            held = self._holds(piece)
            if held is None:
                return None
            if not held:
                missing.append(" ".join(piece.split()))
        return tuple(missing) if pieces else (" ".join(text.split()),)

    def nearest(self, piece: str) -> Passage | None:
        """Find the passage that shares most word triples with a piece; None if none shares any."""
        wanted = words(plain(piece))[:MAX_PIECE]
        places = {triple: at for at, triple in reversed(list(enumerate(_triples(wanted))))}
        best: tuple[int, int, Source] | None = None
        for source in self._sources:
            if source is None or not self._budget.compare(source.line):
                continue
            found = _triples(source.line.split(maxsplit=MAX_NEAREST)[:MAX_NEAREST])
            votes = Counter(at - places[triple] for at, triple in enumerate(found) if triple in places)
            for start, own in votes.most_common(_STARTS):
                # A word more or less moves what follows it by one.
                near = own + sum(votes[start + by] for by in range(1, LEAST))
                if best is None or near > best[0]:
                    best = near, start, source
        if best is None:
            return None
        _, start, source = best
        text = _quoted(source.text, max(start, 0), len(wanted))
        return Passage(path=source.path, text=text) if text else None

    def _holds(self, text: str) -> bool | None:
        inner = " ".join(words(text))
        if not inner:
            return True
        found = f" {inner} "
        for source in self._sources:
            if source is None:
                continue
            if not self._budget.search(source.line):
                return None
            if found in source.line:
                return True
        return False


class Budget:
    """How much may still be read and searched for one pull request."""

    def __init__(self) -> None:
        self._text, self._searched, self._compared = MAX_TEXT, MAX_SEARCHED, MAX_COMPARED
        self._known: dict[str, Source] = {}

    def source(self, path: str, text: str) -> Source | None:
        """Read a file; None if there is no room for it. The same text is read once."""
        if text not in self._known:
            if len(text) > self._text:
                return None
            self._text -= len(text)
            seen = plain(text)
            self._known[text] = Source(path=path, text=seen, line=f" {' '.join(words(seen))} ")
        return self._known[text]

    def search(self, text: str) -> bool:
        """Tell whether a text may be searched through once more."""
        self._searched -= max(len(text), LEAST_COST)
        return self._searched >= 0

    def compare(self, text: str) -> bool:
        """Tell whether the nearest passage may be looked for in a text once more."""
        self._compared -= max(len(text), LEAST_COST)
        return self._compared >= 0


def plain(text: str) -> str:
    """Take out what Markdown and HTML put between words."""
    seen = _UNSEEN.sub("", html.unescape(text))
    return _NOTE.sub("", _TARGET.sub("]", _TAG.sub(" ", seen)))


def _triples(found: Sequence[str]) -> Iterator[tuple[tuple[str, str], str]]:
    return zip(pairwise(found), found[2:], strict=False)


def _quoted(text: str, start: int, count: int) -> str:
    """Give the words from the `start`th on as they stand in a text, on one line."""
    spans = [match.span() for match in islice(WORD.finditer(text), start, start + count)]
    if not spans:
        return ""
    shown = " ".join(text[spans[0][0] : spans[-1][1]].split())
    return shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1].rstrip() + "…"
