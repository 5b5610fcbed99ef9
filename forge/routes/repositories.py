"""Repositories, forks, branches and collaborators."""

from forge.access import Kind
from forge.acts import repositories
from forge.answers import Answer, created, no_content
from forge.call import Call, Routes, listing
from forge.errors import InvalidError, NotFoundError
from forge.git import refs
from forge.git.history import read_commit
from forge.records import Collaborator, Repository, User
from forge.roles import LEGACY, Role, parse_role, role_of
from forge.shapes.commits import branch_shape, commit_shape
from forge.shapes.repositories import full_repository, minimal_repository, permissions, repository_shape
from forge.shapes.users import Shape, simple_user

routes = Routes("Repository")


@routes.add("POST", "/user/repos", kind=Kind.USER)
def create(call: Call) -> Answer:
    """Make a repository in the caller's account."""
    body = call.body
    made = repositories.create(
        call.forge,
        call.actor,
        name=body.text("name"),
        description=body.optional_text("description"),
        private=body.flag("private"),
        with_readme=body.flag("auto_init"),
    )
    return created(full_repository(call.forge, made, call.caller.user))


@routes.add("GET", "/user/repos", kind=Kind.USER)
def list_mine(call: Call) -> Answer:
    """List the caller's repositories and those shared with them."""
    condition = "owner_id = ? OR id IN (SELECT repository_id FROM collaborators WHERE user_id = ?) ORDER BY id"
    user = call.actor.user
    found = call.forge.store.all(Repository, condition, user.id, user.id)
    return listing(call, found, lambda item: repository_shape(call.forge, item))


@routes.add("GET", "/users/{username}/repos")
def list_of_user(call: Call) -> Answer:
    """List the public repositories of a user.

    Raises:
        NotFoundError: if there is no such thing.
    """
    user = call.forge.find_user(call.path["username"])
    if user is None:
        raise NotFoundError
    found = call.forge.store.all(Repository, "owner_id = ? AND NOT private ORDER BY id", user.id)
    return listing(call, found, lambda item: minimal_repository(call.forge, item))


@routes.add("GET", "/repos/{owner}/{repo}", "metadata:read")
def get(call: Call) -> Answer:
    """Describe a repository."""
    return Answer(content=full_repository(call.forge, call.repository, call.caller.user))


@routes.add("PATCH", "/repos/{owner}/{repo}", "administration:write", Role.ADMIN)
def change(call: Call) -> Answer:
    """Change a repository's description or default branch."""
    repository, body = call.repository, call.body
    if "description" in body:
        text = body.optional_text("description")
        repository = repositories.describe(call.forge, call.actor, repository, text)
    branch = body.optional_text("default_branch")
    if branch is not None:
        repository = repositories.change_default_branch(call.forge, call.actor, repository, branch)
    return Answer(content=full_repository(call.forge, repository, call.caller.user))


@routes.add("DELETE", "/repos/{owner}/{repo}", "administration:write", Role.ADMIN)
def delete(call: Call) -> Answer:
    """Delete a repository."""
    repositories.delete(call.forge, call.actor, call.repository)
    return no_content()


@routes.add("POST", "/repos/{owner}/{repo}/forks", "administration:write")
def fork(call: Call) -> Answer:
    """Fork a repository into the caller's account."""
    made = repositories.fork(call.forge, call.actor, call.repository, name=call.body.optional_text("name"))
    return Answer(status=202, content=full_repository(call.forge, made, call.caller.user))


@routes.add("GET", "/repos/{owner}/{repo}/forks", "metadata:read")
def list_forks(call: Call) -> Answer:
    """List the forks of a repository, newest first."""
    found = call.forge.store.all(Repository, "parent_id = ? ORDER BY id DESC", call.repository.id)
    return listing(call, found, lambda item: minimal_repository(call.forge, item))


@routes.add("GET", "/repos/{owner}/{repo}/branches", "contents:read")
def list_branches(call: Call) -> Answer:
    """List the branches of a repository."""
    found = refs.list_refs(call.forge.folder(call.repository), "refs/heads/")
    return listing(call, found, lambda item: branch_shape(call.forge, call.repository, item))


