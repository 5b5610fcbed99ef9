"""`precheck`: find out what the current model makes of the pull request's questions."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.conditions import require_build, require_head
from bot.steps import StartBuild, Step
from schemas.job import BuildKind


@command(needs=Role.TRIAGER, arguments="[SHA]")
def precheck(request: Request) -> Iterator[Step]:
    """Ask the current model the seed questions of this head and show its answers beside those expected.

    A judge scores each answer, and the result says whether the model already can what the leaf teaches. Nothing is
    trained, and no approval is needed.
    """
    require_head(request)
    require_build(request, BuildKind.PRECHECK)
    yield StartBuild(kind=BuildKind.PRECHECK)
