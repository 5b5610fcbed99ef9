"""The route of webhooks: read within bounds, verified, kept, answered; nothing stands between it and the connection."""

import asyncio
import json
import logging
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import ClassVar, Protocol

import httptools

from bot.connections import CONNECTIONS, BoundedProtocol
from bot.events import lane_of, only_looks, parse
from bot.store import StoreError
from bot.webhook import MAX_BODY, Delivery, Headers, RefusedDeliveryError, TooLargeError, check_unread, verify

log = logging.getLogger(__name__)

PATH = b"/webhooks/github"
MAX_HELD = 128 * 1024 * 1024
"""Bytes of bodies that are being read, together: nobody without the secret fills the memory."""
QUIET_SECONDS = 10.0
"""Between two log lines on refusals of one kind; `/metrics` counts them all."""

NO_JSON = "the body is not JSON: set the webhook's content type to application/json"
GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"


class Keep(Protocol):
    """Keeps a delivery."""

    def __call__(self, delivery: Delivery, *, lane: str | None, looks: bool) -> asyncio.Future[bool]:
        """Give what is done once it is on the disk, and tells whether it was new; see `Intake.keep`."""


@dataclass(slots=True)
class _Quiet:
    """Refusals of one kind since the last line on them."""

    count: int = 0
    until: float = 0.0


class Hook:
    """What the connections have in common: how a delivery is taken in, and what is told of it."""

    def __init__(self, secrets: Sequence[str], keep: Keep, *, headers: Mapping[str, str]) -> None:
        """Prepare the route.

        Args:
            secrets: The secrets that a delivery may be signed with.
            keep: Keeps a delivery.
            headers: What every answer carries beside its own.
        """
        self._secrets = tuple(secrets)
        self._keep = keep
        self._headers = {**headers, "content-type": "application/json"}
        self._quiet: dict[HTTPStatus, _Quiet] = {}
        self._written: dict[tuple[HTTPStatus, str, bool], tuple[bytes, bytes]] = {}
        self._held = 0
        self.answers: Counter[int] = Counter()
        """How many requests were answered with each status."""

    def take(self, headers: Headers, body: bytes) -> tuple[asyncio.Future[bool], bool]:
        """Verify a delivery and begin to keep it; give what `Keep` gives, and whether it is of concern.

        Raises:
            RefusedDeliveryError: if it is none of ours, or its body no JSON.
        """
        delivery = verify(headers, body, secrets=self._secrets)
        try:
            event = parse(delivery)
        except (ValueError, RecursionError) as error:
            raise RefusedDeliveryError(HTTPStatus.BAD_REQUEST, NO_JSON) from error
        lane = None if event is None else lane_of(event)
        return self._keep(delivery, lane=lane, looks=only_looks(event)), lane is not None

    def answer(self, status: HTTPStatus, message: str, *, lasting: bool) -> tuple[bytes, bytes]:
        """Count an answer, and write it: what comes before the server's own headers, and what comes behind them.

        Args:
            status: The status.
            message: What its body says.
            lasting: Whether the connection stays open.
        """
        self.answers[status] += 1
        known = self._written.get((status, message, lasting))
        if known is None:  # there are few
            body = json.dumps({"message": message}).encode()
            headers = {**self._headers, "content-length": str(len(body))}
            if not lasting:
                headers["connection"] = "close"
            lines = [f"HTTP/1.1 {status.value} {status.phrase}", *(f"{name}: {text}" for name, text in headers.items())]
            known = "\r\n".join([*lines, ""]).encode(), b"\r\n" + body
            self._written[status, message, lasting] = known
        return known

    def hold(self, size: int) -> bool:
        """Count bytes of a body that is being read; False if all of them together are too many."""
        self._held += size
        return self._held <= MAX_HELD

    def let_go(self, size: int) -> None:
        """Count them no more."""
        self._held -= size

    def tell(self, status: HTTPStatus, reason: str) -> None:
        """Log a refusal; of many within a short while only the first, so that strangers cannot fill a disk."""
        quiet = self._quiet.setdefault(status, _Quiet())
        quiet.count += 1
        if time.monotonic() < quiet.until:
            return
        log.warning("%d deliveries were refused with %d, the last because %s", quiet.count, status, reason)
        quiet.count, quiet.until = 0, time.monotonic() + QUIET_SECONDS


@dataclass(slots=True, kw_only=True)
class _Request:
    """A delivery that is being read, or whose answer is awaited."""

    headers: Headers
    lasting: bool
    """Whether the connection stays open after its answer."""
    body: bytes | bytearray = b""
    """What was read of it; empty once it is whole and taken in."""
    whole: bool = False


