"""`cancel`: stop this pull request's builds."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.neutralise import code
from bot.steps import Step, StopBuild
from schemas.errors import UserError


@command(needs=Role.STARTER, arguments="[BUILD]")
def cancel(request: Request) -> Iterator[Step]:
    """Stop the builds of this pull request that wait or run.

    Triagers stop all of them, others those that they started. A release is only stopped where it is named.

    Raises:
        UserError: if there is none.
    """
    going = [build for build in request.status.builds if not build.state.ended]
    if request.arguments:
        named = request.arguments[0]
        chosen = [build for build in going if build.id == named]
        if not chosen:
            raise UserError(f"{code(named, limit=60)} is no build of this pull request that waits or runs.")
    else:
        chosen = [build for build in going if build.kind.bound]
        if not chosen:
            raise UserError("No build of this pull request waits or runs.")
    mine = [build for build in chosen if request.role >= Role.TRIAGER or build.asked_by == request.login]
    if not mine:
        raise UserError(f"Somebody else started that; `/espalier cancel` is for {Role.STARTER.people}.")
    for build in mine:
        yield StopBuild(build_id=build.id, reason=f"@{request.login} cancelled it.")
