"""`request-changes`: a triager asks for another push."""

from collections.abc import Iterator

from bot.command import CastVote, Request, Role, Step, command, require_head
from schemas.errors import UserError


@command(needs=Role.TRIAGER, arguments="[SHA]")
def request_changes(request: Request) -> Iterator[Step]:
    """Ask the author to change this head; a push answers it.

    Raises:
        UserError: if the pull request is not open, or the head is not the one that was looked at.
    """
    if request.pull_state != "open":
        raise UserError(f"This pull request is {request.pull_state}; there is nothing to change.")
    require_head(request)
    yield CastVote(approves=False)
