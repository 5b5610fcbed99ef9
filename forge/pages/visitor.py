"""Who looks at the pages, and whether a form came from one of them."""

import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import Request, Response

from forge.errors import ApiError
from forge.forge import Forge
from forge.records import User

USER_COOKIE = "forge_user"
FORM_COOKIE = "forge_form"
TOKEN_BYTES = 24
LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The user that a browser acts for, and the secret that its forms carry."""

    user: User | None
    form_token: str
    is_new: bool


def read_visitor(forge: Forge, request: Request) -> Visitor:
    """Read from the cookies who acts; nobody, if they name no person of this forge."""
    user = forge.find_user(request.cookies.get(USER_COOKIE, ""))
    token = request.cookies.get(FORM_COOKIE, "")
    return Visitor(
        user=user if user is not None and user.type == "User" else None,
        form_token=token or secrets.token_urlsafe(TOKEN_BYTES),
        is_new=not token,
    )


def remember_form_token(response: Response, visitor: Visitor) -> None:
    """Give a new browser the secret that its forms will carry."""
    if visitor.is_new:
        response.set_cookie(FORM_COOKIE, visitor.form_token, httponly=True, samesite="strict")


def remember_user(response: Response, user: User) -> None:
    """Let the browser act for a user from now on."""
    response.set_cookie(USER_COOKIE, user.login, httponly=True, samesite="strict")


def require_own_form(forge: Forge, request: Request, visitor: Visitor, form_token: str) -> None:
    """Let a form pass only if it came from one of our pages, under our own name.

    Anybody at this machine may act as anybody; a web page elsewhere may not, and it could borrow a name of its own for
    this address (DNS rebinding), so that the name counts as well.

    Raises:
        ApiError: 403.
    """
    host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    if host not in LOCAL | {urlsplit(forge.address).hostname}:
        raise ApiError(403, f"Open this page under {forge.address}: forms are taken from there alone.")
    if visitor.is_new or not hmac.compare_digest(form_token.encode(), visitor.form_token.encode()):
        raise ApiError(403, "This form is too old, or came from another site: load the page again, and send it then.")
    origin = request.headers.get("origin")
    if origin not in {None, f"{request.url.scheme}://{request.headers.get('host', '')}"}:
        raise ApiError(403, "This form came from another site.")
