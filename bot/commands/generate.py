"""`generate`: write the data that a build would train on, and no more."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_build, require_head
from bot.steps import StartBuild, Step
from schemas.job import BuildKind


@command(needs=Role.TRIAGER, arguments="[SHA]")
def generate(request: Request) -> Iterator[Step]:
    """Generate the data of this head and show samples and yield, without training.

    All of it can be downloaded from the build's page. No approval is needed.
    """
    require_head(request)
    require_build(request, BuildKind.GENERATE)
    yield StartBuild(kind=BuildKind.GENERATE)
