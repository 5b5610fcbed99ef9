"""Findings as a contributor reads them: by file, one remark for all lines of the same need, with text to paste."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Fix, Level
from bot.neutralise import code, fence, markdown

MARKS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.NOTICE: "💡"}
ORDER = tuple(MARKS)

_LINES_SHOWN = 12
_FIXES_SHOWN = 5
_LONGEST_FIX = 1_500
"""Characters of a text to paste; a longer one is left out, for a shortened one would be wrong."""
UNSEEN = frozenset({"trailing-spaces", "new-line-at-end-of-file", "empty-lines"})
"""Rules whose mend cannot be seen in a text to paste."""
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
    """Write all remarks as Markdown of at most `budget` characters; what does not fit is counted."""
    blocks: list[str] = []
    room = budget - 200
    left_out = 0
    for place, found in remarks(results).items():
        heading = "#### Commits" if place is None else f"#### {_file_heading(facts, place)}"
        for remark in found:
            if room < _SMALLEST:
                left_out += len(remark.findings)
                continue
            block = _commits(remark) if place is None else _remark(facts, remark)
            if heading:
                block = f"{heading}\n\n{block}"
            if len(block) + 2 > room:
                left_out += len(remark.findings)
                continue
            heading = ""
            room -= len(block) + 2
            blocks.append(block)
    if left_out:
        blocks.append(f"… and {left_out:,} more of the kind; mend these first, and I look again.")
    return "\n\n".join(blocks)


def line_url(facts: PullRequestFacts, path: str, line: int | None = None) -> str:
    """Give the address of a file at the head SHA, or of a line in it."""
    page = facts.url.rsplit("/pull/", 1)[0] if facts.url else f"https://github.com/{facts.repository}"
    mark = "" if line is None else f"#L{line}"
    return f"{page}/blob/{facts.head_sha}/{quote(path, errors='replace')}{mark}"


def _file_heading(facts: PullRequestFacts, path: str) -> str:
    return f"[{code(path, limit=200)}]({line_url(facts, path)})" if path else "The pull request"


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
    links = [f"[{number}]({line_url(facts, path, number)})" for number in numbers[:_LINES_SHOWN]]
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
    blocks = [text]
    if remark.first.rule not in UNSEEN:
        shown: Iterator[tuple[int | None, Fix]] = (
            (finding.line, finding.fix) for finding in remark.findings if finding.fix is not None
        )
        several = len(remark.findings) > 1 and remark.first.commit is None
        fixes = dict.fromkeys((line if several else None, fix) for line, fix in shown)
        blocks.extend(_indented(_fix(line, fix)) for line, fix in islice(fixes, _FIXES_SHOWN))
    return "\n\n".join(block for block in blocks if block)


def _fix(line: int | None, fix: Fix) -> str:
    head = fix.description if line is None else f"Line {line}: {fix.description[:1].lower()}{fix.description[1:]}"
    if not fix.replacements:
        return head if len(head) <= 4 * _LONGEST_FIX else ""
    text = "\n".join(replacement.text for replacement in fix.replacements)
    if len(text) > _LONGEST_FIX:
        return ""
    info = "yaml" if fix.replacements[0].path.endswith((".yaml", ".yml")) else "text"
    return f"{head}:\n\n{fence(text, info=info)}"


def _indented(block: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in block.split("\n"))
