"""The App's own identity and its installation tokens: least privilege, one repository each, renewed in time."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

import jwt
from github import Auth, Github

from bot.events import Place
from bot.github_api.app_lists import hook_deliveries, installations, repositories
from bot.github_api.client import PERMISSIONS, GitHub, Identity
from bot.github_api.errors import GitHubError, translate
from bot.github_api.repository import Repository
from bot.github_api.single_flight import SingleFlight
from bot.github_values import HookDelivery, Installation
from bot.payload import Payload
from bot.settings import Settings
from schemas.errors import UserError

RENEW_BEFORE = timedelta(minutes=5)
OWN = "the App itself"
UNAUTHORIZED = 401
TOKEN_WAIT = 1.0
"""Seconds after which what failed with a token that was revoked is tried again with a new one."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class _Token:
    value: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What a token is to be good for."""

    place: Place
    permissions: tuple[tuple[str, str], ...]


class GitHubApp(GitHub):
    """The App on one GitHub; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._auth = _auth(settings.app_id, settings.private_key)
        self._turn = threading.Lock()
        """Is held for a moment, and never while somebody waits for GitHub."""
        self._tokens: dict[_Wanted, _Token] = {}
        self._tokens_coming = SingleFlight[_Wanted, str]()
        self._identity: Identity | None = None
        self._identity_coming = SingleFlight[str, Identity]()

    @translate
    def identity(self) -> Identity:
        """Ask GitHub who we are, once; a GitHubError says that it does not know the App, or does not answer."""
        return self._identity or self._identity_coming.ask(OWN, self._ask_identity)

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
                    self._tokens = {wanted: kept for wanted, kept in self._tokens.items() if wanted.place != place}
                raise GitHubError(str(error), status=error.status, wait=TOKEN_WAIT) from error
            raise

    @translate
    def installations(self) -> tuple[Installation, ...]:
        """List where the App is installed."""
        with self._lend_own() as client:
            return installations(client.requester)

    @translate
    def repositories(self, installation: int) -> tuple[str, ...]:
        """List the repositories that an installation reaches, with a token that may do no more than that."""
        token, _ = self._ask_token(installation, {"permissions": {"metadata": "read"}})
        with self._lend(token) as client:
            return repositories(client.requester)

    @translate
    def hook_deliveries(self, *, since: datetime) -> tuple[HookDelivery, ...]:
        """List GitHub's attempts to deliver a webhook since then, newest first."""
        with self._lend_own() as client:
            return hook_deliveries(client.requester, since=since)

    @translate
    def redeliver(self, attempt: int) -> None:
        """Have GitHub send a webhook again, under its own GUID."""
        with self._lend_own() as client:
            client.requester.requestJsonAndCheck("POST", f"/app/hook/deliveries/{attempt}/attempts")

    @translate
    def token(self, place: Place, permissions: Mapping[str, str]) -> str:
        """Get a token for one repository with these permissions; it is renewed before it ends.

        A GitHubError says that GitHub gives none.
        """
        wanted = _Wanted(place=place, permissions=tuple(sorted(permissions.items())))
        return self._kept_token(wanted) or self._tokens_coming.ask(wanted, partial(self._renew, wanted))

    def _kept_token(self, wanted: _Wanted) -> str | None:
        with self._turn:
            kept = self._tokens.get(wanted)
        return kept.value if kept is not None and kept.expires_at - RENEW_BEFORE > datetime.now(UTC) else None

    def _renew(self, wanted: _Wanted) -> str:
        kept = self._kept_token(wanted)
        if kept is not None:  # another's request ended between our look and our turn
            return kept
        body = {"repositories": [wanted.place.repository.split("/")[1]], "permissions": dict(wanted.permissions)}
        value, expires = self._ask_token(wanted.place.installation, body)
        with self._turn:
            self._tokens[wanted] = _Token(value=value, expires_at=expires)
        return value

    def _ask_identity(self) -> Identity:
        """Ask GitHub who we are.

        Raises:
            GitHubError: if the answer does not say so.
        """
        if self._identity is not None:  # as in `_renew`
            return self._identity
        with self._lend_own() as client:
            _, data = client.requester.requestJsonAndCheck("GET", "/app")
        number, slug = Payload(data).number("id"), Payload(data).text("slug")
        if number is None or slug is None:
            raise GitHubError("GitHub did not say which App we are", status=None, wait=None)
        self._identity = Identity(id=number, slug=slug, login=f"{slug}[bot]")
        return self._identity

    def _lend_own(self) -> AbstractContextManager[Github]:
        """Lend a client that speaks as the App itself; one that threads shared would mix their requests up."""
        return self._lend(OWN, auth=self._auth)

    def _ask_token(self, installation: int, wanted: Mapping[str, object]) -> tuple[str, datetime]:
        """Ask for an installation's token; give it, and when it ends.

        Raises:
            GitHubError: if the answer holds none.
        """
        path = f"/app/installations/{installation}/access_tokens"
        with self._lend_own() as client:
            _, data = client.requester.requestJsonAndCheck("POST", path, input=dict(wanted))
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
