"""Apps: registered from a manifest, installed on an account, given tokens."""

import json
import re
import secrets
from datetime import timedelta

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from forge.acts import accounts
from forge.auth import RANKS, digest, new_token
from forge.body import Body
from forge.clock import now, stamp
from forge.errors import ForbiddenError, InvalidError, NotFoundError, UnprocessableError
from forge.events import UNTRIED, send
from forge.forge import Forge
from forge.records import App, Delivery, Installation, InstallationToken, Manifest, Repository, User
from forge.shapes.apps import installation_shape
from forge.shapes.repositories import repository_entry
from forge.shapes.users import Shape, simple_user

TOKEN_TIME = timedelta(hours=1)
KEY_BITS = 2048


def offer(forge: Forge, owner: User, manifest: Body) -> str:
    """Keep a manifest for its owner and give the code that converts it once."""
    manifest.text("name")
    code = secrets.token_hex(20)
    forge.store.add(Manifest, code=code, owner_id=owner.id, text=json.dumps(dict(manifest.values)), used=False)
    return code


class Registered:
    """A new App with the secrets that are shown this once."""

    def __init__(self, app: App, *, client_secret: str, pem: str) -> None:
        self.app = app
        self.client_secret = client_secret
        self.pem = pem


def register(forge: Forge, code: str) -> Registered:
    """Turn a manifest into an App.

    Raises:
        InvalidError: 404 if the code is unknown or used, 422 if the App's name is taken.
        NotFoundError: if there is no such thing.
    """
    manifest = forge.store.first(Manifest, "code = ? AND NOT used", code)
    if manifest is None:
        raise NotFoundError
    body = Body(values=json.loads(manifest.text), resource="Integration")
    name = body.text("name")
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    hook = body.inner("hook_attributes")
    hook_url = "" if hook is None else hook.text("url")
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    client_secret = secrets.token_hex(20)
    time = stamp()
    with forge.store.writing():
        if not slug or forge.store.first(App, "slug = ?", slug) is not None:
            raise InvalidError("Integration", "name", "already_exists")
        email = f"{slug}[bot]@users.noreply.github.com"
        bot = accounts.create_user(forge, login=f"{slug}[bot]", name=f"{slug}[bot]", email=email, kind="Bot")
        app = forge.store.add(
            App,
            slug=slug,
            name=name,
            client_id=f"Iv23li{secrets.token_hex(7)}",
            client_secret=digest(client_secret),
            callback_urls=body.texts("callback_urls") if "callback_urls" in body else [],
            owner_id=manifest.owner_id,
            bot_id=bot.id,
            description=body.optional_text("description"),
            external_url=body.optional_text("url") or forge.address,
            public_key=_public(key),
            permissions={"metadata": "read", **body.mapping("default_permissions")},
            events=body.texts("default_events"),
            hook_url=hook_url,
            hook_secret=secrets.token_hex(20),
            hook_active=bool(hook_url) and (hook is None or hook.flag("active", default=True)),
            created_at=time,
            updated_at=time,
        )
        forge.store.change(Manifest, manifest.id, used=True)
    return Registered(app, client_secret=client_secret, pem=_private(key))


