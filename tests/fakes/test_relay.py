"""The road between courier and bot does to webhooks what it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

from tests.fakes.relay import WAYS, Relay, Way, relay


@contextmanager
def bot() -> Iterator[tuple[Relay, list[str]]]:
    """Run something that takes webhooks and notes their bodies."""
    taken: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["content-length"])).decode())
            assert self.headers["x-hub-signature-256"] == "sha256=00"
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        with relay(f"http://127.0.0.1:{server.server_address[1]}/") as road:
            yield road, taken
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(road: Relay, *names: str) -> list[int]:
    headers = {"x-hub-signature-256": "sha256=00"}
    return [
        httpx.post(
            road.address, content=name, headers={**headers, "x-github-delivery": name}, trust_env=False
        ).status_code
        for name in names
    ]


def test_a_straight_road_hands_on_and_tells_what_the_bot_said() -> None:
    with bot() as (road, taken):
        assert send(road, "a", "b") == [202, 202]
        assert taken == ["a", "b"]
        assert road.acknowledged == {"a", "b"}
        road.bot = "http://127.0.0.1:9/"
        assert send(road, "c") == [502]
        assert road.acknowledged == {"a", "b"}


def test_webhooks_come_several_times_and_in_another_order() -> None:
    with bot() as (road, taken):
        road.way = WAYS["duplicated"]
        assert send(road, "a") == [202]
        assert taken == ["a"] * 3
        road.way = Way(delay=(0.0, 0.5))
        names = [str(number) for number in range(20)]
        send(road, *names)
        road.wait()
        assert taken[3:] != names
        assert sorted(taken[3:]) == sorted(names)


def test_webhooks_are_lost_or_refused_and_taken_when_they_come_again() -> None:
    with bot() as (road, taken):
        road.way = Way(lost=1.0)
        assert send(road, "a") == [202]
        road.way = Way(refused=1.0)
        assert send(road, "b", "b") == [502, 202]
        assert taken == ["b"]
        assert road.met == {"a", "b"}
