"""`release`: build all leaves of the default branch now."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.steps import StartRelease, Step
from schemas.errors import UserError


@command(needs=Role.APPROVER)
def release(request: Request) -> Iterator[Step]:
    """Train a release on all merged leaves now, or again after one failed.

    Leaves of pull requests on hold are left out.

    Raises:
        UserError: if nothing was merged since the last version, or a release waits or runs already.
    """
    if request.releasing is not None:
        raise UserError(f"The release build `{request.releasing}` waits or runs already.")
    if not request.unreleased and request.withheld:
        numbers = ", ".join(f"#{number}" for number in request.withheld[:10])
        raise UserError(f"All that was merged since the last version is on hold: {numbers}.")
    if not request.unreleased:
        raise UserError(_nothing_merged(request))
    yield StartRelease()


def _nothing_merged(request: Request) -> str:
    if request.versions:
        return f"Nothing was merged since {request.versions[0]}; there is nothing to release."
    return "No pull request with leaves was merged since I serve this repository; the first such merge starts one."
