"""What of a pull request is text to look through, and how finds in it are told: by kind and line, not a word of it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from bot.facts import FileStatus, PullRequestFacts
from bot.findings import Finding, Level
from schemas.leaf import is_below_trees
from schemas.yaml_scan import line_starts, position_at

ATTRIBUTION = "attribution.txt"
MAX_PER_RULE = 20
"""Findings of one rule in one file; a last one counts the rest."""
MAX_HITS = 5_000
"""Hits of one kind in one file after which nobody looks on: what holds so many is hostile, or a directory."""

_LINKS = frozenset({"120000", "160000"})
"""Modes of symbolic links and submodules, which have no text of their own."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text file below the taxonomy's trees, at the head SHA."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """Give the file's name without its folder."""
        return self.path.rsplit("/", maxsplit=1)[-1]


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in a text, from `start` to before `end`, and the rule that it falls under; never the text itself."""

    rule: str
    start: int
    end: int
    kind: str = ""
    """What it is, in our own words, where the rule alone does not say so."""


def passages(facts: PullRequestFacts) -> Iterator[Passage]:
    """Give every text that the pull request brings in below the trees, and the attribution of each leaf it touches."""
    files = {file.path: file.content for file in facts.files if file.status is not FileStatus.REMOVED}
    beside = {f"{leaf.folder}/{ATTRIBUTION}": leaf.attribution for leaf in facts.leaves}
    for path, content in chain(files.items(), ((path, text) for path, text in beside.items() if path not in files)):
        text = text_of(content) if content and is_below_trees(path) else ""
        if text:
            yield Passage(path=path, text=text)


def unread(facts: PullRequestFacts) -> Iterator[str]:
    """Give the paths of the files that `passages` leaves out because they were not read: too large, or too many."""
    for file in facts.files:
        if (
            file.content is None
            and file.status is not FileStatus.REMOVED
            and file.mode not in _LINKS
            and is_below_trees(file.path)
        ):
            yield file.path


def told(
    passage: Passage, hits: Iterable[Hit], *, rules: Mapping[str, tuple[Level, str]], advice: Mapping[str, str]
) -> Iterator[Finding]:
    """Turn hits into findings in the order of the text: what they show is left out, and there are not too many."""
    ordered = sorted(hits, key=lambda hit: (hit.start, hit.rule))
    totals = Counter(hit.rule for hit in ordered)
    seen: Counter[str] = Counter()
    starts = line_starts(passage.text) if ordered else ()
    for at, hit in enumerate(ordered):
        seen[hit.rule] += 1
        if seen[hit.rule] > MAX_PER_RULE + 1:
            continue
        message = advice[hit.rule].replace("{kind}", hit.kind)
        also: tuple[tuple[int, int], ...] = ()
        if seen[hit.rule] > MAX_PER_RULE:
            also = tuple(_rest(ordered[at + 1 :], hit.rule, starts, unseen=totals[hit.rule] >= MAX_HITS))
            more = f"{totals[hit.rule] - MAX_PER_RULE:,}{' or more' if totals[hit.rule] >= MAX_HITS else ''}"
            message += f" {more} places from here on need the same."
        place = position_at(starts, hit.start)
        yield Finding(
            rule=hit.rule,
            level=rules[hit.rule][0],
            path=passage.path,
            line=place.line,
            column=place.column,
            message=message,
            end_line=_last_line(starts, hit),
            also=also,
        )


def _rest(hits: Iterable[Hit], rule: str, starts: tuple[int, ...], *, unseen: bool) -> Iterator[tuple[int, int]]:
    """Give the lines of the hits that no finding tells of; where nobody looked on, all lines to the end are theirs."""
    first = 1
    for hit in hits:
        if hit.rule == rule:
            first = position_at(starts, hit.start).line
            yield first, _last_line(starts, hit)
    if unseen:
        yield first, len(starts)


def _last_line(starts: tuple[int, ...], hit: Hit) -> int:
    return position_at(starts, max(hit.start, hit.end - 1)).line


def distinct(hits: Iterable[Hit], *, order: Sequence[str]) -> Iterator[Hit]:
    """Leave one of the hits that overlap: the one whose rule stands first in the order."""
    last: Hit | None = None
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if last is not None and hit.start >= last.end:
            yield last
            last = hit
        elif last is None or order.index(hit.rule) < order.index(last.rule):
            last = hit
    if last is not None:
        yield last


def allowed(texts: Iterable[str]) -> frozenset[str]:
    """Give texts that a policy allows, in the form in which `is_allowed` compares them."""
    return frozenset(_plain(text) for text in texts)


def is_allowed(passage: Passage, hit: Hit, texts: frozenset[str]) -> bool:
    """Tell whether a policy allows what a hit stands for; case and spaces do not matter."""
    return bool(texts) and _plain(passage.text[hit.start : hit.end]) in texts


def regions(text: str, word: re.Pattern[str], *, before: int, after: int) -> Iterator[tuple[int, int]]:
    """Give the stretches of a text around each occurrence of a word; those that overlap are one, so time is linear."""
    start = end = -1
    for match in word.finditer(text):
        first, last = max(0, match.start() - before), match.end() + after
        if first > end:
            if end >= 0:
                yield start, end
            start = first
        end = last
    if end >= 0:
        yield start, end


def is_near(text: str, word: re.Pattern[str], place: Hit, *, before: int, after: int) -> bool:
    """Tell whether a word stands near a place."""
    return word.search(text, max(0, place.start - before), place.end + after) is not None


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def text_of(content: bytes) -> str:
    """Decode a file as well as it goes, also one that holds more than text."""
    if content.startswith(_UTF16):
        return content.decode("utf-16", errors="replace")
    # One such byte must not hide a file; without them UTF-16 of Western languages can be read, too.
    return content.replace(b"\0", b"").decode("utf-8", errors="replace")
