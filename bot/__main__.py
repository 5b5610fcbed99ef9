"""`espalier serve`, `espalier check` and `espalier handle`."""

import argparse
import sys
from collections.abc import Sequence

from schemas.errors import UserError

USAGE = 2


def main(argv: Sequence[str]) -> int:
    """Run the subcommand named first.

    Returns:
        The exit code: 2 where settings are missing or wrong, or a port is in use.
    """
    if argv and argv[0] == "check":
        from bot.check_command import main as check  # noqa: PLC0415 - needs no web server, and must start fast

        return check(argv)
    if argv and argv[0] == "handle":
        from bot.handle_command import main as handle  # noqa: PLC0415 - see above

        return handle(argv)
    parser = argparse.ArgumentParser(prog="espalier", description="The GitHub App.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="take webhooks, work, show pages; configured by ESPALIER_… variables alone")
    commands.add_parser("check", help="run the checks on a local checkout", add_help=False)
    commands.add_parser("handle", help="handle one delivery, for a workflow run", add_help=False)
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