class HookProtocol(BoundedProtocol):
    """HTTP in which a delivery is answered by its own connection; whatever else is asked for goes to the pages.

    The way of the pages, by ASGI, would take a third more CPU for a delivery. One is answered after the other: what
    comes behind a delivery that is not yet answered, or behind a refusal, is not heard, and the connection closes.
    """

    hook: ClassVar[Hook]

    _request: _Request | None = None
    _deaf = False
    """Whether nothing is heard any more, since the connection closes after the answer that is awaited."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of what was read of a delivery."""
        request, self._request = self._request, None
        if request is not None and not request.whole:
            self.hook.let_go(len(request.body))
            self.hook.tell(HTTPStatus.REQUEST_TIMEOUT, "the connection ended before the body was whole")
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless the connection is about to close."""
        if not self._deaf:
            super().data_received(data)

    def owes_answer(self) -> bool:
        """Tell whether a request is being answered."""
        return self._request is not None or super().owes_answer()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP; behind a delivery that is not yet answered it is not heard."""
        if self._request is not None and self._request.whole:
            self._close_after(self._request)
        else:
            super().send_400_response(msg)

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._request is not None:
            self._close_after(self._request)
        if not self._deaf:
            super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Refuse what can be refused before a byte of the body is read."""
        if self._deaf:
            return
        here = self.url == PATH or httptools.parse_url(self.url).path == PATH
        if not here or self.parser.get_method() != b"POST" or len(self.connections) >= CONNECTIONS:
            super().on_headers_complete()
            return
        self.end_head()
        if super().owes_answer():  # a page's
            self.end_message()
            self.cycle.keep_alive, self._deaf = False, True
            return
        lasting = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        request = self._request = _Request(headers=dict(self.headers), lasting=lasting)
        try:
            check_unread(request.headers)
        except RefusedDeliveryError as refusal:
            self._refuse_unread(request, refusal)
        else:
            if self.expect_100_continue:
                self.transport.write(GO_ON)

    def on_body(self, body: bytes) -> None:
        """Read a part of a body, and stop where it is larger than a delivery, or all of them together too large."""
        if self._deaf:
            return
        request = self._request
        if request is None:
            super().on_body(body)
            return
        if not request.body:
            request.body = body
        elif isinstance(request.body, bytes):
            request.body = bytearray(request.body)
            request.body += body
        else:
            request.body += body
        fits = self.hook.hold(len(body))
        if len(request.body) > MAX_BODY:
            self._refuse_unread(request, TooLargeError())
        elif not fits:
            reason = "too many large deliveries arrive at once: send it again later"
            self._refuse_unread(request, RefusedDeliveryError(HTTPStatus.SERVICE_UNAVAILABLE, reason))

    def on_message_complete(self) -> None:
        """Take in a delivery that is whole."""
        if self._deaf:
            return
        request = self._request
        if request is None:
            super().on_message_complete()
            return
        self.end_message()
        body = self._end_body(request)
        try:
            kept, concerns = self.hook.take(request.headers, body)
        except RefusedDeliveryError as refusal:
            self._refuse(request, refusal.status, str(refusal))
        except Exception:
            log.exception("a delivery could not be taken in")
            self._refuse(request, HTTPStatus.INTERNAL_SERVER_ERROR, "it cannot be kept")
        else:
            kept.add_done_callback(partial(self._answer_kept, request, concerns=concerns))

    def shutdown(self) -> None:
        """Close after the answer that is awaited."""
        if self._request is None:
            super().shutdown()
        else:
            self._close_after(self._request)

    def _close_after(self, request: _Request) -> None:
        request.lasting, self._deaf = False, True

    def _end_body(self, request: _Request) -> bytes:
        """Give a body away: nothing of it is held any more."""
        body, request.body, request.whole = bytes(request.body), b"", True
        self.hook.let_go(len(body))
        return body

    def _answer_kept(self, request: _Request, kept: asyncio.Future[bool], *, concerns: bool) -> None:
        problem = kept.exception()
        if isinstance(problem, StoreError):
            log.warning("deliveries cannot be kept: %s", problem)
            self._refuse(request, HTTPStatus.SERVICE_UNAVAILABLE, "it cannot be kept now: send it again later")
        elif problem is not None:
            self._refuse(request, HTTPStatus.INTERNAL_SERVER_ERROR, "it cannot be kept")
        elif not kept.result():
            self._answer(request, HTTPStatus.OK, "known already")
        elif concerns:
            self._answer(request, HTTPStatus.ACCEPTED, "kept")
        else:
            self._answer(request, HTTPStatus.OK, "ignored")

    def _refuse_unread(self, request: _Request, refusal: RefusedDeliveryError) -> None:
        """Refuse a request whose rest nobody reads."""
        self._end_body(request)
        self.end_message()
        self._refuse(request, refusal.status, str(refusal))

    def _refuse(self, request: _Request, status: HTTPStatus, reason: str) -> None:
        """Refuse, and close: a stranger gets one answer for a connection, whether they read it or not."""
        self.hook.tell(status, reason)
        self._close_after(request)
        self._answer(request, status, reason)

    def _answer(self, request: _Request, status: HTTPStatus, message: str) -> None:
        self._request = None
        if self.transport.is_closing():
            return  # the sender has hung up
        before, behind = self.hook.answer(status, message, lasting=request.lasting)
        dated = [b"%s: %s\r\n" % header for header in self.server_state.default_headers]
        self.transport.write(b"".join((before, *dated, behind)))
        if request.lasting:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        else:
            self.transport.close()


def web_protocol(hook: Hook) -> type[HookProtocol]:
    """Give the protocol of a server whose deliveries go to a hook."""
    return type("WebProtocol", (HookProtocol,), {"hook": hook})
