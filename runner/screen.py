"""What `espalier build` and `espalier base` show: a line of progress for each stage, and the scores at the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.table import Table

from schemas import progress
from schemas.result import Result, Role, Status


@contextmanager
def show_progress() -> Iterator[Callable[[progress.Progress], None]]:
    """Give a function that shows a line of events on standard error, one bar a stage."""
    columns = (
        TextColumn("{task.description:10}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}"),
        TextColumn("{task.fields[message]}"),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, TaskID] = {}

        def told(event: progress.Progress) -> None:
            if event.stage not in tasks:
                tasks[event.stage] = bars.add_task(event.stage, total=event.total, pace="", message="")
            bars.update(
                tasks[event.stage],
                completed=event.done,
                total=event.total,
                pace=pace(event),
                message=escape(event.message),
            )

        yield told


def pace(event: progress.Progress) -> str:
    """Say how fast a stage goes and how long it will yet take."""
    left = event.seconds_left
    if event.rate is None or left is None:
        return event.unit
    return f"{event.unit}, {event.rate:.1f}/s, {left:.0f} s left"


def show_result(result: Result, folder: Path) -> None:
    """Print the scores as a table, or why there are none, on standard output."""
    console = Console()
    if result.status is not Status.SUCCEEDED:
        reason = result.failure.message if result.failure is not None else "no reason was given"
        console.print(f"The build {result.status.value}: {escape(reason)}", style="red")
        return
    if result.generated is None:
        _show_scores(console, result)
    else:
        _show_counts(console, result)
    for note in () if result.provenance is None else result.provenance.notes:
        console.print(f"Note: {escape(note)}")
    console.print(f"All of it stands in {folder}", soft_wrap=True)


def _show_counts(console: Console, result: Result) -> None:
    table = Table("leaf", "written", "kept", "to train on", "held out", "not kept, by filter")
    for item in () if result.provenance is None else result.provenance.counts:
        losses = ", ".join(f"{count} {reason}" for reason, count in item.dropped.items())
        numbers = (item.generated, item.kept, item.train, item.bench + item.mmlu)
        table.add_row(escape(item.leaf), *map(str, numbers), escape(losses))
    console.print(table)


def _show_scores(console: Console, result: Result) -> None:
    table = Table("benchmark", "leaf", "questions", "baseline", "candidate", "difference [95 %]", "")
    for item in result.comparisons:
        name = item.benchmark if item.role is Role.TARGET else f"{item.benchmark} (retention)"
        interval = f"{item.difference:+.3f} [{item.low:+.3f}, {item.high:+.3f}]"
        table.add_row(
            name,
            escape(item.leaf),
            str(item.questions),
            f"{item.baseline:.3f}",
            f"{item.candidate:.3f}",
            escape(interval),
            item.change.value,
        )
    for control in result.controls:
        change = "" if control.difference is None else f"{control.difference:+.3f}"
        table.add_row(
            f"{control.benchmark}, {control.name}",
            escape(control.leaf),
            str(control.questions),
            "",
            f"{control.score:.3f}",
            change,
            "" if control.change is None else control.change.value,
        )
    console.print(table)
