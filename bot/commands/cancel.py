"""`cancel`: stop this pull request's builds."""

from collections.abc import Iterator

from bot.command import Request, Role, Step, StopBuild, command
from schemas.errors import UserError
from schemas.job import BuildKind


@command(needs=Role.TRIAGER)
def cancel(request: Request) -> Iterator[Step]:
    """Stop the builds of this pull request that wait or run.

    Raises:
        UserError: if there is none.
    """
    candidates = (other for other in request.status.builds if other.kind is BuildKind.CANDIDATE)
    going = [other for other in candidates if not other.state.ended]
    if not going:
        raise UserError("No build of this pull request waits or runs.")
    for other in going:
        yield StopBuild(build_id=other.id, reason=f"@{request.login} cancelled it.")
