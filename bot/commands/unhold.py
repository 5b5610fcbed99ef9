"""`unhold`: let a pull request go on."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.steps import EndHold, Step
from schemas.errors import UserError


@command(needs=Role.TRIAGER)
def unhold(request: Request) -> Iterator[Step]:
    """End a hold; an approval of this head counts again, and builds that were stopped stay so.

    Raises:
        UserError: if it is not on hold.
    """
    if request.hold is None:
        raise UserError("This pull request is not on hold.")
    yield EndHold()
