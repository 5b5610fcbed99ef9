"""`rollback`: make an earlier version the current one."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.neutralise import code
from bot.steps import Reply, RollBack, Step
from schemas.errors import UserError

SHOWN = 10


@command(needs=Role.APPROVER, arguments="VERSION")
def rollback(request: Request) -> Iterator[Step]:
    """Make an earlier published version the current one, until the next release.

    `models/current.json` of the artifacts names it from then on. For example: `/espalier rollback v3`.

    Raises:
        UserError: if nothing or no such version was published.
    """
    if not request.versions:
        raise UserError("No version was published here yet, so there is none to go back to.")
    known = ", ".join(f"`{version}`" for version in request.versions[:SHOWN])
    if not request.arguments:
        raise UserError(f"Name the version: `/espalier rollback VERSION`. Published are {known}.")
    version = request.arguments[0].lower()
    version = version if version.startswith("v") else f"v{version}"
    if version not in request.versions:
        raise UserError(f"{code(version, limit=40)} was not published here. Published are {known}.")
    # Also where it is the current one: this word is the newer one, and a rollback written before it must not undo it.
    yield RollBack(version=version)
    if version == request.version:
        yield Reply(text=f"`{version}` is the current version already.")
    else:
        before = f" in place of `{request.version}`" if request.version else ""
        yield Reply(text=f"`{version}` is the current version{before}; the next release becomes current again.")