def _public(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def _private(key: rsa.RSAPrivateKey) -> str:
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def install(forge: Forge, app: App, account: User, repositories: tuple[Repository, ...] | None = None) -> Installation:
    """Install an App on an account: on all of its repositories, or on those given.

    Raises:
        InvalidError: 422 if it is installed there already.
    """
    time = stamp()
    with forge.store.writing():
        if forge.store.first(Installation, "app_id = ? AND account_id = ?", app.id, account.id) is not None:
            raise InvalidError("Installation", "account", "already_exists")
        installation = forge.store.add(
            Installation,
            app_id=app.id,
            account_id=account.id,
            permissions=app.permissions,
            events=app.events,
            repository_ids=None if repositories is None else [repository.id for repository in repositories],
            suspended_at=None,
            suspended_by_id=None,
            created_at=time,
            updated_at=time,
        )
    entries = [repository_entry(forge, repository) for repository in list_repositories(forge, installation)]
    announce(forge, installation, account, "created", {"repositories": entries})
    return installation


def change_repositories(
    forge: Forge, installation: Installation, chosen: tuple[Repository, ...] | None
) -> Installation:
    """Choose other repositories for an installation; None for all."""
    before = {repository.id: repository for repository in list_repositories(forge, installation)}
    ids = None if chosen is None else [repository.id for repository in chosen]
    installation = forge.store.change(Installation, installation.id, repository_ids=ids, updated_at=stamp())
    after = {repository.id: repository for repository in list_repositories(forge, installation)}
    added = [repository_entry(forge, after[number]) for number in after.keys() - before.keys()]
    removed = [repository_entry(forge, before[number]) for number in before.keys() - after.keys()]
    for action, entries in (("added", added), ("removed", removed)):
        if not entries:
            continue
        _send(
            forge,
            "installation_repositories",
            installation,
            forge.user(installation.account_id),
            {
                "action": action,
                "repository_selection": "all" if ids is None else "selected",
                "repositories_added": added if action == "added" else [],
                "repositories_removed": removed if action == "removed" else [],
                "requester": None,
            },
        )
    return installation


def suspend(forge: Forge, installation: Installation, by: User, *, suspended: bool) -> Installation:
    """Suspend an installation, or let it work again."""
    changed = forge.store.change(
        Installation,
        installation.id,
        suspended_at=stamp() if suspended else None,
        suspended_by_id=by.id if suspended else None,
    )
    announce(forge, changed, by, "suspend" if suspended else "unsuspend", {})
    return changed


def uninstall(forge: Forge, installation: Installation, by: User) -> None:
    """Take an App off an account; its tokens end."""
    entries = [repository_entry(forge, repository) for repository in list_repositories(forge, installation)]
    announce(forge, installation, by, "deleted", {"repositories": entries})
    forge.store.remove(Installation, "id = ?", installation.id)


def announce(forge: Forge, installation: Installation, sender: User, action: str, more: Shape) -> None:
    """Send an installation event, which every App gets."""
    _send(forge, "installation", installation, sender, {"action": action, **more})


def _send(forge: Forge, event: str, installation: Installation, sender: User, content: Shape) -> None:
    app = forge.store.get(App, installation.app_id)
    if not app.hook_active:
        return
    about: Shape = {"installation": installation_shape(forge, installation), "sender": simple_user(forge, sender)}
    send(forge, app, event, {**content, **about}, installation=installation)


def list_repositories(forge: Forge, installation: Installation) -> list[Repository]:
    """List the repositories that an installation reaches."""
    found = forge.store.all(Repository, "owner_id = ? ORDER BY id", installation.account_id)
    return [item for item in found if installation.repository_ids is None or item.id in installation.repository_ids]


class NewToken:
    """A token with what it allows."""

    def __init__(
        self, token: str, *, expires_at: str, permissions: dict[str, str], repositories: list[Repository] | None
    ) -> None:
        self.token = token
        self.expires_at = expires_at
        self.permissions = permissions
        self.repositories = repositories


def create_token(
    forge: Forge,
    installation: Installation,
    *,
    permissions: dict[str, str] | None,
    names: list[str] | None,
    numbers: list[int] | None,
) -> NewToken:
    """Give an hour's access to an installation, to all that it may do or to less.

    Raises:
        ForbiddenError: 403 if it is suspended, 422 if more is asked for than it has.
    """
    if installation.suspended_at is not None:
        raise ForbiddenError("This installation has been suspended")
    granted = dict(installation.permissions)
    if permissions is not None:
        _check_less(permissions, granted)
        granted = {"metadata": "read", **permissions} if permissions else {}
    chosen = _choose(list_repositories(forge, installation), names, numbers)
    if chosen is None and installation.repository_ids is not None:
        chosen = list_repositories(forge, installation)
    token = new_token("ghs")
    expires_at = stamp(now() + TOKEN_TIME)
    forge.store.add(
        InstallationToken,
        installation_id=installation.id,
        digest=digest(token),
        permissions=granted,
        repository_ids=None if chosen is None else [repository.id for repository in chosen],
        expires_at=expires_at,
    )
    return NewToken(token, expires_at=expires_at, permissions=granted, repositories=chosen)


def _check_less(asked: dict[str, str], granted: dict[str, str]) -> None:
    for name, access in asked.items():
        if RANKS.get(access, 99) > RANKS.get(granted.get(name, ""), 0):
            raise UnprocessableError("The permissions requested are not granted to this installation.")


def _choose(reachable: list[Repository], names: list[str] | None, numbers: list[int] | None) -> list[Repository] | None:
    if names is None and numbers is None:
        return None
    wanted = {name.lower() for name in names or ()}
    chosen = [item for item in reachable if item.name.lower() in wanted or item.id in (numbers or ())]
    known = {item.name.lower() for item in chosen}, {item.id for item in chosen}
    if not wanted <= known[0] or not set(numbers or ()) <= known[1]:
        message = (
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
        raise UnprocessableError(message)
    return chosen


def redeliver(forge: Forge, delivery: Delivery) -> None:
    """Send a webhook again, under the GUID that it had."""
    app = forge.store.get(App, delivery.app_id)
    again = forge.store.add(
        Delivery,
        guid=delivery.guid,
        app_id=app.id,
        event=delivery.event,
        action=delivery.action,
        installation_id=delivery.installation_id,
        repository_id=delivery.repository_id,
        url=app.hook_url,
        payload=delivery.payload,
        redelivery=True,
        delivered_at=stamp(),
        **UNTRIED,
    )
    forge.courier.send(again)
