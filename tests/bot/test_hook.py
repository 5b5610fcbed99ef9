"""A delivery on its own connection: what is held of it, and that an answer that is owed is given, whatever comes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from bot import hook as module
from bot.hook import Hook, HookProtocol, web_protocol
from bot.store import StoreError
from bot.webhook import Delivery, sign

SECRET = "sesame"


@dataclass(slots=True)
class Shelf:
    """Keeps deliveries when told to."""

    waiting: list[tuple[Delivery, "asyncio.Future[bool]"]] = field(default_factory=list)

    def __call__(self, delivery: Delivery, *, lane: str | None, looks: bool) -> "asyncio.Future[bool]":
        del lane, looks
        self.waiting.append((delivery, asyncio.get_running_loop().create_future()))
        return self.waiting[-1][1]


class Line(asyncio.Transport):
    """The bot's end of a connection; `told` is what it wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.told = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.closed
        self.told += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A connection and what stands behind it."""

    shelf: Shelf
    hook: Hook
    line: Line
    protocol: HookProtocol

    @property
    def held(self) -> int:
        return self.hook._held


@asynccontextmanager
async def calling() -> AsyncIterator[Call]:
    async def pages(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        raise AssertionError("no page was asked for")

    shelf, line = Shelf(), Line()
    hook = Hook([SECRET], shelf, headers={})
    config = uvicorn.Config(pages, log_config=None, lifespan="off")
    protocol = web_protocol(hook)(config, ServerState(), {})
    protocol.connection_made(line)
    yield Call(shelf=shelf, hook=hook, line=line, protocol=protocol)
    protocol.connection_lost(None)


def request(body: bytes, *, chunks: int | None = None) -> bytes:
    head = (
        "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nX-GitHub-Event: ping\r\nX-GitHub-Delivery: g-1\r\n"
        f"X-Hub-Signature-256: {sign(SECRET, body)}\r\n"
    ).encode()
    if chunks is None:
        return head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    parts = (body[start : start + chunks] for start in range(0, len(body), chunks))
    written = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return head + b"Transfer-Encoding: chunked\r\n\r\n" + written + b"0\r\n\r\n"


def run(act: Callable[[Call], Awaitable[None]]) -> None:
    async def main() -> None:
        async with calling() as call:
            await act(call)

    asyncio.run(main())


def test_what_is_read_is_held_until_it_is_whole() -> None:
    async def act(call: Call) -> None:
        whole = request(b"[1, 2]" + b" " * 1000)
        call.protocol.data_received(whole[:-500])
        assert call.held == 506
        call.protocol.data_received(whole[-500:])
        assert call.held == 0
        assert len(call.shelf.waiting) == 1

    run(act)


@pytest.mark.parametrize("chunks", [1, 7, 4096])
def test_a_body_in_chunks_of_any_size_is_put_together(chunks: int) -> None:
    body = b"[" + b"1, " * 3000 + b"1]"

    async def act(call: Call) -> None:
        for start in range(0, len(sent := request(body, chunks=chunks)), 5000):
            call.protocol.data_received(sent[start : start + 5000])
        ((delivery, kept),) = call.shelf.waiting
        assert delivery.body == body
        kept.set_result(True)
        await asyncio.sleep(0)
        assert call.line.told.startswith(b"HTTP/1.1 200 OK\r\n")
        assert not call.line.closed

    run(act)


def test_who_hangs_up_in_the_middle_of_a_body_holds_nothing_any_more() -> None:
    async def act(call: Call) -> None:
        call.protocol.data_received(request(b" " * 1000)[:-1])
        assert call.held == 999
        call.protocol.connection_lost(None)
        assert call.held == 0

    run(act)


def test_too_many_bodies_at_once_are_refused_and_the_next_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_HELD", 5000)

    async def act(call: Call) -> None:
        call.hook.hold(4500)  # by others
        call.protocol.data_received(request(b" " * 1000))
        assert call.line.told.startswith(b"HTTP/1.1 503 ")
        assert b"send it again later" in call.line.told
        assert call.line.closed
        assert call.held == 4500

    run(act)


def test_a_body_over_the_limit_is_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BODY", 5000)

    async def act(call: Call) -> None:
        call.protocol.data_received(request(b" " * 6000, chunks=100))
        assert call.line.told.startswith(b"HTTP/1.1 413 ")
        assert (call.line.closed, call.held, call.shelf.waiting) == (True, 0, [])

    run(act)


@pytest.mark.parametrize("behind", [b"\x00\x01 no request", b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000, request(b"{}")])
def test_an_answer_that_is_owed_is_given_whatever_comes_behind_its_delivery(behind: bytes) -> None:
    async def act(call: Call) -> None:
        call.protocol.data_received(request(b"{}"))
        call.protocol.data_received(behind)
        assert (call.line.told, call.line.closed) == (b"", False)
        call.shelf.waiting[0][1].set_result(True)
        await asyncio.sleep(0)
        assert call.line.told.startswith(b"HTTP/1.1 200 OK\r\n")
        assert call.line.told.count(b"HTTP/1.1 ") == 1
        assert b"connection: close\r\n" in call.line.told
        assert (call.line.closed, len(call.shelf.waiting)) == (True, 1)

    run(act)


def test_a_server_that_shuts_down_answers_what_it_keeps_before_it_closes() -> None:
    async def act(call: Call) -> None:
        call.protocol.data_received(request(b"{}"))
        call.protocol.shutdown()
        assert not call.line.closed
        call.shelf.waiting[0][1].set_result(False)
        await asyncio.sleep(0)
        assert call.line.told.endswith(b'{"message": "known already"}')
        assert call.line.closed

    run(act)


@pytest.mark.parametrize(("problem", "status"), [(StoreError("full"), 503), (ZeroDivisionError(), 500)])
def test_what_cannot_be_kept_is_not_acknowledged(problem: Exception, status: int) -> None:
    async def act(call: Call) -> None:
        call.protocol.data_received(request(b"{}"))
        call.shelf.waiting[0][1].set_exception(problem)
        await asyncio.sleep(0)
        assert call.line.told.startswith(b"HTTP/1.1 %d " % status)
        assert call.hook.answers == {status: 1}

    run(act)


def test_who_hung_up_before_the_answer_is_told_nothing() -> None:
    async def act(call: Call) -> None:
        call.protocol.data_received(request(b"{}"))
        call.line.close()
        call.shelf.waiting[0][1].set_result(True)
        await asyncio.sleep(0)
        assert call.line.told == b""

    run(act)


def test_blank_lines_on_a_connection_that_is_open_do_not_keep_it_so_for_ever() -> None:
    async def act(call: Call) -> None:
        call.protocol.data_received(request(b"{}"))
        call.shelf.waiting[0][1].set_result(True)
        await asyncio.sleep(0)
        call.protocol.data_received(b"\r\n")
        loop = asyncio.get_running_loop()
        clocks = [handle for handle in cast("list[asyncio.TimerHandle]", loop._scheduled) if not handle.cancelled()]  # type: ignore[attr-defined]
        assert len(clocks) == 1

    run(act)
