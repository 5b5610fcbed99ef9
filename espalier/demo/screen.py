"""What the demo shows in the terminal: one line a step, progress for the long ones, and the times at the end."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn
from rich.table import Table

from bot.dispatch import read_progress
from schemas import progress as words

_SIGNS = re.compile(r"(?<!\\)(?:\*\*|[*`])|[\u200b]")
_ESCAPED = re.compile(r"\\([^\w\s])")


@dataclass(slots=True, kw_only=True)
class Screen:
    """The terminal, and how long each step took."""

    console: Console
    steps: list[tuple[str, float]] = field(default_factory=list)
    """Titles of the steps that are done, each with its seconds; a title may come twice."""

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Show a step while it runs, and its line with the time once it is done."""
        began = time.monotonic()
        with self.console.status(title):
            yield
        self.done(title, time.monotonic() - began)

    @contextmanager
    def build(self, title: str, folder: Path) -> Iterator[Callable[[], None]]:
        """Show a long step; the function given shows the newest event of the builds below `folder`."""
        began = time.monotonic()
        ended = {path.parent for path in folder.glob("*/result.json")}
        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[detail]}"),
            console=self.console,
            transient=True,
        ) as bars:
            task = bars.add_task(title, total=None, detail="waiting for its turn")

            def follow() -> None:
                for path in folder.glob("*/events.jsonl"):
                    name = path.parent.name
                    event = None if path.parent in ended else read_progress(folder.parent, name)
                    if event is not None and not (path.parent / "result.json").exists():
                        _show(bars, task, name, event)

            yield follow
        self.done(title, time.monotonic() - began)

    def done(self, title: str, seconds: float) -> None:
        """Print a finished step's line and remember its time."""
        self.steps.append((title, seconds))
        self.console.print(f"[green]✓[/] {escape(title)} [dim]{seconds:.1f} s[/]", highlight=False)

    def has_done(self, title: str) -> bool:
        """Tell whether a step of this title is done."""
        return any(done == title for done, _ in self.steps)

    def say(self, text: str) -> None:
        """Print one line that belongs to the step before it."""
        self.console.print(f"  {escape(text)}", highlight=False)

    def summary(self, *, peak_bytes: int) -> None:
        """Print the time of each step, their sum and the most memory that was resident."""
        table = Table(title="Time of each step", show_footer=True)
        table.add_column("step", footer="all of it")
        table.add_column("seconds", justify="right", footer=f"{sum(seconds for _, seconds in self.steps):.1f}")
        for title, seconds in self.steps:
            table.add_row(escape(title), f"{seconds:.1f}")
        self.console.print(table)
        self.console.print(f"Most memory resident over all processes: {peak_bytes / 2**30:.2f} GiB")


def plain(markdown: str) -> str:
    """Give a sentence of a comment as a terminal shows it: without Markdown's signs, and what breaks mentions."""
    return _ESCAPED.sub(r"\1", _SIGNS.sub("", markdown))


def _show(bars: Progress, task: TaskID, build: str, event: words.Progress) -> None:
    rate = "" if not event.rate else f"{event.rate:,.1f} {event.unit}/s"
    left = "" if event.seconds_left is None else f"{event.seconds_left:.0f} s left in this stage"
    bars.update(
        task,
        description=f"{build}: {event.stage}",
        completed=event.done,
        total=event.total,
        detail=", ".join(part for part in (escape(event.message), rate, left) if part),
    )
