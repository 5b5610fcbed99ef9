"""`build`: train on the pull request's leaves and measure."""

from collections.abc import Iterator

from bot.command import Request, Role, StartBuild, Step, command, require_head
from schemas.errors import UserError
from schemas.job import BuildKind


@command(needs=Role.TRIAGER, arguments="[SHA]")
def build(request: Request) -> Iterator[Step]:
    """Train a candidate on this approved head and post its scores.

    Raises:
        UserError: if the head is not approved, changes no leaf, or is being built.
    """
    short = request.head_sha[:7]
    if request.pull_state == "closed":
        raise UserError("This pull request is closed; reopen it first.")
    require_head(request)
    if request.status.approved_sha != request.head_sha:
        raise UserError(f"`{short}` is not approved; a triager has to write `/espalier approve {short}` first.")
    if not request.leaves:
        raise UserError("This pull request adds or changes no qna.yaml, so there is nothing to train on.")
    for other in request.status.builds:
        if other.kind is BuildKind.CANDIDATE and other.head_sha == request.head_sha and not other.state.ended:
            raise UserError(f"[`{other.id}`]({other.page_url}) is {other.state} for this head already.")
    yield StartBuild()
