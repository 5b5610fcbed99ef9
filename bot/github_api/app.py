"""The App's own identity and its installation tokens: least privilege, one repository each, renewed in time."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import jwt
from github import Auth, GithubIntegration

from bot.events import Place
from bot.github_api.app_lists import hook_deliveries, installations, repositories
from bot.github_api.client import PERMISSIONS, GitHub, Identity, retry
from bot.github_api.errors import GitHubError, translate
from bot.github_api.repository import Repository
from bot.github_values import HookDelivery, Installation
from bot.payload import Payload
from bot.settings import Settings
from schemas.errors import UserError

RENEW_BEFORE = timedelta(minutes=5)
UNAUTHORIZED = 401
TOKEN_WAIT = 1.0
"""Seconds after which what failed with a token that was revoked is tried again with a new one."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Token:
    value: str
    expires_at: datetime


class GitHubApp(GitHub):
    """The App on one GitHub; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._integration = GithubIntegration(
            auth=_auth(settings.app_id, settings.private_key), retry=retry(), **self._transport
        )
        self._turn = threading.Lock()
        self._tokens: dict[tuple[Place, str], _Token] = {}
        self._identity: Identity | None = None

    @translate
    def identity(self) -> Identity:
        """Ask GitHub who we are, once; a GitHubError says that it does not know the App, or does not answer."""
        with self._turn:
            if self._identity is None:
                app = self._integration.get_app()
                self._identity = Identity(id=app.id, slug=app.slug, login=f"{app.slug}[bot]")
            return self._identity

    @contextmanager
    def repository(self, place: Place, *, permissions: Mapping[str, str] = PERMISSIONS) -> Iterator[Repository]:
        """Open a repository with a token that is good for it alone.

        Raises:
            GitHubError: if GitHub gives no token, or as the block raises it.
        """
        try:
            with super().repository(place, permissions=permissions) as opened:
                yield opened
        except GitHubError as error:
            if error.status == UNAUTHORIZED:  # the token ended before its time: the next try gets a fresh one
                with self._turn:
                    self._tokens = {key: kept for key, kept in self._tokens.items() if key[0] != place}
                raise GitHubError(str(error), status=error.status, wait=TOKEN_WAIT) from error
            raise

    @translate
    def installations(self) -> tuple[Installation, ...]:
        """List where the App is installed."""
        return installations(self._integration.requester)

    @translate
    def repositories(self, installation: int) -> tuple[str, ...]:
        """List the repositories that an installation reaches, with a token that may do no more than that."""
        token, _ = self._ask_token(installation, {"permissions": {"metadata": "read"}})
        with self._lend(token) as client:
            return repositories(client.requester)

    @translate
    def hook_deliveries(self, *, since: datetime) -> tuple[HookDelivery, ...]:
        """List GitHub's attempts to deliver a webhook since then, newest first."""
        return hook_deliveries(self._integration.requester, since=since)

    @translate
    def redeliver(self, attempt: int) -> None:
        """Have GitHub send a webhook again, under its own GUID."""
        self._integration.requester.requestJsonAndCheck("POST", f"/app/hook/deliveries/{attempt}/attempts")

    def close(self) -> None:
        """Close all connections."""
        super().close()
        self._integration.close()

    @translate
    def token(self, place: Place, permissions: Mapping[str, str]) -> str:
        """Get a token for one repository with these permissions; it is renewed before it ends.

        A GitHubError says that GitHub gives none.
        """
        key = (place, ",".join(f"{name}:{right}" for name, right in sorted(permissions.items())))
        with self._turn:
            kept = self._tokens.get(key)
            if kept is not None and kept.expires_at - RENEW_BEFORE > datetime.now(UTC):
                return kept.value
            wanted = {"repositories": [place.repository.split("/")[1]], "permissions": dict(permissions)}
            value, expires = self._ask_token(place.installation, wanted)
            self._tokens[key] = _Token(value=value, expires_at=expires)
            return value

    def _ask_token(self, installation: int, wanted: Mapping[str, object]) -> tuple[str, datetime]:
        """Ask for an installation's token; give it, and when it ends.

        Raises:
            GitHubError: if the answer holds none.
        """
        path = f"/app/installations/{installation}/access_tokens"
        _, data = self._integration.requester.requestJsonAndCheck("POST", path, input=dict(wanted))
        value, expires = Payload(data).text("token"), Payload(data).time("expires_at")
        if value is None or expires is None:
            raise GitHubError("GitHub gave no installation token", status=None, wait=None)
        return value, expires


def _auth(app_id: str, private_key: str) -> Auth.AppAuth:
    """Make the App's signer, and see at once whether the key can sign.

    Raises:
        UserError: if it cannot.
    """
    known = int(app_id) if app_id.isdecimal() else app_id
    auth = Auth.AppAuth(known, private_key, jwt_issued_at=-30, jwt_expiry=540)
    try:
        auth.create_jwt()
    except (ValueError, TypeError, jwt.PyJWTError) as error:
        raise UserError(
            f"The App's private key cannot sign ({type(error).__name__}); download a new one from its settings page."
        ) from error
    return auth
