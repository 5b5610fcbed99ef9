"""Which lines hold something private or secret, and what of the findings would repeat them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding
from bot.neutralise import clean, without_code
from bot.passages import ATTRIBUTION, text_of

DISCREET = frozenset({"pii", "secrets"})
"""Checks whose findings stand on lines that are shown nowhere."""

_BETWEEN = re.compile(r"[\s:;,=\"'`()\[\]{}<>…]+")
_LEAST = 2
"""Characters of a piece of a quotation that is looked at."""
_TELLING = re.compile(r"(?=.*[\d@])..+|.{12,}")
"""A word by which its line could be told: with a digit or an at sign, or long; others stand anywhere."""

Spans = tuple[tuple[int, int], ...]
"""First and last lines, in order and apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Lines of files that must not be shown."""

    spans: Mapping[str, Spans] = field(default_factory=dict)

    def hold(self, path: str, first: int, last: int | None = None) -> bool:
        """Tell whether one of the lines `first` to `last` must not be shown."""
        spans = self.spans.get(path, ())
        at = bisect_right(spans, (last or first, 1 << 62))
        return at > 0 and spans[at - 1][1] >= first


def private_places(results: Iterable[CheckResult]) -> Places:
    """Tell which lines must not be shown."""
    found: dict[str, list[tuple[int, int]]] = {}
    for result in results:
        for finding in result.findings if result.id in DISCREET else ():
            if finding.path is not None and finding.line is not None:
                own = (finding.line, finding.end_line or finding.line)
                found.setdefault(finding.path, []).extend((own, *finding.also))
    return Places(spans={path: _joined(spans) for path, spans in found.items()})


def discreet(facts: PullRequestFacts, results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Take out the fixes that would repeat lines that must not be shown, and what messages quote of them."""
    results = tuple(results)
    private = private_places(results)
    if not private.spans:
        return results
    words = _words(facts, private)
    return tuple(
        replace(
            result,
            findings=tuple(
                _discreet(finding, private, words, quotes=result.id not in DISCREET) for finding in result.findings
            ),
        )
        for result in results
    )


def _discreet(finding: Finding, private: Places, words: Sequence[str], *, quotes: bool) -> Finding:
    fix = finding.fix
    if fix is not None and any(private.hold(each.path, each.first, each.last) for each in fix.replacements):
        fix = None
    if not quotes or finding.path is None:
        return replace(finding, fix=fix)
    stands_there = finding.line is not None and private.hold(finding.path, finding.line, finding.end_line)

    def is_private(text: str) -> bool:
        return stands_there or _tells(text, words)

    if fix is not None:
        fix = replace(fix, description=without_code(fix.description, is_private))
    return replace(finding, message=without_code(finding.message, is_private), fix=fix)


def _tells(text: str, words: Sequence[str]) -> bool:
    """Tell whether a quotation holds one of the words, which are sorted; its last one may be cut."""
    pieces = list(_pieces(text))
    cut = text.endswith("…")
    for number, piece in enumerate(pieces, start=1):
        at = bisect_left(words, piece)
        if at < len(words) and (words[at] == piece or (cut and number == len(pieces) and words[at].startswith(piece))):
            return True
    return False


def _words(facts: PullRequestFacts, private: Places) -> list[str]:
    """Give the telling words of all lines that must not be shown, sorted."""
    contents = {file.path: file.content for file in facts.files if file.content is not None}
    for leaf in facts.leaves:
        if leaf.attribution is not None:
            contents.setdefault(f"{leaf.folder}/{ATTRIBUTION}", leaf.attribution)
    found: set[str] = set()
    for path, spans in private.spans.items():
        lines = text_of(contents.get(path, b"")).split("\n")
        for first, last in spans:
            for line in lines[first - 1 : last]:
                found.update(piece for piece in _pieces(clean(line)) if _TELLING.fullmatch(piece))
    return sorted(found)


def _pieces(text: str) -> Iterable[str]:
    return (piece for piece in _BETWEEN.split(text.casefold()) if len(piece) >= _LEAST)


def _joined(spans: Iterable[tuple[int, int]]) -> Spans:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)
