"""A bad connection between bot and forge: an ASGI layer that breaks the bot's requests as GitHub and networks do.

It stands around the forge and is clear as glass until a test gives it a `plan`. Only what the bot asks is broken; the
people of a test and git are let through.
"""

import asyncio
import json
import random
import re
import socket
import struct
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from tests.github.slices import API_PREFIX

BOT = b"espalier"
"""The bot's User-Agent."""
READS = frozenset({"GET"})
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
LISTS = re.compile(r"/repos/[^/]+/[^/]+/(.*/)?(comments|check-runs|labels|reactions|pulls|reviews)$")
"""What GitHub may answer from a replica that is a moment behind."""
PULL = re.compile(r"/repos/[^/]+/[^/]+/pulls/\d+$")
MOMENT = 30.0
"""Seconds that a stale list may be old."""
DOCUMENTATION = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request of the bot's, as a plan sees it."""

    verb: str
    path: str
    authorization: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One way for a request to go wrong."""

    name: str
    verbs: frozenset[str] = READS | WRITES
    paths: re.Pattern[str] = re.compile("")
    after: bool = False
    """Whether the forge has done what was asked when it goes wrong."""
    status: int = 0
    """Answered in place of the forge; 0 leaves its answer."""
    message: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    reset_in: int | None = None
    """Seconds until a primary limit is over, which its headers say as a time."""
    seconds: float = 0.0
    """Pass before anything is answered."""
    reset: bool = False
    """The connection is reset."""
    silent: bool = False
    """No answer ever comes; the bot has to give up waiting."""
    stale: bool = False
    """The answer is the one of a moment ago."""
    unsure: bool = False
    """GitHub does not know yet whether the pull request can be merged."""
    expired: bool = False
    """The token that was used ends here: it is refused from now on."""
    also: Callable[[], None] | None = None
    """What else happens at that point."""

    def fits(self, asked: Asked) -> bool:
        """Say whether a request can go wrong in this way."""
        if self.expired and not asked.authorization.split(" ")[-1].startswith("ghs_"):
            return False
        return asked.verb in self.verbs and self.paths.search(asked.path) is not None


def _limited(name: str, status: int, *, wait: int | None, primary: bool) -> Fault:
    """Refuse as GitHub's limits do: docs.github.com, rate limits for the REST API."""
    if primary:
        return Fault(name=name, status=status, message="API rate limit exceeded for installation ID 1.", reset_in=wait)
    said = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Fault(name=name, status=status, message=said, headers={} if wait is None else {"retry-after": str(wait)})


FAULTS = {
    fault.name: fault
    for fault in (
        Fault(name="server error before the act", status=502, message="Server Error"),
        Fault(name="server error after the act", status=502, message="Server Error", after=True),
        Fault(name="unavailable", status=503, message="Service Unavailable", headers={"retry-after": "1"}),
        Fault(name="reset before the act", reset=True),
        Fault(name="reset after the act", reset=True, after=True),
        Fault(name="slow answer", seconds=2.0, after=True),
        Fault(name="no answer", silent=True),
        Fault(name="no answer after the act", silent=True, after=True, verbs=WRITES),
        _limited("primary limit with 403", 403, wait=1, primary=True),
        _limited("primary limit with 429", 429, wait=1, primary=True),
        _limited("secondary limit with 403 and Retry-After", 403, wait=1, primary=False),
        _limited("secondary limit with 429 and Retry-After", 429, wait=1, primary=False),
        _limited("secondary limit with 403", 403, wait=None, primary=False),
        _limited("secondary limit with 429", 429, wait=None, primary=False),
        Fault(name="stale list", verbs=READS, paths=LISTS, stale=True),
        Fault(name="mergeable not known", verbs=READS, paths=PULL, unsure=True),
        Fault(name="expired token", status=401, message="Bad credentials", expired=True),
    )
}


