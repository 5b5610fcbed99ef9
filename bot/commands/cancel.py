"""`cancel`: stop this pull request's builds."""

from collections.abc import Iterator

from bot.command import Request, Role, Step, StopBuild, command
from schemas.errors import UserError


@command(needs=Role.TRIAGER)
def cancel(request: Request) -> Iterator[Step]:
    """Stop the builds of this pull request that wait or run.

    Raises:
        UserError: if there is none.
    """
    going = [other for other in request.status.builds if other.kind.bound and not other.state.ended]
    if not going:
        raise UserError("No build of this pull request waits or runs.")
    for other in going:
        yield StopBuild(build_id=other.id, reason=f"@{request.login} cancelled it.")
