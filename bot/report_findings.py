"""Findings as a contributor reads them: by file, one remark for all lines of the same need, with text to paste."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Level
from bot.neutralise import clean, code, markdown, shorten
from bot.report_fixes import render_fixes

MARKS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.NOTICE: "💡"}
ORDER = tuple(MARKS)

FOLD_FROM = 6
"""Files with remarks from more than which on all but the first are folded."""
OPEN = 4
_LINES_SHOWN = 12
_COMMITS_SHOWN = 20
_SMALLEST = 300
"""Characters below which no further remark is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What one check says of one or more places, in the same words."""

    check: str
    findings: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        """Give the finding that speaks for all of them."""
        return self.findings[0]


def remarks(results: Iterable[CheckResult]) -> dict[str | None, list[Remark]]:
    """Group findings by file (None for commits), and those of the same words into one remark; errors come first."""
    grouped: dict[str | None, dict[tuple[str, str, Level, str], list[Finding]]] = {}
    for result in results:
        for finding in result.findings:
            of_commit = finding.commit is not None
            place = None if of_commit else finding.path or ""
            key = (result.id, "" if of_commit else finding.rule, finding.level, "" if of_commit else finding.message)
            grouped.setdefault(place, {}).setdefault(key, []).append(finding)
    return {
        place: sorted(
            (Remark(check=key[0], findings=tuple(found)) for key, found in groups.items()),
            key=lambda remark: (ORDER.index(remark.first.level), remark.first.line or 0),
        )
        for place, groups in sorted(grouped.items(), key=lambda item: (item[0] is None, item[0] or ""))
    }


def render_findings(facts: PullRequestFacts, results: Iterable[CheckResult], *, budget: int) -> str:
    """Write all remarks as Markdown of at most `budget` characters; what does not fit is counted.

    Files with errors come first, then commits, then files with hints alone. Of many files all but the first are folded.
    """
    sections = sorted(remarks(results).items(), key=lambda item: _urgency(*item))
    folds = sum(bool(place) for place, _ in sections) > FOLD_FROM
    blocks: list[str] = []
    room = budget - 200
    left_out, unnamed = 0, 0
    for index, (place, found) in enumerate(sections):
        folded = folds and index >= OPEN and bool(place)
        block, more = _section(facts, place, found, folded=folded, room=room)
        left_out += more
        unnamed += not block and bool(place)
        if block:
            room -= len(block) + 2
            blocks.append(block)
    if left_out:
        files = f", in {unnamed:,} files more" if unnamed else ""
        blocks.append(f"… and {left_out:,} more of the kind{files}; mend these first, and I look again.")
    return "\n\n".join(blocks)


def _urgency(place: str | None, found: Sequence[Remark]) -> tuple[bool, bool, str]:
    harmless = all(remark.first.level is not Level.ERROR for remark in found)
    return (harmless, place is None, place or "")


def _section(
    facts: PullRequestFacts, place: str | None, found: Sequence[Remark], *, folded: bool, room: int
) -> tuple[str, int]:
    """Write as many of a place's remarks as there is room for; give them, and how many findings were left out."""
    head, tail = _frame(facts, place, found, folded=folded)
    blocks: list[str] = []
    left = room - len(head) - len(tail) - 4
    left_out = 0
    for remark in found:
        block = _commits(remark) if place is None else _remark(facts, remark)
        if left < _SMALLEST or len(block) + 2 > left:
            left_out += len(remark.findings)
            continue
        left -= len(block) + 2
        blocks.append(block)
    if not blocks:
        return "", left_out
    return "\n\n".join(part for part in (head, *blocks, tail) if part), left_out


def _frame(facts: PullRequestFacts, place: str | None, found: Sequence[Remark], *, folded: bool) -> tuple[str, str]:
    """Give what stands before and after a place's remarks: a heading, or a summary that unfolds."""
    if not folded:
        return (f"#### {_file_heading(facts, place)}" if place is not None else "#### Commits"), ""
    errors = sum(len(remark.findings) for remark in found if remark.first.level is Level.ERROR)
    hints = sum(len(remark.findings) for remark in found) - errors
    counts = [f"{errors:,} to mend"] if errors else []
    counts += ["1 hint" if hints == 1 else f"{hints:,} hints"] if hints else []
    # Within a line of HTML nothing is Markdown, and in <code> nobody is mentioned.
    name = f"<code>{escape(shorten(clean(place or ''), limit=200))}</code>"
    link = f"\n\n{_linked(facts, 'Open the file', place or '')}" if facts.url else ""
    return f"<details>\n<summary>{name}: {', '.join(counts)}</summary>{link}", "</details>"


def home_of(facts: PullRequestFacts) -> str:
    """Give the address of the repository; empty where it is on no server."""
    return facts.url.rsplit("/pull/", 1)[0]


def _linked(facts: PullRequestFacts, text: str, path: str, line: int | None = None) -> str:
    """Link text to a file at the head SHA, or to a line in it, where there is a page of it."""
    if not facts.url:
        return text
    mark = "" if line is None else f"#L{line}"
    return f"[{text}]({home_of(facts)}/blob/{facts.head_sha}/{quote(path, errors='replace')}{mark})"


def _file_heading(facts: PullRequestFacts, path: str) -> str:
    return _linked(facts, code(path, limit=200), path) if path else "The pull request"


def _remark(facts: PullRequestFacts, remark: Remark) -> str:
    finding = remark.first
    where = _lines(facts, remark.findings)
    text = f"- {MARKS[finding.level]} {where}{markdown(finding.message)} <sub>{remark.check}</sub>"
    return _with_fixes(text, remark)


def _lines(facts: PullRequestFacts, findings: Sequence[Finding]) -> str:
    numbers = sorted({finding.line for finding in findings if finding.line is not None})
    path = findings[0].path
    if not numbers or not path:
        return ""
    links = [_linked(facts, str(number), path, number) for number in numbers[:_LINES_SHOWN]]
    more = f" and {len(numbers) - _LINES_SHOWN} more" if len(numbers) > _LINES_SHOWN else ""
    return f"**{'Line' if len(numbers) == 1 else 'Lines'} {', '.join(links)}{more}:** "


def _commits(remark: Remark) -> str:
    rows = [
        f"- {MARKS[finding.level]} {code((finding.commit or '')[:7])} {markdown(finding.message)}"
        for finding in remark.findings[:_COMMITS_SHOWN]
    ]
    if len(remark.findings) > _COMMITS_SHOWN:
        rows.append(f"- … and {len(remark.findings) - _COMMITS_SHOWN} more commits.")
    return _with_fixes("\n".join(rows), remark)


def _with_fixes(text: str, remark: Remark) -> str:
    return "\n\n".join([text, *map(_indented, render_fixes(remark.findings))])


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.split("\n"))
