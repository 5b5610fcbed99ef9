"""`request-changes`: a triager asks for another push."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_head, require_open
from bot.records import VoteKind
from bot.steps import CastVote, Step


@command(needs=Role.TRIAGER, arguments="[SHA]")
def request_changes(request: Request) -> Iterator[Step]:
    """Ask the author to change this head; a push answers it."""
    require_open(request, what="change")
    require_head(request)
    yield CastVote(kind=VoteKind.REQUEST_CHANGES)