class Planner(Protocol):
    """Whoever decides what goes wrong."""

    def choose(self, asked: Asked) -> Fault | None:
        """Choose a fault for a request, or none."""


class Plan:
    """Faults at random by a seed, bounded in number and never for ever on the same request.

    The same seed gives the same faults to the same order of requests; threads of the bot may change that order.
    """

    def __init__(
        self, *kinds: str | Fault, seed: int, share: float = 0.3, writes: float = 0.6, most: int = 12, in_a_row: int = 2
    ) -> None:
        """Choose the kinds, by name or as they are.

        Args:
            kinds: What may go wrong.
            seed: Of the choice.
            share: Of the reads that go wrong.
            writes: Of the writes that go wrong.
            most: Faults altogether.
            in_a_row: Faults that the same request meets one after the other, at most.
        """
        self._kinds = [FAULTS[kind] if isinstance(kind, str) else kind for kind in kinds]
        self._random = random.Random(seed)  # noqa: S311 - the same faults each time are what is wanted
        self._shares = {True: writes, False: share}
        self._left = most
        self._in_a_row = in_a_row
        self._row: Counter[tuple[str, str]] = Counter()

    def choose(self, asked: Asked) -> Fault | None:
        """Choose a fault for a request, or none."""
        key = asked.verb, asked.path
        fitting = [fault for fault in self._kinds if fault.fits(asked)]
        spared = self._left <= 0 or self._row[key] >= self._in_a_row
        if not fitting or spared or self._random.random() >= self._shares[asked.verb in WRITES]:
            self._row[key] = 0
            return None
        self._left -= 1
        self._row[key] += 1
        return self._random.choice(fitting)