@routes.add("GET", "/repos/{owner}/{repo}/branches/{branch:path}", "contents:read")
def get_branch(call: Call) -> Answer:
    """Describe a branch with its tip.

    Raises:
        NotFoundError: if there is no such thing.
    """
    repository, folder = call.repository, call.forge.folder(call.repository)
    ref = refs.read_ref(folder, f"refs/heads/{call.path['branch']}")
    if ref is None:
        raise NotFoundError
    shape = branch_shape(call.forge, repository, ref)
    commit = commit_shape(call.forge, repository, read_commit(folder, ref.sha))
    url = f"{call.forge.api}/repos/{call.forge.full_name(repository)}/branches/{call.path['branch']}"
    protection: Shape = {
        "enabled": False,
        "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
    }
    more: Shape = {
        "commit": commit,
        "_links": {
            "self": url,
            "html": f"{call.forge.address}/{call.forge.full_name(repository)}/tree/{call.path['branch']}",
        },
        "protection": protection,
        "protection_url": f"{url}/protection",
    }
    return Answer(content={**shape, **more})


def _user(call: Call) -> User:
    found = call.forge.find_user(call.path["username"])
    if found is None:
        raise NotFoundError
    return found


def _collaborator(call: Call, user: User) -> Shape:
    role = role_of(call.forge, call.repository, user)
    allowed = permissions(call.forge, call.repository, user)
    return {**simple_user(call.forge, user), "permissions": allowed, "role_name": role.word}


@routes.add("GET", "/repos/{owner}/{repo}/collaborators", "metadata:read", Role.WRITE)
def list_collaborators(call: Call) -> Answer:
    """List the owner and the collaborators of a repository."""
    condition = "id = ? OR id IN (SELECT user_id FROM collaborators WHERE repository_id = ?) ORDER BY id"
    found = call.forge.store.all(User, condition, call.repository.owner_id, call.repository.id)
    return listing(call, found, lambda user: _collaborator(call, user))


@routes.add("GET", "/repos/{owner}/{repo}/collaborators/{username}", "metadata:read", Role.WRITE)
def is_collaborator(call: Call) -> Answer:
    """Say whether a user is a collaborator.

    Raises:
        NotFoundError: 404 if not.
    """
    user, store = _user(call), call.forge.store
    if user.id == call.repository.owner_id:
        return no_content()
    if store.first(Collaborator, "repository_id = ? AND user_id = ?", call.repository.id, user.id) is None:
        raise NotFoundError
    return no_content()


@routes.add("PUT", "/repos/{owner}/{repo}/collaborators/{username}", "administration:write", Role.ADMIN)
def set_collaborator(call: Call) -> Answer:
    """Give a user a role; there is no invitation to accept here, so that it counts at once.

    Raises:
        InvalidError: if a field cannot be accepted.
    """
    word = call.body.optional_text("permission") or "push"
    role = parse_role(word)
    if role is None:
        raise InvalidError("Repository", "permission")
    repositories.set_collaborator(call.forge, call.repository, _user(call), role)
    return no_content()


@routes.add("DELETE", "/repos/{owner}/{repo}/collaborators/{username}", "administration:write", Role.ADMIN)
def remove_collaborator(call: Call) -> Answer:
    """Take a user's role away."""
    repositories.remove_collaborator(call.forge, call.repository, _user(call))
    return no_content()


@routes.add("GET", "/repos/{owner}/{repo}/collaborators/{username}/permission", "metadata:read")
def get_permission(call: Call) -> Answer:
    """Say which role a user has.

    Raises:
        NotFoundError: 404 for an App's bot, which has none.
    """
    user = _user(call)
    if user.type == "Bot" and user.login.endswith("[bot]"):
        raise NotFoundError
    role = role_of(call.forge, call.repository, user)
    content = {"permission": LEGACY.get(role, role).word, "role_name": role.word, "user": _collaborator(call, user)}
    return Answer(content=content)
