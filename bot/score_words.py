"""Scores in words and table rows: units, signs, intervals, and what an interval lets one say."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.neutralise import cell, code
from schemas.leaf import Kind, kind_of
from schemas.result import Change, Comparison, Control

_JOINED = "\u00a0"
"""A space at which no table cell breaks its line."""
_BREAK = "\u200b"
"""No space, at which a line may break."""
MARKS = {Change.IMPROVED: "🟢", Change.REGRESSED: "🔴", Change.UNCLEAR: "⚪"}
_SHOWN_WHOLE = 3
ROWS = 40
"""Rows of one table; a release of more leaves shows the rest on its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """How a benchmark's numbers are written."""

    name: str
    factor: float
    sign: str
    difference: str
    about: str

    def score(self, value: float) -> str:
        """Write a score."""
        return f"{value * self.factor:.1f}{self.sign}".replace(" ", _JOINED) if math.isfinite(value) else "n/a"

    def change(self, value: float) -> str:
        """Write a difference with its sign."""
        return f"{value * self.factor:+.1f}{self.difference}".replace(" ", _JOINED) if math.isfinite(value) else "n/a"

    def interval(self, low: float | None, high: float | None) -> str:
        """Write the bounds of an interval."""
        if low is None or high is None:
            return "—"
        return f"{self._bound(low)} to {self._bound(high)}".replace(" ", _JOINED)

    def _bound(self, value: float) -> str:
        return f"{value * self.factor:+.1f}" if math.isfinite(value) else "n/a"


UNITS = {
    "pr_mmlu": Unit(
        name="PR-mmlu",
        factor=100,
        sign=" %",
        difference=" points",
        about="share of four-choice questions whose right choice is the likeliest answer; guessing gives 25 %",
    ),
    "pr_bench": Unit(name="PR-bench", factor=1, sign="", difference="", about="answers judged from 1 to 10"),
}
MAIN = {Kind.KNOWLEDGE: "pr_mmlu", Kind.SKILL: "pr_bench"}
"""The benchmark that decides for a leaf of each kind."""


def unit_of(benchmark: str) -> Unit:
    """Give a benchmark's unit; one that is not known is written as it is."""
    plain = Unit(name=cell(benchmark, limit=40), factor=1, sign="", difference="", about="as the benchmark defines it")
    return UNITS.get(benchmark, plain)


class OfLeaf(Protocol):
    """Whatever is told of one leaf."""

    @property
    def leaf(self) -> str:
        """The leaf's folder path."""


Told = TypeVar("Told", bound=OfLeaf)


def in_turn(items: Iterable[Told], most: int) -> list[Told]:
    """Take up to `most`, in turn from each leaf."""
    by_leaf: dict[str, list[Told]] = {}
    for item in items:
        by_leaf.setdefault(item.leaf, []).append(item)
    longest = max((len(group) for group in by_leaf.values()), default=0)
    turns = [group[turn] for turn in range(longest) for group in by_leaf.values() if turn < len(group)]
    return turns[:most]


def main_rows(rows: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Give the comparison that decides for each leaf: PR-mmlu for knowledge, PR-bench for skills, else its first."""
    chosen: dict[str, Comparison] = {}
    for row in rows:
        kind = kind_of(row.leaf)
        if row.leaf not in chosen or (kind is not None and row.benchmark == MAIN[kind]):
            chosen[row.leaf] = row
    return tuple(chosen.values())


def verdict(rows: Sequence[Comparison]) -> str:
    """Say in one sentence what the deciding comparisons show."""
    deciding = main_rows(rows)
    if not deciding:
        return "**No scores** were measured for these leaves."
    if len(deciding) == 1:
        return _single(deciding[0])
    counts = Counter(row.change for row in deciding)
    parts = [f"{change.value} on {counts[change]}" for change in Change if counts[change]]
    text = ", ".join(parts)
    return f"**{text[:1].upper()}{text[1:]}** of {len(deciding)} leaves, by questions that training never saw."


def _single(row: Comparison) -> str:
    unit = unit_of(row.benchmark)
    values = (
        f"{unit.name} of {code(row.leaf, limit=200)} went from {unit.score(row.baseline)} to "
        f"{unit.score(row.candidate)} ({unit.change(row.difference)}, 95 % interval {unit.interval(row.low, row.high)})"
    )
    head = {
        Change.IMPROVED: "Improved",
        Change.REGRESSED: "Regressed",
        Change.UNCLEAR: "No clear change",
    }[row.change]
    tail = "."
    if row.change is Change.UNCLEAR:
        across = row.low <= 0 <= row.high
        tail = ": the interval includes zero." if across else ": too few independent groups of questions to tell."
    return f"**{head}** on questions that training never saw: {values}{tail}"


def comparison_table(rows: Sequence[Comparison], *, candidate: str) -> str:
    """Write comparisons as a table."""
    head = (
        f"| Benchmark | Leaf | Baseline | {candidate} | Difference,<br>95 % interval | Change | Asked |\n"
        "| --- | --- | ---: | ---: | ---: | --- | ---: |"
    )
    return "\n".join([head, *(_comparison(row) for row in rows[:ROWS]), *_more(len(rows), columns=7)])


def control_table(controls: Sequence[Control]) -> str:
    """Write yardsticks as a table."""
    head = (
        "| Yardstick | Benchmark | Leaf | Score | Difference,<br>95 % interval | Change | Asked |\n"
        "| --- | --- | --- | ---: | ---: | --- | ---: |"
    )
    return "\n".join([head, *(_control(control) for control in controls[:ROWS]), *_more(len(controls), columns=7)])


def leaf_cell(path: str) -> str:
    """Write a leaf's last two folders, which a table has room for; it may break its line after each."""
    parts = path.split("/")
    return cell(path if len(parts) < _SHOWN_WHOLE else "/".join(("…", *parts[-2:]))).replace("/", f"/{_BREAK}")


def explanations(controls: Iterable[Control]) -> str:
    """Say once what each yardstick is."""
    lines = {control.name: cell(control.explanation, limit=400) for control in controls}
    return "\n".join(f"- *{cell(name, limit=60)}*: {text}" for name, text in lines.items())


def _comparison(row: Comparison) -> str:
    unit = unit_of(row.benchmark)
    return (
        f"| {unit.name} | {leaf_cell(row.leaf)} | {unit.score(row.baseline)} | {unit.score(row.candidate)} "
        f"| {_difference(unit, row.difference, row.low, row.high)} "
        f"| {_change(row.change)} | {row.questions:,}{_JOINED}({row.clusters:,}) |"
    )


def _control(control: Control) -> str:
    unit = unit_of(control.benchmark)
    difference = "—"
    if control.difference is not None:
        difference = _difference(unit, control.difference, control.low, control.high)
    change = "" if control.change is None else _change(control.change)
    return (
        f"| {cell(control.name, limit=60)} | {unit.name} | {leaf_cell(control.leaf)} | {unit.score(control.score)} "
        f"| {difference} | {change} | {control.questions:,} |"
    )


def _difference(unit: Unit, value: float, low: float | None, high: float | None) -> str:
    """Write a difference above its interval: side by side, the table would be wider than a comment."""
    return f"{unit.change(value)}<br>{unit.interval(low, high)}"


def _change(change: Change) -> str:
    return f"{MARKS[change]} {change.value}".replace(" ", _JOINED)


def _more(count: int, *, columns: int) -> list[str]:
    return [f"| … and {count - ROWS} more {'| ' * (columns - 1)}|"] if count > ROWS else []
