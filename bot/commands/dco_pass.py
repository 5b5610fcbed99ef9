"""`dco-pass`: take back what the check `dco` found, for one head."""

from collections.abc import Iterator

from bot.command import Request, Role, Step, WaiveSignOff, command, require_head
from schemas.errors import UserError


@command(needs=Role.APPROVER, arguments="[SHA]")
def dco_pass(request: Request) -> Iterator[Step]:
    """Set DCO to pass for this head; the next push asks for sign-offs again.

    Raises:
        UserError: if the pull request is not open, the head is not the one that was looked at, or DCO does not fail.
    """
    if request.pull_state != "open":
        raise UserError(f"This pull request is {request.pull_state}; there is nothing to set.")
    require_head(request)
    if "dco" not in request.failing:
        raise UserError(f"DCO does not fail at `{request.head_sha[:7]}`; there is nothing to set.")
    yield WaiveSignOff()
