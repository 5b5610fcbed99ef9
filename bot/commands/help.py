"""`help`: what can be asked of the bot."""

from collections.abc import Iterator

from bot.command import COMMANDS, Reply, Request, Role, Step, command


@command(needs=Role.ANYONE)
def help_(request: Request) -> Iterator[Step]:
    """List the commands."""
    rows = "\n".join(
        f"| `/espalier {item.usage}` | {item.summary} | {item.needs.people} |"
        for _, item in sorted(COMMANDS.items())
    )  # fmt: skip
    yield Reply(
        text=f"Write a command at the start of a line; `@{request.status.app}` works as well as `/espalier`.\n\n"
        f"| command | does | who may |\n| --- | --- | --- |\n{rows}"
    )
