"""The subcommands of `espalier` that the bot owns: serve, check, deliveries, handle and replay."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from schemas.errors import UserError

USAGE = 2
COMMANDS = {
    "check": "bot.check_command",
    "deliveries": "bot.deliveries_command",
    "handle": "bot.handle_command",
    "replay": "bot.replay_command",
}


def main(argv: Sequence[str]) -> int:
    """Run the subcommand named first.

    Returns:
        The exit code: 2 where settings are missing or wrong, or a port is in use.
    """
    if argv and argv[0] in COMMANDS:
        # Lazily imported: none of them needs a web server, and each must start fast.
        module = importlib.import_module(COMMANDS[argv[0]])
        code: int = module.main(argv)
        return code
    parser = argparse.ArgumentParser(prog="espalier", description="The GitHub App.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="take webhooks, work, show pages; configured by ESPALIER_… variables alone")
    commands.add_parser("check", help="run the checks on a local checkout", add_help=False)
    commands.add_parser("deliveries", help="what waits and what failed; trying it again, dismissing it", add_help=False)
    commands.add_parser("handle", help="handle one delivery, for a workflow run", add_help=False)
    commands.add_parser("replay", help="run the checks over past pull requests", add_help=False)
    parser.parse_args(argv)
    from bot.server import serve  # noqa: PLC0415 - see above
    from bot.settings import read_settings  # noqa: PLC0415 - see above

    try:
        serve(read_settings())
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
