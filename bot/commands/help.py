"""`help`: what can be asked of the bot."""

from collections.abc import Iterator

from bot.command import COMMANDS, Request, Role, command
from bot.steps import Reply, Step


@command(needs=Role.ANYONE)
def help_(request: Request) -> Iterator[Step]:
    """List the commands."""
    rows = "\n".join(
        f"| `/espalier {item.usage}` | {item.summary} | {item.needs.people} |"
        for _, item in sorted(COMMANDS.items())
    )  # fmt: skip
    yield Reply(
        text=f"Write a command at the start of a line, in a comment or in a review; `@{request.status.app}` works as "
        f"well as `/espalier`.\n\n| command | does | who may |\n| --- | --- | --- |\n{rows}"
    )
