"""The forge's own controls, which GitHub has no REST for: accounts, an App from its manifest, where it is installed."""

from dataclasses import dataclass
from typing import cast

import httpx

from espalier.demo.github import Json, Person, person
from schemas.errors import UserError

_PERMISSIONS = {"contents": "read", "pull_requests": "write", "issues": "write", "checks": "write", "members": "read"}
_EVENTS = ["pull_request", "pull_request_review", "issue_comment", "check_run", "check_suite", "push"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """What the forge's operator may do; `UserError` says what the forge refused, or that it did not answer."""

    forge: str
    """Web address of the forge."""
    token: str
    """The operator's, which the forge prints when it starts."""

    def join(self, login: str, name: str) -> Person:
        """Give somebody an account."""
        email = f"{login}@example.org"
        account = self._ask("users", login=login, name=name, email=email)
        return person(self.forge, login=login, name=name, email=email, token=str(account["token"]))

    def register_app(self, owner: Person, *, bot_port: int) -> Json:
        """Register the bot that listens at a port of this machine as an App, and give the App with its keys."""
        manifest = {
            "name": "espalier",
            "url": f"http://127.0.0.1:{bot_port}",
            "hook_attributes": {"url": f"http://127.0.0.1:{bot_port}/webhooks/github"},
            "default_permissions": _PERMISSIONS,
            "default_events": _EVENTS,
        }
        code = self._ask("manifests", owner=owner.login, manifest=manifest)["code"]
        return owner.post(f"/app-manifests/{code}/conversions")

    def install_app(self, app: Json, *, account: str) -> None:
        """Install an App on all repositories of an account."""
        self._ask("installations", app_id=app["id"], account=account)

    def _ask(self, what: str, **body: object) -> Json:
        address, headers = f"{self.forge}/_forge/{what}", {"Authorization": f"Bearer {self.token}"}
        try:
            response = httpx.post(address, json=body, headers=headers, timeout=30, trust_env=False)
        except httpx.HTTPError as error:
            raise UserError(f"{address} got no answer ({type(error).__name__}); is the forge running?") from error
        if response.is_error:
            raise UserError(f"{address} answered {response.status_code}: {response.text[:300]}")
        return cast("Json", response.json())
