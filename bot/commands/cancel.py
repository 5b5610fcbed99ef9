"""`cancel`: stop this pull request's builds."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.neutralise import code
from bot.report_status import BuildStatus
from bot.steps import CallOff, Reply, Step, StopBuild
from schemas.errors import UserError

NOT_YOURS = f"Somebody else started that; `/espalier cancel` is for {Role.STARTER.people}."


@command(needs=Role.STARTER, arguments="[BUILD]")
def cancel(request: Request) -> Iterator[Step]:
    """Stop the builds of this pull request that wait or run.

    Triagers stop all of them, others those that they started. A release is only stopped where it is named. What was
    ordered before this was written, and is heard of after it, is not started; what was ordered since goes on.
    """
    own = request.role < Role.TRIAGER
    going = [build for build in request.status.builds if not build.state.ended]
    if request.arguments:
        yield _stop(request, _named(request, going, own=own))
        return
    yield CallOff(own=own)
    bound = [build for build in going if build.kind.bound]
    mine = [build for build in bound if not own or build.asked_by == request.login]
    for build in mine:
        if build.id not in request.newer:
            yield _stop(request, build)
    newer = ", ".join(f"[`{build.id}`]({build.page_url})" for build in mine if build.id in request.newer)
    if newer:
        yield Reply(text=f"Ordered after you wrote, so it goes on: {newer}. Write `/espalier cancel` again to stop it.")
    elif not mine:
        yield Reply(text=NOT_YOURS if bound else "No build of this pull request waits or runs.")


def _named(request: Request, going: list[BuildStatus], *, own: bool) -> BuildStatus:
    """Find the build that is named.

    Raises:
        UserError: if it neither waits nor runs, or somebody else started it.
    """
    named = request.arguments[0]
    chosen = next((build for build in going if build.id == named), None)
    if chosen is None:
        raise UserError(f"{code(named, limit=60)} is no build of this pull request that waits or runs.")
    if own and chosen.asked_by != request.login:
        raise UserError(NOT_YOURS)
    return chosen


def _stop(request: Request, build: BuildStatus) -> StopBuild:
    return StopBuild(build_id=build.id, reason=f"@{request.login} cancelled it.")
