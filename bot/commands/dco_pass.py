"""`dco-pass`: take back what the check `dco` found, for one head."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_head, require_open
from bot.steps import Step, WaiveSignOff
from schemas.errors import UserError


@command(needs=Role.APPROVER, arguments="[SHA]")
def dco_pass(request: Request) -> Iterator[Step]:
    """Set DCO to pass for this head; the next push asks for sign-offs again.

    The button on the check run does the same.

    Raises:
        UserError: if the pull request is not open, the head is not the one that was looked at, or DCO does not fail.
    """
    require_open(request, what="set")
    require_head(request)
    if "dco" not in request.failing:
        raise UserError(f"DCO does not fail at `{request.head_sha[:7]}`; there is nothing to set.")
    yield WaiveSignOff()
