"""Who may make which call: a user by role, an installation by the grants of its token."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from forge.auth import RANKS, Caller
from forge.errors import ApiError, ForbiddenError, NotFoundError, RoleError
from forge.forge import Forge
from forge.records import Repository
from forge.roles import Role, role_of


class Kind(Enum):
    """Which callers a path is for."""

    ANY = "anybody, as far as role and grants go"
    USER = "users"
    KNOWN = "users and installations"
    APP = "an App by its JWT"
    INSTALLATION = "installations"
    OPEN = "anybody; the path itself holds the secret"
    ADMIN = "whoever has the admin's token"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a caller needs: an installation one of the grants, a user the role."""

    kind: Kind
    grants: tuple[tuple[str, str], ...]
    role: Role


def admit(
    forge: Forge, caller: Caller, need: Need, path: Mapping[str, str], found: Repository | None, *, writes: bool
) -> None:
    """Let a call pass if its caller may make it.

    Raises:
        NotFoundError: if the path names no repository that the caller may know of.
    """
    if need.kind in {Kind.ADMIN, Kind.OPEN}:
        return
    _admit_kind(caller, need.kind)
    if need.kind is Kind.APP:
        if "repo" in path and found is None:
            raise NotFoundError
        return
    if "repo" in path and found is None:
        raise NotFoundError
    if writes:
        caller.actor()
    if found is not None:
        _admit_to(forge, caller, found, need, writes=writes)


def _admit_kind(caller: Caller, kind: Kind) -> None:
    is_app = caller.app is not None and caller.installation is None
    if kind is Kind.APP and not is_app:
        raise ApiError(HTTPStatus.UNAUTHORIZED, "A JSON web token could not be decoded")
    if kind is not Kind.APP and is_app:
        raise ApiError(HTTPStatus.UNAUTHORIZED, "Requires authentication")
    if kind is Kind.INSTALLATION and caller.installation is None:
        message = "You must authenticate with an installation access token in order to list repositories for an"
        raise ForbiddenError(f"{message} installation.")
    if kind in {Kind.USER, Kind.KNOWN}:
        caller.actor()
    if kind is Kind.USER and caller.installation is not None:
        raise ForbiddenError


def _admit_to(forge: Forge, caller: Caller, repository: Repository, need: Need, *, writes: bool) -> None:
    if caller.installation is None:
        role = role_of(forge, repository, caller.user)
        if role is Role.NONE:
            raise NotFoundError
        if role < need.role:
            caller.actor()
            raise RoleError(need.role.word)
        return
    if not reaches(caller, repository):
        if repository.private:
            raise NotFoundError
        if writes:
            raise ForbiddenError
        return
    if need.grants and not any(holds(caller, *grant) for grant in need.grants):
        accepted = "; ".join(f"{name}={access}" for name, access in need.grants)
        raise ForbiddenError(headers={"X-Accepted-GitHub-Permissions": accepted})


def reaches(caller: Caller, repository: Repository) -> bool:
    """Say whether an installation's token reaches a repository."""
    installation = caller.installation
    if installation is None or installation.account_id != repository.owner_id:
        return False
    chosen: Iterable[tuple[int, ...] | None] = (installation.repository_ids, caller.repository_ids)
    return all(ids is None or repository.id in ids for ids in chosen)


def holds(caller: Caller, name: str, access: str) -> bool:
    """Say whether an installation's token carries a permission; reading metadata comes with all of them."""
    if (name, access) == ("metadata", "read"):
        return True
    return RANKS.get((caller.permissions or {}).get(name, ""), 0) >= RANKS[access]
