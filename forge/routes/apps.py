"""Apps: the App itself, its installations and tokens, its webhook and what was delivered."""

from forge.access import Kind
from forge.acts import apps
from forge.answers import Answer, created, no_content
from forge.call import Call, Routes, listing, listing_from
from forge.errors import ApiError, ForbiddenError, InvalidError, NotFoundError
from forge.records import App, Delivery, Installation, InstallationToken, Repository
from forge.shapes.apps import (
    delivery_item,
    delivery_shape,
    hook_config,
    installation_shape,
    installation_token,
    own_app,
)
from forge.shapes.repositories import repository_shape

routes = Routes("Integration")


def _app(call: Call) -> App:
    if call.caller.app is None:
        raise ApiError(401, "A JSON web token could not be decoded")
    return call.caller.app


def _installation(call: Call) -> Installation:
    found = call.forge.store.first(Installation, "id = ? AND app_id = ?", call.number("installation_id"), _app(call).id)
    if found is None:
        raise NotFoundError
    return found


@routes.add("GET", "/app", kind=Kind.APP)
def get_app(call: Call) -> Answer:
    """Describe the App that asks."""
    return Answer(content=own_app(call.forge, _app(call)))


@routes.add("GET", "/apps/{slug}")
def get_app_by_slug(call: Call) -> Answer:
    """Describe any App.

    Raises:
        NotFoundError: if there is no such thing.
    """
    app = call.forge.store.first(App, "slug = ?", call.path["slug"])
    if app is None:
        raise NotFoundError
    return Answer(content=own_app(call.forge, app))


@routes.add("GET", "/app/installations", kind=Kind.APP)
def list_installations(call: Call) -> Answer:
    """List where the App is installed."""
    found = call.forge.store.all(Installation, "app_id = ? ORDER BY id", _app(call).id)
    return listing(call, found, lambda item: installation_shape(call.forge, item))


@routes.add("GET", "/app/installations/{installation_id}", kind=Kind.APP)
def get_installation(call: Call) -> Answer:
    """Describe an installation."""
    return Answer(content=installation_shape(call.forge, _installation(call)))


@routes.add("DELETE", "/app/installations/{installation_id}", kind=Kind.APP)
def delete_installation(call: Call) -> Answer:
    """Take the App off an account."""
    apps.uninstall(call.forge, _installation(call), call.forge.user(_app(call).owner_id))
    return no_content()


@routes.add("PUT", "/app/installations/{installation_id}/suspended", kind=Kind.APP)
def suspend(call: Call) -> Answer:
    """Suspend an installation."""
    apps.suspend(call.forge, _installation(call), call.forge.user(_app(call).owner_id), suspended=True)
    return no_content()


@routes.add("DELETE", "/app/installations/{installation_id}/suspended", kind=Kind.APP)
def unsuspend(call: Call) -> Answer:
    """Let an installation work again."""
    apps.suspend(call.forge, _installation(call), call.forge.user(_app(call).owner_id), suspended=False)
    return no_content()


@routes.add("POST", "/app/installations/{installation_id}/access_tokens", kind=Kind.APP)
def create_token(call: Call) -> Answer:
    """Give an installation an hour's token.

    Raises:
        InvalidError: if a field cannot be accepted.
    """
    body = call.body
    numbers: list[int] | None = None
    if "repository_ids" in body:
        numbers = [item for item in body.items("repository_ids") if isinstance(item, int)]
        if len(numbers) != len(body.items("repository_ids")):
            raise InvalidError("Installation", "repository_ids")
    token = apps.create_token(
        call.forge,
        _installation(call),
        permissions=body.mapping("permissions") if "permissions" in body else None,
        names=body.texts("repositories") if "repositories" in body else None,
        numbers=numbers,
    )
    return created(installation_token(call.forge, token.token, token.expires_at, token.permissions, token.repositories))


