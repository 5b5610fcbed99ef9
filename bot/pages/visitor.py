"""Who looks at a page, what their browser keeps for us, and whether a form came from one of our pages."""

import secrets
import time
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import Request, Response

from bot.sessions import ENTRY_SECONDS, SESSION_SECONDS, Entry, Session, Sessions, local_path


class RefusedFormError(Exception):
    """A form is not acted on; the message tells the person what to do, and `status` is the HTTP answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Whoever looks at a page, as its template knows them."""

    login: str | None
    """None for somebody who has not signed in."""
    form_token: str
    can_sign_in: bool


STRANGER = Visitor(login=None, form_token="", can_sign_in=False)


class Cookies:
    """The cookies of a site at one address: kept from scripts and other sites, and to https where we have it."""

    def __init__(self, sessions: Sessions, address: str) -> None:
        self._sessions = sessions
        parts = urlsplit(address)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._secure = parts.scheme == "https"
        prefix = "__Host-" if self._secure else ""
        self._session, self._entry = f"{prefix}espalier", f"{prefix}espalier-entry"

    def session(self, request: Request) -> Session | None:
        """Read who signed in."""
        return self._sessions.open_session(request.cookies.get(self._session, ""), now=time.time())

    def visitor(self, request: Request) -> Visitor:
        """Read who looks."""
        session = self.session(request)
        if session is None:
            return Visitor(login=None, form_token="", can_sign_in=True)
        return Visitor(login=session.login, form_token=self._sessions.form_token(session), can_sign_in=True)

    def begin(self, response: Response, entry: Entry) -> None:
        """Remember that a sign-in is under way."""
        self._keep(response, self._entry, self._sessions.seal_entry(entry), seconds=ENTRY_SECONDS)

    def entry(self, request: Request, *, state: str) -> Entry | None:
        """Read the sign-in that GitHub's answer belongs to; None if it is not this browser's."""
        return self._sessions.open_entry(request.cookies.get(self._entry, ""), state=state, now=time.time())

    def sign_in(self, response: Response, login: str) -> None:
        """Remember who signed in."""
        session = Session(login=login, until=int(time.time()) + SESSION_SECONDS, id=secrets.token_urlsafe(12))
        self._keep(response, self._session, self._sessions.seal_session(session), seconds=SESSION_SECONDS)
        response.delete_cookie(self._entry, path="/", secure=self._secure, httponly=True)

    def sign_out(self, response: Response) -> None:
        """Forget who signed in."""
        response.delete_cookie(self._session, path="/", secure=self._secure, httponly=True)

    def own_form(self, request: Request, token: str) -> Session:
        """Let a form pass if somebody is signed in and it came from a page of ours that was shown to them.

        Raises:
            RefusedFormError: 401 if nobody is signed in, 403 if it came from elsewhere.
        """
        session = self.session(request)
        if session is None:
            raise RefusedFormError(HTTPStatus.UNAUTHORIZED, "Sign in first, and send this again then.")
        if request.headers.get("origin") != self._origin:
            # Another site, or ours by a name that is not its own (DNS rebinding).
            raise RefusedFormError(HTTPStatus.FORBIDDEN, f"Open this page under {self._origin}, and send it there.")
        if not self._sessions.owns(session, token):
            raise RefusedFormError(HTTPStatus.FORBIDDEN, "This page is too old: load it again, and send this then.")
        return session

    def _keep(self, response: Response, name: str, value: str, *, seconds: int) -> None:
        response.set_cookie(
            name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )  # fmt: skip


def new_entry(back: str) -> Entry:
    """Begin a sign-in that leads back to one of our pages."""
    return Entry(nonce=secrets.token_urlsafe(24), until=int(time.time()) + ENTRY_SECONDS, back=local_path(back))
