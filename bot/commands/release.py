"""`release`: build all leaves of the default branch now."""

from collections.abc import Iterator

from bot.command import Request, Role, StartRelease, Step, command
from schemas.errors import UserError


@command(needs=Role.APPROVER)
def release(request: Request) -> Iterator[Step]:
    """Train a release on all merged leaves now, or again after one failed.

    Raises:
        UserError: if nothing was merged since the last version, or a release waits or runs already.
    """
    if request.releasing is not None:
        raise UserError(f"The release build `{request.releasing}` waits or runs already.")
    if not request.unreleased:
        raise UserError(f"Nothing was merged since {request.version or 'the beginning'}; there is nothing to release.")
    yield StartRelease()
