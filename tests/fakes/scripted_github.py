"""A GitHub that answers what a test wrote down, and remembers what it was asked: for what no forge would do."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bot.events import Place
from bot.github_api import GitHubApp
from bot.settings import read_settings
from tests.bot.world import private_key
from tests.github.contract import check_request
from tests.github.slices import ContractError

PLACE = Place(repository="orchard/taxonomy", installation=5)
KEY = private_key()
LATER = "2999-01-01T00:00:00Z"


Answer = tuple[int, dict[str, str], object]


@dataclass(slots=True)
class Script:
    """What the server was asked, and what it answers next: status, headers and body by method and path."""

    asked: list[tuple[str, str, object]] = field(default_factory=list)
    answers: dict[tuple[str, str], list[Answer]] = field(default_factory=dict)
    held: dict[tuple[str, str], threading.Event] = field(default_factory=dict)
    """What an answer waits for, by method and path."""
    connections: set[tuple[str, int]] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    """Requests that GitHub does not describe."""

    def count(self, verb: str, path: str) -> int:
        return sum(1 for asked in self.asked if asked[:2] == (verb, path))


@contextmanager
def github(script: Script) -> Iterator[GitHubApp]:
    """Serve a script until the block ends; then all requests must have been ones that GitHub describes.

    Raises:
        AssertionError: if one was not.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length") or 0))
            path = self.path.removeprefix("/api/v3")
            script.connections.add((self.client_address[0], self.client_address[1]))
            script.asked.append((self.command, path, json.loads(text) if text else None))
            try:
                check_request(self.command, *_parted(path), text)
            except ContractError as error:
                script.failures.append(str(error))
            if (self.command, path) in script.held:
                script.held[self.command, path].wait(30)
            queue = script.answers.get((self.command, path), [])
            status, headers, body = queue.pop(0) if queue else (404, {}, {"message": "Not Found"})
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in {
                **headers,
                "content-type": "application/json",
                "content-length": str(len(data)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    script.answers.setdefault(("GET", "/app"), []).append((200, {}, {"id": 7, "slug": "espalier"}))
    for _ in range(4):
        token = {"token": f"ghs_{len(script.answers)}_eyJ.x", "expires_at": LATER}
        script.answers.setdefault(("POST", "/app/installations/5/access_tokens"), []).append((201, {}, token))
    app = GitHubApp(
        read_settings({
            "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
            "ESPALIER_GITHUB_API_URL": f"http://127.0.0.1:{server.server_address[1]}/api/v3",
        })
    )  # fmt: skip
    try:
        yield app
    finally:
        app.close()
        server.shutdown()
        thread.join()
        server.server_close()
    if script.failures:
        raise AssertionError("\n".join(script.failures))


def _parted(path: str) -> tuple[str, str]:
    plain, _, query = path.partition("?")
    return plain, query
