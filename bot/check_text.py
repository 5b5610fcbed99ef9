"""`espalier check` in a terminal: findings by file, each with the line it is about and the mend below it."""

from rich.console import Console
from rich.text import Text

from bot.findings import Finding, Level
from bot.neutralise import clean
from bot.tally import FIX_LINES, WIDTH, Report, advice, changes, count, located, plain, summary

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTICE: "cyan"}
_MARKS = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red"), "skip": ("-", "dim")}
_LEAD = 40
"""Characters shown before the place that is meant, in a line that is too long to be shown whole."""


def print_text(console: Console, report: Report, *, fixed: bool = False) -> None:
    """Print findings by file, what to paste, one line for each check, and the sum.

    Args:
        console: The terminal.
        report: What the checks said.
        fixed: Whether all that a machine can mend was mended before, so that this is what is left.
    """
    place = None
    found = located(report.results)
    for check, finding in found:
        where = finding.commit or finding.path or "the pull request"
        if where != place:
            console.print(Text(f"\n{'commit ' if finding.commit else ''}{clean(where)}", style="bold"))
            place = where
        _print_finding(console, check, finding, report)
    for text in advice(finding for _, finding in found):
        console.print(Text(f"\n{plain(text)}"))
    console.print()
    for result in report.results:
        mark, style = _MARKS[result.status]
        console.print(Text.assemble((f"{mark} ", style), (f"{result.id:12s} ", "bold"), clean(summary(result))))
    _print_sum(console, [finding for _, finding in found], fixed=fixed)


def _print_finding(console: Console, check: str, finding: Finding, report: Report) -> None:
    place = "" if finding.line is None else f"{finding.line}:{finding.column or 1} "
    console.print(
        Text.assemble(
            ("  " + place, "cyan"),
            (f"{finding.level.value} ", _STYLES[finding.level]),
            plain(finding.message),
            (f"  [{check}/{finding.rule}]", "dim"),
        )
    )
    line = report.line(finding)
    if line is not None:
        _print_line(console, finding, line)
    if finding.fix is not None and finding.fix.mechanical:
        console.print(Text(f"         {clean(finding.fix.description)}:", style="green"))
        new = changes(finding.fix)
        for line in new[:FIX_LINES]:
            console.print(Text(f"       + {line}", style="green"))
        if len(new) > FIX_LINES:
            console.print(Text(f"       … and {len(new) - FIX_LINES} more lines", style="green"))


def _print_line(console: Console, finding: Finding, line: str) -> None:
    """Show a line with a caret below the place; of a long one the part around it."""
    column = min(finding.column or 1, len(line) + 1)
    start = max(column - _LEAD, 0) if len(line) > WIDTH and column > WIDTH - _LEAD else 0
    before, after = clean(line[start : column - 1]), clean(line[column - 1 : start + WIDTH])
    cut = "…" if start else ""
    console.print(Text.assemble((f"{finding.line:6d} | ", "dim"), cut, before, after))
    if finding.column is not None:
        # A tab is as wide as a terminal likes: repeated, it keeps the caret in place.
        pad = "".join("\t" if sign == "\t" else " " for sign in cut + before)
        console.print(Text(f"{' ' * 6} | {pad}^", style="dim"))


def _print_sum(console: Console, findings: list[Finding], *, fixed: bool) -> None:
    if not findings:
        return
    if fixed:
        console.print(Text(f"\nLeft for you: {count(findings)}.", style="bold"))
        return
    mechanical = sum(finding.fix is not None and finding.fix.mechanical for finding in findings)
    text = f"\n{count(findings)}."
    if mechanical:
        text += f" `espalier check --fix` can mend {mechanical} of them."
    console.print(Text(text, style="bold"))
