"""`build`: train on the pull request's leaves and measure."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_build, require_head
from bot.steps import StartBuild, Step
from schemas.job import BuildKind


@command(needs=Role.TRIAGER, arguments="[SHA]")
def build(request: Request) -> Iterator[Step]:
    """Train a candidate on this approved head and post its scores.

    Exactly that commit is fetched, trained on and reported. A push stops the build.
    """
    require_head(request)
    require_build(request, BuildKind.CANDIDATE)
    yield StartBuild(kind=BuildKind.CANDIDATE)
