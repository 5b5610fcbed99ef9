"""The route of webhooks, as bare ASGI: read within bounds, verified, kept, answered; nothing stands between."""

import json
import logging
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from starlette.types import Message, Receive, Scope, Send

from bot.store import StoreError
from bot.webhook import MAX_BODY, Delivery, RefusedDeliveryError, TooLargeError, check_unread, verify

log = logging.getLogger(__name__)

PATH = "/webhooks/github"
MAX_HELD = 128 * 1024 * 1024
"""Bytes of bodies that are being read, together: nobody without the secret fills the memory."""
QUIET_SECONDS = 10.0
"""Between two log lines on refusals of one kind; `/metrics` counts them all."""

KEPT = "kept"

Keep = Callable[[Delivery], Awaitable[str]]
"""Keeps a delivery on the disk and says what became of it: `kept`, `known already`, `ignored`."""


class GoneError(Exception):
    """The sender hung up before the body was whole."""


@dataclass(slots=True)
class _Quiet:
    """Refusals of one kind since the last line on them."""

    count: int = 0
    until: float = 0.0


class Hook:
    """The route of webhooks."""

    def __init__(self, secrets: Sequence[str], keep: Keep, *, headers: Mapping[str, str]) -> None:
        """Prepare the route.

        Args:
            secrets: The secrets that a delivery may be signed with.
            keep: Keeps a delivery; a ValueError says that its body is no JSON.
            headers: What every answer carries beside its own.
        """
        self._secrets = tuple(secrets)
        self._keep = keep
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._headers.append((b"content-type", b"application/json"))
        self._held = 0
        self._quiet: dict[HTTPStatus, _Quiet] = {}
        self._answers: dict[tuple[HTTPStatus, str, bool], tuple[Message, Message]] = {}
        self.answers: Counter[int] = Counter()
        """How many requests were answered with each status."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: 202 if it is kept, 200 if there is nothing to do, else a 4xx or 503 with its reason."""
        if scope["method"] != "POST":
            await self._refuse(send, HTTPStatus.METHOD_NOT_ALLOWED, "deliveries are sent by POST", close=True)
            return
        headers = dict(scope["headers"])
        unread = True
        try:
            check_unread(headers)
            body = await self._read(receive)
            unread = False
            message = await self._keep(verify(headers, body, secrets=self._secrets))
        except RefusedDeliveryError as refusal:
            await self._refuse(send, refusal.status, str(refusal), close=unread)
        except (ValueError, RecursionError):
            reason = "the body is not JSON: set the webhook's content type to application/json"
            await self._refuse(send, HTTPStatus.BAD_REQUEST, reason)
        except StoreError as error:
            log.warning("deliveries cannot be kept: %s", error)
            await self._refuse(send, HTTPStatus.SERVICE_UNAVAILABLE, "it cannot be kept now: send it again later")
        except GoneError:
            self._tell(HTTPStatus.REQUEST_TIMEOUT, "the sender hung up before its body was whole")
        else:
            await self._answer(send, HTTPStatus.ACCEPTED if message == KEPT else HTTPStatus.OK, message)

    async def _read(self, receive: Receive) -> bytes:
        """Read a body, and stop where it is larger than a delivery can be, or where all of them together are.

        Raises:
            RefusedDeliveryError: if too much is being read.
            TooLargeError: if it is larger than a delivery.
        """
        message = await receive()
        if not message.get("more_body") and message["type"] == "http.request":
            whole: bytes = message["body"]
            return whole
        parts: list[bytes] = []
        size = 0
        try:
            while True:
                part = _part(message)
                parts.append(part)
                size += len(part)
                self._held += len(part)
                if size > MAX_BODY:
                    raise TooLargeError
                if self._held > MAX_HELD:
                    raise RefusedDeliveryError(
                        HTTPStatus.SERVICE_UNAVAILABLE, "too many large deliveries arrive at once: send it again later"
                    )
                if not message.get("more_body"):
                    return b"".join(parts)
                message = await receive()
        finally:
            self._held -= size

    async def _refuse(self, send: Send, status: HTTPStatus, reason: str, *, close: bool = False) -> None:
        self._tell(status, reason)
        await self._answer(send, status, reason, close=close)

    async def _answer(self, send: Send, status: HTTPStatus, message: str, *, close: bool = False) -> None:
        self.answers[status] += 1
        for part in self._written(status, message, close=close):
            await send(part)

    def _written(self, status: HTTPStatus, message: str, *, close: bool) -> tuple[Message, Message]:
        """Write an answer, once for each that there is: they are few."""
        known = self._answers.get((status, message, close))
        if known is None:
            body = json.dumps({"message": message}).encode()
            headers = [*self._headers, (b"content-length", str(len(body)).encode())]
            if close:
                # The rest of a body that nobody reads is not waited for.
                headers.append((b"connection", b"close"))
            if status == HTTPStatus.METHOD_NOT_ALLOWED:
                headers.append((b"allow", b"POST"))
            start = {"type": "http.response.start", "status": status, "headers": headers}
            known = self._answers[status, message, close] = (start, {"type": "http.response.body", "body": body})
        return known

    def _tell(self, status: HTTPStatus, reason: str) -> None:
        """Log a refusal; of many within a short while only the first, so that strangers cannot fill a disk."""
        quiet = self._quiet.setdefault(status, _Quiet())
        quiet.count += 1
        if time.monotonic() < quiet.until:
            return
        log.warning("%d deliveries were refused with %d, the last because %s", quiet.count, status, reason)
        quiet.count, quiet.until = 0, time.monotonic() + QUIET_SECONDS


def _part(message: Message) -> bytes:
    if message["type"] != "http.request":
        raise GoneError
    part: bytes = message.get("body", b"")
    return part
