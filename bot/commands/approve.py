"""`approve`: a triager's word on one head SHA."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_head, require_no_hold, require_passing
from bot.records import VoteKind
from bot.steps import CastVote, Step
from schemas.errors import UserError


@command(needs=Role.TRIAGER, arguments="[SHA]")
def approve(request: Request) -> Iterator[Step]:
    """Approve this head.

    The next push takes the approval back, and so do a close and another base branch. GitHub's own *Approve* is none:
    it outlives a push.

    Raises:
        UserError: if the head or the base is not the one that was looked at, if checks fail, or if it is one's own.
    """
    if request.pull_state == "closed":
        raise UserError("This pull request is closed; reopen it first.")
    if request.login.lower() == request.author.lower():
        raise UserError("Nobody approves their own pull request; another triager has to.")
    if request.fallen:
        raise UserError(
            "This pull request was closed, or given another base branch, about when you wrote or since; look again, "
            "and write `/espalier approve` once more."
        )
    require_head(request)
    require_no_hold(request)
    require_passing(request, what="approved")
    yield CastVote(kind=VoteKind.APPROVE)
