"""`unhold`: let a pull request go on."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_timely
from bot.steps import EndHold, Reply, Step


@command(needs=Role.TRIAGER)
def unhold(request: Request) -> Iterator[Step]:
    """End a hold; an approval of this head counts again, and builds that were stopped stay so."""
    require_timely(request)
    if request.hold is None:
        yield Reply(text="This pull request is not on hold.")
    yield EndHold()
