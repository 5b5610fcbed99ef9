"""The runner's commands: `run` for Ray's jobs, `head` for a Ray of our own, `build` and `base` without the bot."""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from schemas.errors import UserError


def main(argv: Sequence[str]) -> int:
    """Run the subcommand that argv names.

    Returns:
        0 if it did what was asked, 1 if the build failed, 2 for misuse or where something is missing.
    """
    parser = argparse.ArgumentParser(prog="espalier", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    head = commands.add_parser("head", help="start a Ray on this machine, and end it with this command")
    head.add_argument("--data", type=Path, required=True, help="folder for its token and its log")
    head.add_argument("--port", type=int, help="port of the Jobs API on loopback; default: a free one")
    head.set_defaults(run=_head)
    arguments = parser.parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return code


def _head(arguments: argparse.Namespace) -> int:
    from runner.head import Head, serve  # noqa: PLC0415 - each command pays for its own imports alone

    def announce(head: Head) -> None:
        sys.stdout.write(json.dumps({key: str(value) for key, value in asdict(head).items()}) + "\n")
        sys.stdout.flush()

    return serve(arguments.data, port=arguments.port, announce=announce)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
