"""`uncertain`: people have to talk about it first."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_head, require_open
from bot.records import VoteKind
from bot.steps import CastVote, Step


@command(needs=Role.TRIAGER, arguments="[SHA]")
def uncertain(request: Request) -> Iterator[Step]:
    """Say that people have to talk about this head before it is decided.

    Another word of a triager's, or a push, ends that.
    """
    require_open(request, what="decide")
    require_head(request)
    yield CastVote(kind=VoteKind.UNCERTAIN)
