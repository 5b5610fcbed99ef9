"""Apps, installations, tokens and deliveries as GitHub's JSON."""

import json

from forge.forge import Forge
from forge.records import App, Delivery, Installation, Repository
from forge.shapes.repositories import repository_shape
from forge.shapes.users import Shape, node_id, simple_user, simple_user_by_id


def app_shape(forge: Forge, app: App) -> Shape:
    """Describe an App as webhooks and check runs carry it."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("Integration", app.id),
        "owner": simple_user(forge, forge.user(app.owner_id)),
        "name": app.name,
        "description": app.description,
        "external_url": app.external_url,
        "html_url": f"{forge.address}/apps/{app.slug}",
        "created_at": app.created_at,
        "updated_at": app.updated_at,
        "permissions": app.permissions,
        "events": list(app.events),
    }


def app_by_id(forge: Forge, number: int | None) -> Shape | None:
    """Describe an App by id; None for none."""
    return None if number is None else app_shape(forge, forge.store.get(App, number))


def own_app(forge: Forge, app: App) -> Shape:
    """Describe an App to itself."""
    installations = forge.store.count(Installation, "app_id = ?", app.id)
    return {**app_shape(forge, app), "client_id": app.client_id, "installations_count": installations}


def installation_shape(forge: Forge, installation: Installation) -> Shape:
    """Describe an installation."""
    account = forge.user(installation.account_id)
    app = forge.store.get(App, installation.app_id)
    url = f"{forge.api}/app/installations/{installation.id}"
    return {
        "id": installation.id,
        "account": simple_user(forge, account),
        "repository_selection": "all" if installation.repository_ids is None else "selected",
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{forge.api}/installation/repositories",
        "html_url": f"{forge.address}/settings/installations/{installation.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": account.id,
        "target_type": account.type,
        "permissions": installation.permissions,
        "events": list(installation.events),
        "created_at": installation.created_at,
        "updated_at": installation.updated_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": simple_user_by_id(forge, installation.suspended_by_id),
        "suspended_at": installation.suspended_at,
    }


def installation_reference(installation: Installation) -> Shape:
    """Name an installation as webhooks do."""
    return {"id": installation.id, "node_id": node_id("IntegrationInstallation", installation.id)}


def installation_token(
    forge: Forge, token: str, expires_at: str, permissions: dict[str, str], repositories: list[Repository] | None
) -> Shape:
    """Hand out a token with what it allows."""
    shape: Shape = {
        "token": token,
        "expires_at": expires_at,
        "permissions": permissions,
        "repository_selection": "all" if repositories is None else "selected",
    }
    if repositories is not None:
        shape["repositories"] = [repository_shape(forge, repository) for repository in repositories]
    return shape


def hook_config(app: App) -> Shape:
    """Describe an App's webhook."""
    return {
        "content_type": "json",
        "insecure_ssl": "0",
        "url": app.hook_url,
        **({"secret": "********"} if app.hook_secret else {}),
    }


def delivery_item(delivery: Delivery) -> Shape:
    """Describe a delivery in a list."""
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": delivery.delivered_at,
        "redelivery": delivery.redelivery,
        "duration": delivery.duration,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


def delivery_shape(delivery: Delivery) -> Shape:
    """Describe a delivery with what was sent and what came back."""
    payload: object = json.loads(delivery.payload)
    return {
        **delivery_item(delivery),
        "url": delivery.url,
        "request": {"headers": delivery.request_headers, "payload": payload},
        "response": {"headers": delivery.response_headers, "payload": delivery.response_body},
    }