@routes.add("GET", "/repos/{owner}/{repo}/installation", kind=Kind.APP)
def get_repository_installation(call: Call) -> Answer:
    """Describe the App's installation on a repository.

    Raises:
        NotFoundError: if there is no such thing.
    """
    repository = call.repository
    found = call.forge.store.first(Installation, "app_id = ? AND account_id = ?", _app(call).id, repository.owner_id)
    if found is None or (found.repository_ids is not None and repository.id not in found.repository_ids):
        raise NotFoundError
    return Answer(content=installation_shape(call.forge, found))


@routes.add("GET", "/users/{username}/installation", kind=Kind.APP)
def get_user_installation(call: Call) -> Answer:
    """Describe the App's installation on an account.

    Raises:
        NotFoundError: if there is no such thing.
    """
    user = call.forge.find_user(call.path["username"])
    number = -1 if user is None else user.id
    found = call.forge.store.first(Installation, "app_id = ? AND account_id = ?", _app(call).id, number)
    if found is None:
        raise NotFoundError
    return Answer(content=installation_shape(call.forge, found))


@routes.add("GET", "/installation/repositories", kind=Kind.INSTALLATION)
def list_repositories(call: Call) -> Answer:
    """List what an installation's token reaches.

    Raises:
        ForbiddenError: if the caller may not.
    """
    installation = call.caller.installation
    if installation is None:
        raise ForbiddenError
    chosen = call.caller.repository_ids
    found: list[Repository] = [
        item for item in apps.list_repositories(call.forge, installation) if chosen is None or item.id in chosen
    ]
    return listing(call, found, lambda item: repository_shape(call.forge, item), key="repositories")


@routes.add("DELETE", "/installation/token", kind=Kind.INSTALLATION)
def revoke_token(call: Call) -> Answer:
    """End the token that the call was made with."""
    call.forge.store.remove(InstallationToken, "id = ?", call.caller.token_id)
    return no_content()


@routes.add("GET", "/app/hook/config", kind=Kind.APP)
def get_hook(call: Call) -> Answer:
    """Describe the App's webhook."""
    return Answer(content=hook_config(_app(call)))


@routes.add("PATCH", "/app/hook/config", kind=Kind.APP)
def change_hook(call: Call) -> Answer:
    """Change the App's webhook."""
    app, body = _app(call), call.body
    url = body.optional_text("url")
    secret = body.optional_text("secret")
    changed = call.forge.store.change(
        App,
        app.id,
        hook_url=app.hook_url if url is None else url,
        hook_secret=app.hook_secret if secret is None else secret,
        hook_active=bool(url) or app.hook_active,
    )
    return Answer(content=hook_config(changed))


@routes.add("GET", "/app/hook/deliveries", kind=Kind.APP)
def list_deliveries(call: Call) -> Answer:
    """List what was delivered to the App, newest first."""
    found = call.forge.store.all(Delivery, "app_id = ? AND status <> '' ORDER BY id DESC", _app(call).id)
    return listing_from(call, found, delivery_item)


def _delivery(call: Call) -> Delivery:
    condition = "id = ? AND app_id = ? AND status <> ''"
    found = call.forge.store.first(Delivery, condition, call.number("delivery_id"), _app(call).id)
    if found is None:
        raise NotFoundError
    return found


@routes.add("GET", "/app/hook/deliveries/{delivery_id}", kind=Kind.APP)
def get_delivery(call: Call) -> Answer:
    """Describe a delivery with what was sent and what came back."""
    return Answer(content=delivery_shape(_delivery(call)))


@routes.add("POST", "/app/hook/deliveries/{delivery_id}/attempts", kind=Kind.APP)
def redeliver(call: Call) -> Answer:
    """Send a webhook again."""
    apps.redeliver(call.forge, _delivery(call))
    return Answer(status=202, content={})


@routes.add("POST", "/app-manifests/{code}/conversions", kind=Kind.OPEN)
def convert_manifest(call: Call) -> Answer:
    """Turn a manifest into an App."""
    made = apps.register(call.forge, call.path["code"])
    secrets = {"client_secret": made.client_secret, "webhook_secret": made.app.hook_secret, "pem": made.pem}
    return created({**own_app(call.forge, made.app), **secrets})
