"""Repositories: created, forked, described, shared with collaborators."""

import re

from forge.acts import commits
from forge.clock import stamp
from forge.errors import ApiError, ForbiddenError, InvalidError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.git import refs
from forge.records import Collaborator, Label, Repository, User
from forge.roles import Role, require
from forge.shapes.repositories import repository_shape

NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
# The labels that GitHub puts into a new repository.
LABELS = (
    ("bug", "d73a4a", "Something isn't working"),
    ("documentation", "0075ca", "Improvements or additions to documentation"),
    ("duplicate", "cfd3d7", "This issue or pull request already exists"),
    ("enhancement", "a2eeef", "New feature or request"),
    ("good first issue", "7057ff", "Good for newcomers"),
    ("help wanted", "008672", "Extra attention is needed"),
    ("invalid", "e4e669", "This doesn't seem right"),
    ("question", "d876e3", "Further information is requested"),
    ("wontfix", "ffffff", "This will not be worked on"),
)


def create(
    forge: Forge,
    actor: Actor,
    *,
    name: str,
    description: str | None = None,
    private: bool = False,
    default_branch: str = "main",
    with_readme: bool = False,
) -> Repository:
    """Make a repository, empty or with a README.

    Raises:
        InvalidError: 422 if the name is taken or is no name.
    """
    if not NAME.fullmatch(name) or name in {".", ".."} or name.endswith(".git"):
        raise InvalidError("Repository", "name")
    with forge.store.writing():
        repository = _add(forge, actor.user, name=name, description=description, private=private, branch=default_branch)
        for label, color, about in LABELS:
            forge.store.add(
                Label, repository_id=repository.id, name=label, color=color, description=about, is_default=True
            )
        forge.shelf.create(repository.id, default_branch=default_branch)
    if with_readme:
        text = f"# {name}\n" + (f"{description}\n" if description else "")
        change = commits.FileWrite(path="README.md", content=text.encode(), message="Initial commit")
        commits.write_file(forge, actor, repository, change)
    return repository


def fork(forge: Forge, actor: Actor, source: Repository, *, name: str | None = None) -> Repository:
    """Fork a repository into the actor's account, or give the fork that is there already.

    Raises:
        ForbiddenError: 403 for one's own repository, 422 if the name is taken by something else.
    """
    network = source.source_id or source.id
    if source.owner_id == actor.user.id:
        raise ForbiddenError("You cannot fork your own repository.")
    with forge.store.writing():
        condition = "owner_id = ? AND (source_id = ? OR id = ?)"
        present = forge.store.first(Repository, condition, actor.user.id, network, network)
        if present is not None:
            return present
        made = _add(
            forge,
            actor.user,
            name=name or source.name,
            description=source.description,
            private=source.private,
            branch=source.default_branch,
            parent=source,
        )
        forge.shelf.fork(made.id, source=source.id, default_branch=source.default_branch)
    emit(forge, "fork", source, actor.user, lambda: {"forkee": repository_shape(forge, made)})
    return made


def _add(
    forge: Forge,
    owner: User,
    *,
    name: str,
    description: str | None,
    private: bool,
    branch: str,
    parent: Repository | None = None,
) -> Repository:
    if forge.find_repository(owner.login, name) is not None:
        message = "name already exists on this account"
        raise ApiError(
            422,
            "Repository creation failed.",
            errors=[{"resource": "Repository", "field": "name", "code": "custom", "message": message}],
        )
    time = stamp()
    return forge.store.add(
        Repository,
        owner_id=owner.id,
        name=name,
        description=description,
        private=private,
        default_branch=branch,
        parent_id=None if parent is None else parent.id,
        source_id=None if parent is None else parent.source_id or parent.id,
        created_at=time,
        updated_at=time,
        pushed_at=time,
    )


def change_default_branch(forge: Forge, actor: Actor, repository: Repository, branch: str) -> Repository:
    """Make another branch the default one.

    Raises:
        InvalidError: 422 if there is no such branch.
    """
    require(forge, actor, repository, Role.ADMIN)
    if refs.resolve_branch(forge.folder(repository), branch) is None:
        raise InvalidError("Repository", "default_branch")
    refs.set_head(forge.folder(repository), branch)
    return forge.store.change(Repository, repository.id, default_branch=branch, updated_at=stamp())


def describe(forge: Forge, actor: Actor, repository: Repository, description: str | None) -> Repository:
    """Change a repository's description."""
    require(forge, actor, repository, Role.ADMIN)
    return forge.store.change(Repository, repository.id, description=description, updated_at=stamp())


def delete(forge: Forge, actor: Actor, repository: Repository) -> None:
    """Delete a repository; pull requests from it live on without their head repository."""
    require(forge, actor, repository, Role.ADMIN)
    forge.store.remove(Repository, "id = ?", repository.id)
    forge.shelf.remove(repository.id)


def set_collaborator(forge: Forge, repository: Repository, user: User, role: Role) -> Collaborator | None:
    """Give a user a role in a repository; None for its owner, whose role is fixed."""
    if user.id == repository.owner_id:
        return None
    with forge.store.writing():
        condition = "repository_id = ? AND user_id = ?"
        present = forge.store.first(Collaborator, condition, repository.id, user.id)
        if present is not None:
            return forge.store.change(Collaborator, present.id, role=role.word)
        return forge.store.add(Collaborator, repository_id=repository.id, user_id=user.id, role=role.word)


def remove_collaborator(forge: Forge, repository: Repository, user: User) -> None:
    """Take a user's role in a repository away."""
    forge.store.remove(Collaborator, "repository_id = ? AND user_id = ?", repository.id, user.id)
