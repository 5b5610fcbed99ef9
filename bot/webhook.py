"""What a webhook request must be: bytes and headers to a Delivery, by its signature."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

MAX_BODY = 25 * 1024 * 1024
"""Bytes; GitHub sends no larger payload (docs.github.com, "Webhook events and payloads")."""

GUID = re.compile(r"[0-9A-Za-z-]{1,64}")
OWN_EVENTS = "espalier_"
"""Prefix of the events that we send ourselves; the header is not under the signature, so none is taken from outside."""
EVENT = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event as it was sent; a redelivery has the same GUID."""

    guid: str
    event: str
    body: bytes


class RefusedDeliveryError(Exception):
    """The request is no delivery of ours; `status` is the HTTP answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def sign(secret: str, body: bytes) -> str:
    """Give the `X-Hub-Signature-256` value for a body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(headers: Mapping[str, str], body: bytes, *, secret: str) -> Delivery:
    """Check size, signature and headers of a request, in this order, and give its delivery.

    Args:
        headers: Header names in lower case, as ASGI gives them.
        body: The raw bytes, since parsing and writing JSON again would change them.
        secret: The App's webhook secret.

    Raises:
        RefusedDeliveryError: 413 if too large, 401 if not signed with the secret, 400 if headers are missing.
    """
    if len(body) > MAX_BODY:
        raise RefusedDeliveryError(413, "the payload is larger than 25 MB")
    given = headers.get("x-hub-signature-256", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), sign(secret, body).encode()):
        raise RefusedDeliveryError(401, "the signature does not match the webhook secret")
    guid, event = headers.get("x-github-delivery", ""), headers.get("x-github-event", "")
    if not GUID.fullmatch(guid) or not EVENT.fullmatch(event) or event.startswith(OWN_EVENTS):
        raise RefusedDeliveryError(400, "X-GitHub-Delivery or X-GitHub-Event is missing")
    return Delivery(guid=guid, event=event, body=body)
