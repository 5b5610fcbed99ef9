"""Fixes as review suggestions that the author accepts with one click: which, on which lines, in which words; pure."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bot.discretion import private_places
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Level, Replacement
from bot.mend import choose
from bot.neutralise import clean, code, longest_run, markdown
from schemas.config import Levels

MOST_LINES = 30
"""Lines of one suggestion, before or after; a longer one is not read, but pasted."""
MARKER = re.compile(r"^<!-- espalier:suggestion ([0-9a-f]{16}) -->")
UNOFFERED = frozenset({"new-line-at-end-of-file"})
"""Rules whose mend GitHub's suggestions cannot carry: they are made of whole lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A comment on lines of the diff, at the head SHA, that offers their replacement."""

    path: str
    first: int
    last: int
    """Lines, 1-based, both included."""
    key: str
    """Digest of what it would replace and by what: the same wherever the lines move."""
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """All suggestions of one pull request at one head SHA."""

    sha: str
    intro: str
    """What stands above them."""
    suggestions: tuple[Suggestion, ...]


def review(facts: PullRequestFacts, results: Iterable[CheckResult]) -> Review:
    """Put the suggestions for a pull request together."""
    found = suggest(facts, results)
    return Review(sha=facts.head_sha, intro=_intro(facts, len(found)), suggestions=found)


def suggest(facts: PullRequestFacts, results: Iterable[CheckResult]) -> tuple[Suggestion, ...]:
    """Offer the fixes that can be made together, errors first, on lines that the diff shows.

    A fix of several files, a rename, and lines that hold something private are left to the report.
    """
    results = tuple(results)
    private = private_places(results)
    found = sorted(
        (finding for result in results for finding in result.findings if _is_offered(finding)),
        key=lambda finding: list(Level).index(finding.level),
    )
    files = {file.path: file for file in facts.files}
    seen: Counter[str] = Counter()
    made: list[Suggestion] = []
    for finding, replacement in _chosen(found):
        file = files.get(replacement.path)
        if file is None or file.content is None or len(made) >= facts.config.suggestions.most:
            continue
        lines = _lines(file.content)
        placed = _placed(replacement, lines)
        if placed is None or not _is_shown(placed, file.shown):
            continue
        if private.hold(placed.path, placed.first, placed.last):
            continue
        before = "\n".join(lines[placed.first - 1 : placed.last])
        if before == placed.text or clean(placed.text) != placed.text:
            continue
        seen[f"{before}\0{placed.text}"] += 1
        made.append(_suggestion(finding, placed, before=before, turn=seen[f"{before}\0{placed.text}"]))
    return tuple(made)


def key_of(body: str) -> str | None:
    """Read which suggestion a comment makes; None if it is none of ours."""
    match = MARKER.match(body.lstrip())
    return match[1] if match else None


def _intro(facts: PullRequestFacts, count: int) -> str:
    author = facts.commits[-1].author if facts.commits else None
    what = "this fix" if count == 1 else f"these {count} fixes"
    text = f"I can make {what} for you: press **Commit suggestion**, or add several to a batch in **Files changed**."
    if author is None or facts.config.checks.get("dco", Levels()).most == "off":
        return text
    line = code(f"Signed-off-by: {author.name} <{author.email}>", limit=200)
    return f"{text} So that the commit counts as signed off, end its message with {line}."


def _is_offered(finding: Finding) -> bool:
    fix = finding.fix
    return (
        fix is not None
        and len(fix.replacements) == 1
        and not fix.renames
        and finding.rule not in UNOFFERED
        and finding.path is not None
    )


def _chosen(findings: Iterable[Finding]) -> Iterator[tuple[Finding, Replacement]]:
    for finding in choose(findings).findings:
        if finding.fix is not None:
            yield finding, finding.fix.replacements[0]


def _lines(content: bytes) -> list[str]:
    text = content.decode("utf-8", errors="replace").replace("\r\n", "\n")
    return text.removesuffix("\n").split("\n")


def _placed(replacement: Replacement, lines: list[str]) -> Replacement | None:
    """Put a replacement on lines that are there: what is inserted takes the line that it comes before with it."""
    first, last, text = replacement.first, replacement.last, replacement.text
    if last < first <= len(lines):
        last, text = first, f"{text}\n{lines[first - 1]}"
    elif last < first:
        first = last = len(lines)
        text = f"{lines[-1]}\n{text}"
    if not 1 <= first <= last <= len(lines) or max(last - first, text.count("\n")) >= MOST_LINES:
        return None
    return Replacement(path=replacement.path, first=first, last=last, text=text)


def _is_shown(placed: Replacement, shown: tuple[tuple[int, int], ...]) -> bool:
    return any(first <= placed.first and placed.last <= last for first, last in shown)


def _suggestion(finding: Finding, placed: Replacement, *, before: str, turn: int) -> Suggestion:
    named = "\0".join((placed.path, before, placed.text, str(turn)))
    key = hashlib.sha256(named.encode(errors="replace")).hexdigest()[:16]
    ticks = "`" * max(3, longest_run(placed.text) + 1)
    body = (
        f"<!-- espalier:suggestion {key} -->\n{markdown(finding.message)}\n\n{ticks}suggestion\n{placed.text}\n{ticks}"
    )
    return Suggestion(path=placed.path, first=placed.first, last=placed.last, key=key, body=body)


def shown_lines(patch: str | None) -> tuple[tuple[int, int], ...]:
    """Read from a patch which lines of the new side the diff shows; none where there is no patch."""
    return tuple(
        (int(hunk["first"]), int(hunk["first"]) + int(hunk["count"] or 1) - 1)
        for hunk in _HUNK.finditer(patch or "")
        if hunk["count"] != "0"
    )


_HUNK = re.compile(r"^@@ -\d+(?:,\d+)? \+(?P<first>\d+)(?:,(?P<count>\d+))? @@", re.MULTILINE)
