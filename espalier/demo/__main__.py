"""`espalier demo`: the terminal, and the order of starting and ending."""

import logging
import shutil
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from espalier.demo.content import CONTRIBUTIONS
from espalier.demo.curtain import REPOSITORY, Options, Scene
from espalier.demo.options import build_options, free_port, parse
from espalier.demo.place import LOGS, data_folder, forget
from espalier.demo.processes import children, resident_bytes
from espalier.demo.screen import Screen
from espalier.demo.story import LAST_STEP, play
from schemas.errors import UserError
from sources.full_disk import is_full_disk

SAMPLE_S = 5.0
INTERRUPTED = 130
NO_ROOM = 1 << 20
"""Free bytes below which whatever went wrong is put down to the disk: each program says it in other words."""


def main(argv: Sequence[str]) -> int:
    """Play the demo.

    Returns:
        0 if the loop closed, 1 if it did not, 2 for a misuse, 130 if it was interrupted before it closed.
    """
    options = parse(argv)
    console = Console()
    interrupted = _end_on_signals()
    try:
        asked = {
            "forge_port": free_port(options.forge_port, "--forge-port"),
            "bot_port": free_port(options.bot_port, "--bot-port"),
        }
        with data_folder(options.data, keep=options.keep) as data:
            played = Options(data=data, build=build_options(options), **asked)
            code = 1
            try:
                code = _play(played, console, interrupted, stay=not options.exit)
            finally:
                _leave(data, console, keep=options.keep, failed=code == 1)
    except UserError as error:
        _refuse(console, str(error))
        return 1
    except KeyboardInterrupt:
        console.print("Ended.")
        return INTERRUPTED
    return code


def _play(options: Options, console: Console, interrupted: threading.Event, *, stay: bool) -> int:
    """Play the story to its end, or to where it broke; gives the exit code.

    Raises:
        OSError: if this machine does not play along, for another reason than a full disk.
    """
    screen = Screen(console=console)
    try:
        with children(options.data / LOGS, interrupted=interrupted) as family, _memory() as memory:
            scene = play(options, screen=screen, family=family)
            screen.summary(peak_bytes=memory.peak)
            console.print(f"The loop is closed. forge: {scene.forge}/{REPOSITORY}/pulls  bot: {scene.bot}")
            if stay:
                console.print(_invitation(scene), soft_wrap=True, highlight=False, markup=False)
                console.print("Look around; Ctrl-C ends everything.")
                signal.pause()
    except OSError as error:
        if not is_full_disk(error):
            raise
        _refuse(console, _no_room(options.data))
        return 1
    except UserError as error:
        full = is_full_disk(error) or shutil.disk_usage(options.data).free < NO_ROOM
        _refuse(console, _no_room(options.data) if full else str(error))
        return 1
    except KeyboardInterrupt:
        console.print("Ended.")
        return 0 if screen.has_done(LAST_STEP) else INTERRUPTED
    return 0


def _invitation(scene: Scene) -> str:
    """Say how a person at the terminal takes part."""
    author = scene.people[CONTRIBUTIONS[0][1]]
    address = scene.forge.replace("://", f"://{author.login}:{author.token}@", 1)
    return (
        "Take part: choose whom you act as at the top of a forge page, and comment, such as /espalier help.\n"
        f"To push as {author.name}: git clone {address}/{author.login}/{REPOSITORY.partition('/')[2]}.git"
    )


def _no_room(data: Path) -> str:
    return f"The disk that holds {data} is full: free some space there, or name a folder on another disk with --data."


def _refuse(console: Console, message: str) -> None:
    console.print(f"[red]✗[/] {escape(message)}", highlight=False, soft_wrap=True)


def _leave(data: Path, console: Console, *, keep: bool, failed: bool) -> None:
    """Delete the data folder, or say where what is kept of it lies."""
    if keep:
        console.print(f"Kept: {data}", soft_wrap=True, highlight=False)
        return
    logs = forget(data, but_logs=failed)
    if logs is not None:
        console.print(
            f"The logs are kept in {logs}; --keep keeps everything else too.", soft_wrap=True, highlight=False
        )


@dataclass(slots=True, kw_only=True)
class Memory:
    """The most memory seen so far, in bytes."""

    peak: int = 0


@contextmanager
def _memory() -> Iterator[Memory]:
    memory = Memory()
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_S):
            memory.peak = max(memory.peak, resident_bytes())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def _end_on_signals() -> threading.Event:
    """End on Ctrl-C, when asked to, and when the terminal goes away; not so under nohup, which ignores that.

    Returns:
        What is set once that was asked, for those who come to look after the interruption itself was lost.
    """
    interrupted = threading.Event()

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        interrupted.set()
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, interrupt)
    return interrupted


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main(sys.argv))