class Lines:
    """The open connections of a server, by who is at the other end: what an ASGI application cannot reset itself."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def protocol(self) -> type[asyncio.Protocol]:
        """Give the protocol that the server has to be run with."""
        lines = self._open

        class Line(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
            def connection_made(self, transport: asyncio.Transport) -> None:
                self.peer = tuple(transport.get_extra_info("peername")[:2])
                lines[self.peer] = transport
                super().connection_made(transport)

            def connection_lost(self, exc: Exception | None) -> None:
                lines.pop(self.peer, None)
                super().connection_lost(exc)

        return Line

    def reset(self, peer: tuple[str, int]) -> None:
        """Reset a connection: the other end sees RST, and not the end of a stream."""
        transport = self._open.get(peer)
        if transport is None:
            return
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()


@dataclass(slots=True, kw_only=True)
class _Answer:
    """An answer of the forge, kept."""

    at: float = 0.0
    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def collect(self, message: Message) -> None:
        """Take the place of `send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    async def send(self, send: Send) -> None:
        headers = [(name, value) for name, value in self.headers if name.lower() != b"content-length"]
        if self.status != 204:
            headers.append((b"content-length", str(len(self.body)).encode()))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


@dataclass(slots=True, kw_only=True)
class Faults:
    """The layer; `met` counts what went wrong, `done` lists the writes that the forge carried out for the bot."""

    app: ASGIApp
    lines: Lines
    plan: Planner | None = None
    met: Counter[str] = field(default_factory=Counter)
    done: list[tuple[str, str, object]] = field(default_factory=list)
    _kept: dict[str, _Answer] = field(default_factory=dict)
    _dead: set[str] = field(default_factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_bot(scope):
            await self.app(scope, receive, send)
            return
        asked = _asked(scope)
        body = await _read(receive)
        if asked.authorization in self._dead:
            await self._refuse(FAULTS["expired token"], scope, send)
            return
        fault = self.plan.choose(asked) if self.plan is not None else None
        if fault is not None:
            self.met[fault.name] += 1
        await self._answer(fault or Fault(name=""), asked, scope, body, receive, send)

    async def _answer(
        self, fault: Fault, asked: Asked, scope: Scope, body: bytes, receive: Receive, send: Send
    ) -> None:
        replaced = fault.status or fault.reset or fault.silent
        if replaced and not fault.after:
            await self._break(fault, asked, scope, receive, send)
            return
        if fault.also is not None and not fault.after:
            fault.also()
        kept = self._kept.get(_url(scope)) if fault.stale else None
        if kept is not None and time.monotonic() - kept.at < MOMENT:
            await kept.send(send)
            return
        answer = await self._ask(asked, scope, body)
        if replaced:
            await self._break(fault, asked, scope, receive, send)
            return
        if fault.also is not None and fault.after:
            fault.also()
        await asyncio.sleep(fault.seconds)
        if fault.unsure and answer.status == 200:
            answer.body = _unsure(answer.body)
        await answer.send(send)

    async def _ask(self, asked: Asked, scope: Scope, body: bytes) -> _Answer:
        """Have the forge do it, and keep what may be asked for again."""
        answer = _Answer(at=time.monotonic())
        await self.app(scope, _giving(body), answer.collect)
        if asked.verb in READS and answer.status == 200 and LISTS.search(asked.path):
            self._kept[_url(scope)] = answer
        if asked.verb in WRITES and answer.status < 400:
            self.done.append((asked.verb, asked.path, json.loads(body) if body else None))
        return answer

    async def _break(self, fault: Fault, asked: Asked, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.also is not None:
            fault.also()
        await asyncio.sleep(fault.seconds)
        if fault.expired:
            self._dead.add(asked.authorization)
        if fault.reset:
            self.lines.reset(tuple(scope["client"][:2]))
        if fault.reset or fault.silent:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await self._refuse(fault, scope, send)

    async def _refuse(self, fault: Fault, scope: Scope, send: Send) -> None:
        """Answer as GitHub does when it is not the API that answers, or when it has had enough."""
        limit = fault.reset_in is not None
        headers = {
            "content-type": "application/json; charset=utf-8",
            "x-github-request-id": "FA17:1",
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "0" if limit else "4000",
            "x-ratelimit-used": "5000" if limit else "1000",
            "x-ratelimit-reset": str(int(time.time()) + (fault.reset_in or 3000)),
            "x-ratelimit-resource": "core",
            **fault.headers,
        }
        said = {"message": fault.message, "documentation_url": DOCUMENTATION, "status": str(fault.status)}
        answer = _Answer(
            status=fault.status,
            headers=[(name.encode(), value.encode()) for name, value in headers.items()],
            body=b"" if scope["method"] == "HEAD" else json.dumps(said).encode(),
        )
        await answer.send(send)


def _is_bot(scope: Scope) -> bool:
    agent = next((value for name, value in scope["headers"] if name.lower() == b"user-agent"), b"")
    return agent == BOT and scope["path"].startswith(f"{API_PREFIX}/")


def _asked(scope: Scope) -> Asked:
    authorization = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
    return Asked(
        verb=scope["method"], path=scope["path"].removeprefix(API_PREFIX), authorization=authorization.decode()
    )


def _url(scope: Scope) -> str:
    return f"{scope['path']}?{scope['query_string'].decode()}"


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            return body


def _giving(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _unsure(body: bytes) -> bytes:
    told = json.loads(body)
    return json.dumps({**told, "mergeable": None, "mergeable_state": "unknown", "rebaseable": None}).encode()


def only(fault: str, *, verb: str, path: str) -> Fault:
    """Give a fault that fits certain requests alone."""
    return replace(FAULTS[fault], verbs=frozenset({verb}), paths=re.compile(path))


class Nth:
    """A fault at the nth request of those that it fits, once: for a test that knows where to look."""

    def __init__(self, fault: Fault, *, nth: int = 1) -> None:
        self._fault = fault
        self._left = nth

    def choose(self, asked: Asked) -> Fault | None:
        """Choose the fault at its turn."""
        if self._fault.fits(asked):
            self._left -= 1
            return self._fault if self._left == 0 else None
        return None
