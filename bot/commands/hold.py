"""`hold`: let nothing go on with a pull request until somebody ends it."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_timely
from bot.steps import PutOnHold, Reply, Step, StopBuild


@command(needs=Role.TRIAGER, arguments="[REASON]")
def hold(request: Request) -> Iterator[Step]:
    """Keep this pull request from being built, approved and released until `unhold`.

    A push does not end it. Builds that it is in are stopped, a release among them, and later releases leave out the
    leaves of one that is merged.
    """
    require_timely(request)
    if request.hold is not None:
        yield Reply(text="This pull request is on hold already; `/espalier unhold` ends that.")
    # Also where it is on hold: this word is the newer one, and an `unhold` written between both must not end it.
    yield PutOnHold(reason=" ".join(request.arguments))
    for build in request.status.builds:
        if not build.state.ended:
            yield StopBuild(build_id=build.id, reason=f"@{request.login} put the pull request on hold.")
