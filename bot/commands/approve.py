"""`approve`: a triager's word on one head SHA."""

from collections.abc import Iterator

from bot.command import CastVote, Request, Role, Step, command, require_head
from schemas.errors import UserError


@command(needs=Role.TRIAGER, arguments="[SHA]")
def approve(request: Request) -> Iterator[Step]:
    """Approve this head; the next push takes the approval back.

    Raises:
        UserError: if the head is not the one that was looked at, if checks fail, or if it is one's own.
    """
    if request.pull_state == "closed":
        raise UserError("This pull request is closed; reopen it first.")
    if request.login == request.author:
        raise UserError("Nobody approves their own pull request; another triager has to.")
    require_head(request)
    if request.failing:
        names = ", ".join(f"`{name}`" for name in request.failing)
        raise UserError(f"{names} must pass at `{request.head_sha[:7]}` before it can be approved.")
    yield CastVote(approves=True)
