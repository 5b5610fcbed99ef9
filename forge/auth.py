"""Who calls: an Authorization header read as a user, an App, an installation, or nobody."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

import jwt

from forge.clock import now, stamp
from forge.errors import ApiError, ForbiddenError
from forge.forge import Actor, Forge
from forge.records import App, Installation, InstallationToken, Token, User

JWT_SECONDS = 600
"""How far ahead an App's JWT may expire: docs.github.com, generating a JSON Web Token for a GitHub App."""
LEEWAY = 60
RANKS = {"read": 1, "write": 2, "admin": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever sent a request; nobody if all is None."""

    key: str
    user: User | None = None
    app: App | None = None
    installation: Installation | None = None
    permissions: dict[str, str] | None = None
    repository_ids: tuple[int, ...] | None = None
    token_id: int | None = None

    def actor(self) -> Actor:
        """Say who acts.

        Raises:
            ApiError: 401 if it is nobody.
        """
        if self.user is None:
            raise ApiError(401, "Requires authentication")
        return Actor(user=self.user, app=self.app)


NOBODY = Caller(key="anonymous")


def digest(token: str) -> str:
    """Hash a token, which is kept no other way."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token(prefix: str) -> str:
    """Make a token that cannot be guessed, with GitHub's prefix for its kind."""
    return f"{prefix}_{secrets.token_hex(18)}"


def identify(forge: Forge, header: str | None) -> Caller:
    """Read an Authorization header.

    Raises:
        ApiError: 401 if it is neither a token that we gave nor a valid JWT.
    """
    if not header:
        return NOBODY
    scheme, _, value = header.strip().partition(" ")
    if scheme.lower() == "basic":
        value = _password(value)
    elif scheme.lower() not in {"bearer", "token"}:
        raise ApiError(401, "Bad credentials")
    value = value.strip()
    if value.count(".") == 2 and not value.startswith("gh"):  # noqa: PLR2004 - the three parts of a JWT
        return _app(forge, value)
    user_token = forge.store.first(Token, "digest = ?", digest(value))
    if user_token is not None:
        user = forge.user(user_token.user_id)
        return Caller(key=f"user {user.id}", user=user)
    token = forge.store.first(InstallationToken, "digest = ?", digest(value))
    if token is None or token.expires_at <= stamp():
        raise ApiError(401, "Bad credentials")
    return _installation(forge, token)


def _password(value: str) -> str:
    try:
        login, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError(401, "Bad credentials") from None
    # Git may be given the token as the user name alone.
    return password if password not in {"", "x-oauth-basic"} else login


def _installation(forge: Forge, token: InstallationToken) -> Caller:
    installation = forge.store.get(Installation, token.installation_id)
    if installation.suspended_at is not None:
        raise ForbiddenError("This installation has been suspended")
    app = forge.store.get(App, installation.app_id)
    return Caller(
        key=f"installation {installation.id}",
        user=forge.user(app.bot_id),
        app=app,
        installation=installation,
        permissions=token.permissions,
        repository_ids=token.repository_ids,
        token_id=token.id,
    )


def _app(forge: Forge, token: str) -> Caller:
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
    except jwt.PyJWTError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    app = forge.store.first(App, "id = ? OR client_id = ?", issuer, issuer)
    if app is None:
        raise ApiError(401, "'Issuer' claim ('iss') must be an Integer")
    try:
        claims = jwt.decode(
            token,
            app.public_key,
            algorithms=["RS256"],
            leeway=0,
            options={"require": ["exp", "iat", "iss"], "verify_iat": False, "strict_aud": False},
        )
    except jwt.ExpiredSignatureError:
        message = "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the"
        raise ApiError(401, f"{message} assertion expires") from None
    except jwt.PyJWTError:
        raise ApiError(401, "A JSON web token could not be decoded") from None
    present = now().timestamp()
    if float(claims["exp"]) > present + JWT_SECONDS + LEEWAY:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if float(claims["iat"]) > present + LEEWAY:
        message = "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"
        raise ApiError(401, message)
    return Caller(key=f"app {app.id}", app=app)


def check_admin(header: str | None, token: str) -> None:
    """Let pass whoever has the admin's token.

    Raises:
        ApiError: 401 for anybody else.
    """
    if not hmac.compare_digest((header or "").encode(), f"Bearer {token}".encode()):
        raise ApiError(401, "Bad credentials")
