"""What a webhook request must be: what its headers say before the body is read, and then its signature."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

MAX_BODY = 25 * 1024 * 1024
"""Bytes; GitHub sends no larger payload (docs.github.com, "Webhook events and payloads")."""
MAX_DIGITS = len(str(MAX_BODY))

SIGNATURE = re.compile(rb"sha256=[0-9a-f]{64}")
GUID = re.compile(r"[0-9A-Za-z-]{1,64}")
OWN_EVENTS = "espalier_"
"""Prefix of the events that we send ourselves; the header is not under the signature, so none is taken from outside."""
EVENT = re.compile(r"[a-z0-9_]{1,64}")

Headers = Mapping[bytes, bytes]
"""Names in lower case, as ASGI gives them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event as it was sent; a redelivery has the same GUID."""

    guid: str
    event: str
    body: bytes


class RefusedDeliveryError(Exception):
    """The request is no delivery of ours; `status` is the HTTP answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def sign(secret: str, body: bytes) -> str:
    """Give the `X-Hub-Signature-256` value for a body."""
    return f"sha256={hmac.digest(secret.encode(), body, hashlib.sha256).hex()}"


class TooLargeError(RefusedDeliveryError):
    """The body is larger than any delivery."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the payload is larger than 25 MB")


def check_unread(headers: Headers) -> None:
    """Refuse what can be refused before a byte of the body is read: what is too large, or not signed at all.

    Raises:
        TooLargeError: if it says that it is too large.
        RefusedDeliveryError: 401 if it has no signature.
    """
    declared = headers.get(b"content-length", b"0")
    if not declared.isdigit() or len(declared) > MAX_DIGITS or int(declared) > MAX_BODY:
        raise TooLargeError
    if not SIGNATURE.fullmatch(headers.get(b"x-hub-signature-256", b"")):
        raise RefusedDeliveryError(HTTPStatus.UNAUTHORIZED, "X-Hub-Signature-256 is missing or malformed")


def verify(headers: Headers, body: bytes, *, secrets: Sequence[str]) -> Delivery:
    """Check size, signature and headers of a request, in this order, and give its delivery.

    Args:
        headers: The request's headers.
        body: The raw bytes, since parsing and writing JSON again would change them.
        secrets: The App's webhook secret, and the one before it while it is being replaced.

    Raises:
        TooLargeError: if it is.
        RefusedDeliveryError: 401 if not signed with a secret, 400 if headers are missing or odd.
    """
    if len(body) > MAX_BODY:
        raise TooLargeError
    given = headers.get(b"x-hub-signature-256", b"")
    if not any(hmac.compare_digest(given, sign(secret, body).encode()) for secret in secrets):
        raise RefusedDeliveryError(HTTPStatus.UNAUTHORIZED, "the signature does not match the webhook secret")
    guid = headers.get(b"x-github-delivery", b"").decode("latin-1")
    event = headers.get(b"x-github-event", b"").decode("latin-1")
    if not GUID.fullmatch(guid) or not EVENT.fullmatch(event) or event.startswith(OWN_EVENTS):
        raise RefusedDeliveryError(
            HTTPStatus.BAD_REQUEST, "X-GitHub-Delivery or X-GitHub-Event is missing or malformed"
        )
    return Delivery(guid=guid, event=event, body=body)
