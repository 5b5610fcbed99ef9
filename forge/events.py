"""Which App hears of what: webhook payloads put into envelopes and handed to the courier."""

import json
import uuid
from collections.abc import Callable

from forge.clock import stamp
from forge.forge import Forge
from forge.records import App, Delivery, Installation, Repository, User
from forge.shapes.apps import installation_reference
from forge.shapes.repositories import repository_shape
from forge.shapes.users import Shape, simple_user

# GitHub sends these to every App that may write checks, subscribed or not.
ASKED_OF_CHECKS = {
    ("check_suite", "requested"),
    ("check_suite", "rerequested"),
    ("check_run", "rerequested"),
    ("check_run", "requested_action"),
}
UNTRIED: Shape = {
    "duration": 0.0,
    "status": "",
    "status_code": 0,
    "request_headers": {},
    "response_headers": {},
    "response_body": None,
}
"""What a delivery says of its answer before it was tried."""


def installations_on(forge: Forge, repository: Repository) -> list[Installation]:
    """List the installations that work in a repository, suspended ones left out."""
    found = forge.store.all(Installation, "account_id = ? AND suspended_at IS NULL ORDER BY id", repository.owner_id)
    return [item for item in found if item.repository_ids is None or repository.id in item.repository_ids]


def emit(
    forge: Forge,
    event: str,
    repository: Repository,
    sender: User,
    payload: Callable[[], Shape],
    *,
    action: str | None = None,
    only: int | None = None,
) -> None:
    """Send an event in a repository to each App that subscribes to it; `only` names the one App it is meant for."""
    listeners = [
        (installation, app)
        for installation in installations_on(forge, repository)
        if only in {None, installation.app_id}
        for app in (forge.store.get(App, installation.app_id),)
        if app.hook_active and app.hook_url and _hears(installation, event, action)
    ]
    if not listeners:
        return
    content: Shape = {} if action is None else {"action": action}
    content |= payload()
    content.setdefault("repository", repository_shape(forge, repository))
    content["sender"] = simple_user(forge, sender)
    for installation, app in listeners:
        content["installation"] = installation_reference(installation)
        send(forge, app, event, content, installation=installation, repository=repository)


def send(
    forge: Forge,
    app: App,
    event: str,
    content: Shape,
    *,
    installation: Installation | None = None,
    repository: Repository | None = None,
) -> None:
    """Write down a delivery to one App and hand it to the courier."""
    action = content.get("action")
    delivery = forge.store.add(
        Delivery,
        guid=str(uuid.uuid4()),
        app_id=app.id,
        event=event,
        action=action if isinstance(action, str) else None,
        installation_id=None if installation is None else installation.id,
        repository_id=None if repository is None else repository.id,
        url=app.hook_url,
        payload=json.dumps(content, separators=(",", ":")),
        redelivery=False,
        delivered_at=stamp(),
        **UNTRIED,
    )
    forge.courier.send(delivery)


def _hears(installation: Installation, event: str, action: str | None) -> bool:
    if (event, action) in ASKED_OF_CHECKS and installation.permissions.get("checks") == "write":
        return True
    return event in installation.events
