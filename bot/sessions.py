"""Who signed in, as a signed cookie says it, and what goes with that: a form's token, a sign-in under way; no I/O."""

import base64
import hashlib
import hmac
import json
import re
from dataclasses import dataclass

SESSION_SECONDS = 8 * 3600
"""A working day. It says who somebody is and no more: what they may is asked of GitHub at each act."""
ENTRY_SECONDS = 600
"""From the link to GitHub until the return from there; GitHub's code lives as long."""
LOCAL_PATH = re.compile(r"/(?![/\\])[\x21-\x7e]*")
"""A path of ours: an address that starts with two slashes, or a backslash, is somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser whose user GitHub has named."""

    login: str
    until: int
    """Seconds since 1970."""
    id: str
    """Made by chance, so that no two sessions have a form's token in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A sign-in under way."""

    nonce: str
    until: int
    back: str
    """The page that it started from."""


class Sessions:
    """Writes and reads what a browser keeps for us.

    The key is made of the App's client secret: every replica has it, nothing is stored, and a new client secret signs
    everybody out.
    """

    def __init__(self, client_secret: str) -> None:
        self._key = hmac.digest(client_secret.encode(), b"espalier pages", hashlib.sha256)

    def seal_session(self, session: Session) -> str:
        """Write a session as a cookie's value."""
        return self._seal("session", [session.login, session.until, session.id])

    def open_session(self, value: str, *, now: float) -> Session | None:
        """Read a session; None for one that is over, or that we did not write."""
        match self._open("session", value):
            case [str(login), int(until), str(chance)] if until > now:
                return Session(login=login, until=until, id=chance)
        return None

    def form_token(self, session: Session) -> str:
        """Give what every form of a session carries: no other site can know it."""
        # In hexadecimal it never looks like a secret, which a page would not show.
        return hmac.digest(self._key, f"form\0{session.id}".encode(), hashlib.sha256).hex()

    def owns(self, session: Session, token: str) -> bool:
        """Tell whether a form's token is the session's."""
        return hmac.compare_digest(self.form_token(session).encode(), token.encode())

    def seal_entry(self, entry: Entry) -> str:
        """Write a sign-in under way as a cookie's value."""
        return self._seal("entry", [entry.nonce, entry.until, entry.back])

    def open_entry(self, value: str, *, state: str, now: float) -> Entry | None:
        """Read a sign-in under way; None if it is over, or GitHub's answer belongs to another browser's."""
        match self._open("entry", value):
            case [str(nonce), int(until), str(back)] if until > now:
                entry = Entry(nonce=nonce, until=until, back=back)
                return entry if hmac.compare_digest(self.state(entry).encode(), state.encode()) else None
        return None

    def state(self, entry: Entry) -> str:
        """Give the `state` that GitHub sends back (RFC 6749, 10.12)."""
        return self._mark("state", entry.nonce)

    def verifier(self, entry: Entry) -> str:
        """Give the code verifier (RFC 7636): never in the browser, and the same on every replica."""
        return self._mark("verifier", entry.nonce)

    def challenge(self, entry: Entry) -> str:
        """Give the S256 challenge of the verifier."""
        return _text(hashlib.sha256(self.verifier(entry).encode()).digest())

    def _mark(self, purpose: str, text: str) -> str:
        return _text(hmac.digest(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256))

    def _seal(self, purpose: str, fields: list[str | int]) -> str:
        body = _text(json.dumps(fields).encode())
        return f"{body}.{self._mark(purpose, body)}"

    def _open(self, purpose: str, value: str) -> object:
        body, _, mark = value.partition(".")
        if not hmac.compare_digest(self._mark(purpose, body).encode(), mark.encode()):
            return None
        fields: object = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return fields


def local_path(path: str) -> str:
    """Give a path of ours to lead back to; the front page for anything else."""
    return path if LOCAL_PATH.fullmatch(path) else "/"


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")
