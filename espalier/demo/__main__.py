"""`espalier demo`: the options, the terminal, and the order of starting and ending."""

import argparse
import logging
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.markup import escape

from espalier.demo.processes import children, resident_bytes
from espalier.demo.screen import Screen
from espalier.demo.story import LAST_STEP, REPOSITORY, Options, play
from schemas.errors import UserError

SAMPLE_S = 5.0
INTERRUPTED = 130


def main(argv: Sequence[str]) -> int:
    """Play the demo.

    Returns:
        0 if the loop closed, 1 if it did not, 2 for a misuse, 130 if it was interrupted before it closed.
    """
    options = _parse(argv)
    console = Console()
    screen = Screen(console=console)
    signal.signal(signal.SIGTERM, _interrupt)
    data = Path(options.data or tempfile.mkdtemp(prefix="espalier-")).resolve()
    try:
        asked = Options(
            data=data,
            forge_port=_port(options.forge_port, "--forge-port"),
            bot_port=_port(options.bot_port, "--bot-port"),
            build=_build_options(options),
        )
        with children(data / "logs") as family, _memory() as memory:
            scene = play(asked, screen=screen, family=family)
            screen.summary(peak_bytes=memory.peak)
            console.print(f"The loop is closed. forge: {scene.forge}/{REPOSITORY}/pulls  bot: {scene.bot}")
            if not options.exit:
                console.print("Look around; Ctrl-C ends everything.")
                signal.pause()
    except UserError as error:
        console.print(f"[red]✗[/] {escape(str(error))}", highlight=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Ended.")
        return 0 if LAST_STEP in screen.seconds else INTERRUPTED
    finally:
        if options.keep:
            console.print(f"Kept: {data}")
        else:
            shutil.rmtree(data, ignore_errors=True)
    return 0


@dataclass(slots=True)
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


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="espalier demo", description=sys.modules[__name__].__doc__)
    parser.add_argument("--exit", action="store_true", help="end by itself; exit code 0 only if the loop closed")
    parser.add_argument("--keep", action="store_true", help="keep the data folder and say where it is")
    parser.add_argument("--data", metavar="DIR", help="use this new folder instead of a temporary one")
    parser.add_argument("--forge-port", type=int, default=0, metavar="PORT", help="default: any free one")
    parser.add_argument("--bot-port", type=int, default=0, metavar="PORT", help="default: any free one")
    parser.add_argument("--seed", type=int, default=0, help="seed of every build")
    parser.add_argument("--student", metavar="PATH_OR_ID", help="another Hugging Face causal model as the student")
    parser.add_argument("--teacher-url", metavar="URL", help="an OpenAI-compatible endpoint as the teacher")
    parser.add_argument("--teacher-model", metavar="NAME", help="the model's name at that endpoint")
    options = parser.parse_args(list(argv)[1:])
    if (options.teacher_url is None) != (options.teacher_model is None):
        parser.error("--teacher-url and --teacher-model go together")
    if options.data and Path(options.data).is_file():
        parser.error(f"{options.data} is a file; name a new folder")
    if options.data and Path(options.data).exists() and any(Path(options.data).iterdir()):
        parser.error(f"{options.data} is not empty; name a new folder")
    return options


def _build_options(options: argparse.Namespace) -> dict[str, object]:
    chosen = {name: getattr(options, name) for name in ("seed", "student", "teacher_url", "teacher_model")}
    return {name: value for name, value in chosen.items() if value is not None}


def _port(asked: int, option: str) -> int:
    """Find a free loopback port, or make sure that the one asked for is free.

    Raises:
        UserError: if it is in use.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", asked))
        except OSError as error:
            raise UserError(
                f"Port {asked} cannot be used ({error.strerror}): end what listens there, give another with {option}, "
                f"or leave {option} out for a free one."
            ) from error
        port: int = probe.getsockname()[1]
        return port


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    sys.exit(main(sys.argv))
