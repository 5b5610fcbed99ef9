"""How long and how large a request may be on the wire, whoever sends it: the bounds that the web server lacks."""

from asyncio import BaseTransport, TimerHandle, Transport
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SILENT_SECONDS = 10.0
"""Until a new connection sends the first byte of a request."""
REQUEST_SECONDS = 20.0
"""From a request's first byte to its last; GitHub itself gives a delivery up after 10 s."""
HEAD_BYTES = 64 * 1024
"""Request line and headers together; GitHub's take about 1 KiB."""
CONNECTIONS = 500
"""Open at once; further ones are answered with 503."""

LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, with an end to requests that arrive byte by byte (Slowloris) or have no end."""

    _patience: TimerHandle | None = None
    _head: int | None = None
    """Bytes that came since a request began whose headers are not whole; None outside of that."""
    _unfinished = False
    """Whether a request has begun and is not whole."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Wait for a request, for a while."""
        super().connection_made(cast("Transport", transport))
        self._wait(SILENT_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take bytes, and end a request whose headers are too long; one that is not whole gets its time."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self._end(LONG)
        if self._patience is None and (self._unfinished or not self.owes_answer()):
            self._wait(REQUEST_SECONDS)

    def on_message_begin(self) -> None:
        """Begin a request; most are whole with the bytes that begin them, and need no clock."""
        self._head = 0
        self._unfinished = True
        self._rest()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self.end_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the clock: how long the answer takes is up to us."""
        self.end_message()
        super().on_message_complete()

    def owes_answer(self) -> bool:
        """Tell whether a request is being answered: then it is up to us how long that takes."""
        return self.cycle is not None and not self.cycle.response_complete

    def end_head(self) -> None:
        """Count no more bytes: the headers are whole."""
        self._head = None

    def end_message(self) -> None:
        """Stop the clock: the request is whole, or its rest is not read."""
        self._unfinished = False
        self._rest()

    def _wait(self, seconds: float) -> None:
        self._rest()
        self._patience = self.loop.call_later(seconds, self._end, LATE)

    def _rest(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _end(self, answer: bytes) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete or not self.cycle.response_started:
            self.transport.write(answer)
        self.transport.close()
