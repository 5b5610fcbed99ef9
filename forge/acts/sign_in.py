"""Signing in with an App: a code for a user who agrees, exchanged once for a token that says who they are."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from forge.auth import digest, new_token
from forge.clock import now, stamp
from forge.errors import ApiError
from forge.forge import Forge
from forge.records import App, SignInCode, Token, User

CODE_TIME = timedelta(minutes=10)
"""docs.github.com, "Generating a user access token for a GitHub App": the code expires after 10 minutes."""


def find_app(forge: Forge, query: Mapping[str, str]) -> App:
    """Find the App that somebody is to sign in with, as GitHub does before it asks them.

    Raises:
        ApiError: 404 if there is none, 400 if it may not be sent back there, or its challenge is of an unknown kind.
    """
    app = forge.store.first(App, "client_id = ?", query.get("client_id", ""))
    if app is None:
        raise ApiError(404, "No App has this client_id.")
    if query.get("redirect_uri") not in app.callback_urls:
        raise ApiError(400, "The redirect_uri is not among the App's callback URLs.")
    if "code_challenge" in query and query.get("code_challenge_method") != "S256":
        raise ApiError(400, "The code_challenge_method must be S256.")
    return app


def agree(forge: Forge, app: App, user: User, query: Mapping[str, str]) -> str:
    """Let the App know who a user is; gives the address that they are sent back to."""
    code = secrets.token_hex(10)
    forge.store.add(
        SignInCode,
        app_id=app.id,
        user_id=user.id,
        digest=digest(code),
        redirect_uri=query["redirect_uri"],
        challenge=query.get("code_challenge", ""),
        expires_at=stamp(now() + CODE_TIME),
    )
    return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query.get('state', '')})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """What an App sends for a token."""

    client_id: str
    client_secret: str
    code: str
    redirect_uri: str | None
    verifier: str


def exchange(forge: Forge, given: Exchange) -> dict[str, str]:
    """Exchange a code for a token; what is wrong is said in the answer, with status 200, as GitHub does."""
    app = forge.store.first(App, "client_id = ?", given.client_id)
    if app is None or not hmac.compare_digest(app.client_secret, digest(given.client_secret)):
        return _wrong("incorrect_client_credentials", "The client_id and/or client_secret passed are incorrect.")
    code = forge.store.first(SignInCode, "digest = ? AND app_id = ?", digest(given.code), app.id)
    if code is None or forge.store.remove(SignInCode, "id = ?", code.id) == 0 or code.expires_at <= stamp():
        return _wrong("bad_verification_code", "The code passed is incorrect or expired.")
    if given.redirect_uri not in {None, code.redirect_uri}:
        return _wrong("redirect_uri_mismatch", "The redirect_uri is not that of the code.")
    if code.challenge and not hmac.compare_digest(code.challenge, challenge_of(given.verifier)):
        return _wrong("bad_verification_code", "The code_verifier does not belong to the code.")
    token = new_token("ghu")
    forge.store.add(Token, user_id=code.user_id, digest=digest(token))
    return {"access_token": token, "scope": "", "token_type": "bearer"}


def challenge_of(verifier: str) -> str:
    """Give the S256 challenge of a verifier (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def _wrong(error: str, description: str) -> dict[str, str]:
    return {"error": error, "error_description": description}
