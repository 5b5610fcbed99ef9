"""`retry`: once more what failed or was stopped."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import SHORTEST_SHA, require_build
from bot.neutralise import code
from bot.report_status import BuildState
from bot.steps import StartBuild, Step
from schemas.errors import UserError
from schemas.job import BuildKind


@command(needs=Role.STARTER, arguments="[BUILD]")
def retry(request: Request) -> Iterator[Step]:
    """Start the last build of this head that failed or was stopped once more.

    What it needed the first time it needs again: a candidate an approved head, and all of them room in the quotas.

    Raises:
        UserError: if there is none, it was of another head, or it may not be started now.
    """
    broken = [build for build in request.status.builds if build.state in {BuildState.FAILED, BuildState.STOPPED}]
    if request.arguments:
        broken = [build for build in broken if build.id == request.arguments[0]]
        if not broken:
            named = code(request.arguments[0], limit=60)
            raise UserError(f"{named} is no build of this pull request that failed or was stopped.")
    mine = [build for build in broken if request.role >= Role.TRIAGER or build.asked_by == request.login]
    if broken and not mine:
        raise UserError(f"Somebody else started that; `/espalier retry` is for {Role.STARTER.people}.")
    if not mine:
        raise UserError("No build of this pull request failed or was stopped.")
    last = mine[0]
    if last.kind is BuildKind.RELEASE:
        raise UserError(f"`{last.id}` is a release; an approver may write `/espalier release` for a new one.")
    if last.head_sha != request.head_sha:
        old, new = last.head_sha[:SHORTEST_SHA], request.head_sha[:SHORTEST_SHA]
        raise UserError(f"`{last.id}` was of `{old}`, and the head is `{new}` now; start a new one of that.")
    require_build(request, last.kind)
    yield StartBuild(kind=last.kind)
