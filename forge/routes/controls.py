"""The forge's own controls, which GitHub has no REST for: accounts, manifests, installations."""

from forge.access import Kind
from forge.acts import accounts, apps, checks
from forge.answers import Answer, created, no_content
from forge.call import Call, Routes
from forge.errors import InvalidError, NotFoundError
from forge.forge import Actor
from forge.records import App, CheckRun, Installation, Repository, User
from forge.shapes.apps import installation_shape

routes = Routes("Control")


def _owner(call: Call, name: str) -> User:
    user = call.forge.find_user(call.body.text(name))
    if user is None:
        raise InvalidError("Control", name)
    return user


@routes.add("POST", "/_forge/users", kind=Kind.ADMIN)
def create_user(call: Call) -> Answer:
    """Make an account with a personal access token."""
    body = call.body
    login = body.text("login")
    user = accounts.create_user(
        call.forge,
        login=login,
        name=body.optional_text("name") or login,
        email=body.optional_text("email") or "",
        kind=body.optional_text("type") or "User",
    )
    token = accounts.create_token(call.forge, user)
    return created({"login": user.login, "id": user.id, "token": token})


@routes.add("POST", "/_forge/manifests", kind=Kind.ADMIN)
def offer_manifest(call: Call) -> Answer:
    """Keep an App manifest and give the code for its conversion.

    Raises:
        InvalidError: if a field cannot be accepted.
    """
    manifest = call.body.inner("manifest")
    if manifest is None:
        raise InvalidError("Control", "manifest", "missing_field")
    return created({"code": apps.offer(call.forge, _owner(call, "owner"), manifest)})


@routes.add("POST", "/_forge/installations", kind=Kind.ADMIN)
def install(call: Call) -> Answer:
    """Install an App on an account, on all of its repositories or on those named.

    Raises:
        InvalidError: if a field cannot be accepted.
    """
    app = call.forge.store.first(App, "id = ?", call.body.integer("app_id"))
    if app is None:
        raise InvalidError("Control", "app_id")
    account = _owner(call, "account")
    made = apps.install(call.forge, app, account, _chosen(call, account.login))
    return created(installation_shape(call.forge, made))


@routes.add("PATCH", "/_forge/installations/{id}", kind=Kind.ADMIN)
def change_installation(call: Call) -> Answer:
    """Choose other repositories, or suspend."""
    found = _installation(call)
    account = call.forge.user(found.account_id)
    if "repositories" in call.body:
        found = apps.change_repositories(call.forge, found, _chosen(call, account.login))
    if "suspended" in call.body:
        found = apps.suspend(call.forge, found, account, suspended=call.body.flag("suspended"))
    return Answer(content=installation_shape(call.forge, found))


@routes.add("DELETE", "/_forge/installations/{id}", kind=Kind.ADMIN)
def uninstall(call: Call) -> Answer:
    """Take an App off an account."""
    found = _installation(call)
    apps.uninstall(call.forge, found, call.forge.user(found.account_id))
    return no_content()


@routes.add("POST", "/_forge/check-runs/{id}/actions", kind=Kind.ADMIN)
def press(call: Call) -> Answer:
    """Press a check run's button as a user would on GitHub's page.

    Raises:
        NotFoundError: if there is no such run.
    """
    run = call.forge.store.first(CheckRun, "id = ?", call.number("id"))
    if run is None:
        raise NotFoundError
    repository = call.forge.store.get(Repository, run.repository_id)
    actor = Actor(user=_owner(call, "login"))
    checks.request_action(call.forge, actor, repository, run, call.body.text("identifier"))
    return no_content()


def _installation(call: Call) -> Installation:
    found = call.forge.store.first(Installation, "id = ?", call.number("id"))
    if found is None:
        raise NotFoundError
    return found


def _chosen(call: Call, owner: str) -> tuple[Repository, ...] | None:
    if call.body.values.get("repositories") is None:
        return None
    found = []
    for name in call.body.texts("repositories"):
        repository = call.forge.find_repository(owner, name)
        if repository is None:
            raise InvalidError("Control", "repositories")
        found.append(repository)
    return tuple(found)
