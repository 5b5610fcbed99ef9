"""The road between GitHub's courier and the bot: webhooks that come twice, late, in another order, or not at all."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

PASSED_ON = frozenset({
    "content-type", "user-agent", "x-github-delivery", "x-github-event", "x-github-hook-id",
    "x-github-hook-installation-target-id", "x-github-hook-installation-target-type",
    "x-hub-signature", "x-hub-signature-256",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What happens to webhooks on the road."""

    copies: int = 1
    """How often each is handed on."""
    delay: tuple[float, float] = (0.0, 0.0)
    """Seconds, the least and the most, before it is handed on; the courier is told at once that it was taken."""
    lost: float = 0.0
    """The share that the courier believes to have delivered, and that nobody ever sees."""
    refused: float = 0.0
    """The share that the courier is refused with 502; one that it brings again is let through."""


STRAIGHT = Way()
WAYS = {
    "duplicated": Way(copies=3),
    "delayed": Way(delay=(1.5, 1.5)),
    "shuffled": Way(delay=(0.0, 2.0)),
    "duplicated, delayed and shuffled": Way(copies=2, delay=(0.0, 2.0)),
    "refused": Way(refused=0.5),
    "lost": Way(lost=0.5),
}


@dataclass(slots=True, kw_only=True)
class Relay:
    """The road; `acknowledged` has the GUIDs of what the bot answered with 2xx, `met` those that something befell."""

    bot: str
    """Where the bot takes webhooks."""
    address: str = ""
    way: Way = STRAIGHT
    acknowledged: set[str] = field(default_factory=set)
    met: set[str] = field(default_factory=set)
    _random: random.Random
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=10, trust_env=False))
    _under_way: list[threading.Thread] = field(default_factory=list)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """Take a webhook from the courier; gives the status that the courier is told."""
        way, guid = self.way, headers["x-github-delivery"]
        if way == STRAIGHT:
            return self._hand_on(headers, body)
        fate = self._random.random()
        if fate < way.refused and guid not in self.met:
            self.met.add(guid)
            return 502
        self.met.add(guid)
        if fate < way.lost:
            return 202
        if way.delay == (0.0, 0.0):
            first, *_ = [self._hand_on(headers, body) for _ in range(way.copies)]
            return first
        for _ in range(way.copies):
            thread = threading.Thread(target=self._later, args=(self._random.uniform(*way.delay), headers, body))
            thread.start()
            self._under_way.append(thread)
        return 202

    def wait(self) -> None:
        """Wait until nothing is under way any more."""
        while self._under_way:
            self._under_way.pop().join()

    def close(self) -> None:
        self.wait()
        self._client.close()

    def _later(self, seconds: float, headers: dict[str, str], body: bytes) -> None:
        time.sleep(seconds)
        self._hand_on(headers, body)

    def _hand_on(self, headers: dict[str, str], body: bytes) -> int:
        try:
            answer = self._client.post(self.bot, content=body, headers=headers)
        except httpx.HTTPError:
            return 502
        if answer.is_success:
            self.acknowledged.add(headers["x-github-delivery"])
        return answer.status_code


@contextmanager
def relay(bot: str, *, seed: int = 0) -> Iterator[Relay]:
    """Open a road to the bot until the block ends.

    Args:
        bot: Where the bot takes webhooks.
        seed: Of what befalls them.
    """
    road = Relay(bot=bot, _random=random.Random(seed))  # noqa: S311 - the same fate each time is what is wanted

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            kept = {name.lower(): value for name, value in self.headers.items() if name.lower() in PASSED_ON}
            self.send_response(road.take(kept, body))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    road.address = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield road
    finally:
        server.shutdown()
        thread.join()
        road.close()
        server.server_close()
