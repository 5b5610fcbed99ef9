"""What a person may ask of the demo on its command line, each thing refused in one sentence where it cannot be."""

import argparse
import socket
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import UserError

HIGHEST_PORT = 65_535
ABOUT = (
    "Play the whole loop on this machine: a forge, the bot and Ray are started, two pull requests are opened, mended, "
    "approved, built, scored, merged and released. Ctrl-C ends all of it."
)


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Read the options; `argv` begins with the subcommand's name."""
    parser = argparse.ArgumentParser(prog="espalier demo", description=ABOUT)
    parser.add_argument("--exit", action="store_true", help="end by itself; exit code 0 only if the loop closed")
    parser.add_argument("--keep", action="store_true", help="keep the data folder and say where it is")
    parser.add_argument(
        "--data",
        type=_new_folder,
        metavar="DIR",
        help="use this new or empty folder instead of a temporary one; it is DELETED at the end without --keep",
    )
    parser.add_argument("--forge-port", type=_port, default=0, metavar="PORT", help="default: any free one")
    parser.add_argument("--bot-port", type=_port, default=0, metavar="PORT", help="default: any free one")
    parser.add_argument("--seed", type=int, default=0, help="seed of every build")
    parser.add_argument("--student", metavar="PATH_OR_ID", help="another Hugging Face causal model as the student")
    parser.add_argument("--teacher-url", metavar="URL", help="an OpenAI-compatible endpoint as the teacher")
    parser.add_argument("--teacher-model", metavar="NAME", help="the model's name at that endpoint")
    options = parser.parse_args(list(argv)[1:])
    if (options.teacher_url is None) != (options.teacher_model is None):
        parser.error("--teacher-url and --teacher-model go together")
    if options.forge_port and options.forge_port == options.bot_port:
        parser.error(f"--forge-port and --bot-port are both {options.bot_port}; give two different ones")
    return options


def build_options(options: argparse.Namespace) -> dict[str, object]:
    """Give what is passed on to every build."""
    chosen = {name: getattr(options, name) for name in ("seed", "student", "teacher_url", "teacher_model")}
    return {name: value for name, value in chosen.items() if value is not None}


def free_port(asked: int = 0, option: str = "") -> int:
    """Find a free loopback port, or make sure that the one asked for by an option is free.

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


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is no port: give a number from 1 to {HIGHEST_PORT}")
    return int(text)


def _new_folder(text: str) -> Path:
    folder = Path(text)
    try:
        if folder.exists() and not folder.is_dir():
            raise argparse.ArgumentTypeError(f"{text} is a file; name a new folder")
        if folder.exists() and any(folder.iterdir()):
            raise argparse.ArgumentTypeError(f"{text} is not empty; name a new folder")
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{text} cannot be used ({error.strerror}); name a new folder") from error
    return folder
