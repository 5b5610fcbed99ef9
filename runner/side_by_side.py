"""Students tuned side by side in processes of this machine, one thread each: the way of builds without Ray."""

import multiprocessing
import queue
import signal
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runner.abreast import Abreast, Mark
from runner.disk import saying_full
from runner.tuning import Tuned, TuneTask, tune

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

_POLL_SECONDS = 0.5
Note = tuple[str, Mark]
"""A student's name, and how far it has come."""


def tune_here(
    tasks: Mapping[Path, TuneTask], *, folder: Path, told: Callable[[int, int, str], None]
) -> dict[Path, Tuned]:
    """Tune students side by side, each in a process of its own that dies with this one.

    Args:
        tasks: Target folder to what is tuned into it.
        folder: The build's folder, named where the disk is full.
        told: Told of the steps that all students have done, of all their steps, and what the first is doing.

    Returns:
        How each tuning went, by target folder.
    """
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager:
        notes: Queue[Note] = manager.Queue()  # type: ignore[assignment]  # a proxy that acts as one
        with saying_full(folder), ProcessPoolExecutor(len(tasks), mp_context=context, initializer=_quiet) as pool:
            running = {target: pool.submit(_tune, task, target, notes) for target, task in tasks.items()}
            try:
                _follow(running, notes, Abreast([target.name for target in tasks], told))
                return {target: future.result() for target, future in running.items()}
            except BaseException:
                for process in (pool._processes or {}).values():  # noqa: SLF001 - a stopped build must not wait for them
                    process.terminate()
                raise


def _follow(running: Mapping[Path, "Future[Tuned]"], notes: "Queue[Note]", bar: Abreast) -> None:
    while not all(future.done() for future in running.values()):
        with suppress(queue.Empty):
            bar.note(*notes.get(timeout=_POLL_SECONDS))
    with suppress(queue.Empty):
        while True:
            bar.note(*notes.get_nowait())


def _quiet() -> None:
    # Ctrl-C reaches the whole group; the parent decides what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _tune(task: TuneTask, target: Path, notes: "Queue[Note]") -> Tuned:
    def advance(done: int, total: int, message: str) -> None:
        notes.put((target.name, Mark(done=done, total=total, message=message)))

    return tune(task, target, advance=advance)
