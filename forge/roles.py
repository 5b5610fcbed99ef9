"""Roles in a repository: who has which, and what it allows."""

from enum import IntEnum

from forge.errors import RoleError
from forge.forge import Actor, Forge
from forge.records import Collaborator, Issue, Repository, User


class Role(IntEnum):
    """GitHub's roles in their order; each allows all that the ones before it do."""

    NONE = 0
    READ = 1
    TRIAGE = 2
    WRITE = 3
    MAINTAIN = 4
    ADMIN = 5

    @property
    def word(self) -> str:
        """The role's name as the API writes it."""
        return self.name.lower()


# The older names, still taken by PUT …/collaborators and given as `permission`.
ALIASES = {"pull": Role.READ, "push": Role.WRITE}
LEGACY = {Role.TRIAGE: Role.READ, Role.MAINTAIN: Role.WRITE}


def parse_role(word: str) -> Role | None:
    """Read a role's name, old or new; None if it is neither."""
    if word in ALIASES:
        return ALIASES[word]
    return Role[word.upper()] if word in {role.word for role in Role if role is not Role.NONE} else None


def role_of(forge: Forge, repository: Repository, user: User | None) -> Role:
    """Say which role a user has in a repository; everybody reads a public one."""
    public = Role.NONE if repository.private else Role.READ
    if user is None:
        return public
    if user.id == repository.owner_id:
        return Role.ADMIN
    found = forge.store.first(Collaborator, "repository_id = ? AND user_id = ?", repository.id, user.id)
    return Role[found.role.upper()] if found is not None else public


def require(forge: Forge, actor: Actor, repository: Repository, role: Role) -> None:
    """Let an act pass only with a role; what an App may do was decided by its grants before.

    Raises:
        RoleError: 403, naming the role.
    """
    if actor.app is None and role_of(forge, repository, actor.user) < role:
        raise RoleError(role.word)


def association(forge: Forge, repository: Repository, user_id: int) -> str:
    """Say how a user belongs to a repository, as `author_association` has it."""
    if user_id == repository.owner_id:
        return "OWNER"
    if forge.store.first(Collaborator, "repository_id = ? AND user_id = ?", repository.id, user_id) is not None:
        return "COLLABORATOR"
    merged = "id IN (SELECT issue_id FROM pulls WHERE repository_id = ? AND merged_at IS NOT NULL) AND user_id = ?"
    return "CONTRIBUTOR" if forge.store.first(Issue, merged, repository.id, user_id) is not None else "NONE"
