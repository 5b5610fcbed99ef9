"""An OpenAI-compatible chat server on loopback: it remembers what it was asked, and fails as such servers do."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Reply = Callable[[Sequence[dict[str, str]], int], str]


def echo(messages: Sequence[dict[str, str]], seed: int) -> str:  # noqa: ARG001 - as every Reply
    """Say the last message again."""
    return messages[-1]["content"]


@dataclass(slots=True, kw_only=True)
class ChatEndpoint:
    """A running server: its state can be read and changed by a test while it runs."""

    port: int = 0
    models: tuple[str, ...] = ("tiny",)
    key: str | None = None
    reply: Reply = echo
    longest: int | None = None
    """Characters of a prompt that still fit; longer ones are answered with 400."""
    retry_after: str | None = None
    """Header of answers that are not 200."""
    delay: float = 0.0
    """Seconds before each answer."""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    """Statuses with bodies that the next requests get, first to last, whatever they ask."""
    requests: list[dict[str, object]] = field(default_factory=list)
    """Bodies of all requests, in the order of their coming."""
    most_at_once: int = 0
    now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def answer(self, path: str, key: str | None, body: bytes) -> tuple[int, bytes]:
        """Decide what a request gets, and remember it."""
        try:
            asked = json.loads(body)
        except ValueError:
            return 400, error("the body is not JSON")
        with self.lock:
            self.requests.append(asked)
            if self.answers:
                return self.answers.pop(0)
        if self.key is not None and key != f"Bearer {self.key}":
            return 401, error("wrong key")
        if path != "/v1/chat/completions" or asked["model"] not in self.models:
            return 404, error(f"no model {asked['model']} at {path}")
        if self.longest is not None and sum(len(message["content"]) for message in asked["messages"]) > self.longest:
            return 400, error("maximum context length exceeded")
        return 200, completion(self.reply(asked["messages"], asked["seed"]))


def completion(text: str | None) -> bytes:
    """Write a chat completion as such servers do."""
    message = {"role": "assistant", "content": text}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return json.dumps({"id": "chatcmpl-1", "object": "chat.completion", "choices": [choice]}).encode()


def error(message: str) -> bytes:
    """Write an error as such servers do."""
    return json.dumps({"error": {"message": message, "type": "invalid_request_error"}}).encode()


class Server(ThreadingHTTPServer):
    """The HTTP server, with the state that its handler asks."""

    daemon_threads = True

    def __init__(self, state: ChatEndpoint) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.state = state


class Handler(BaseHTTPRequestHandler):
    """Passes requests on to the state."""

    server: Server
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def do_POST(self) -> None:
        state = self.server.state
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with state.lock:
            state.now += 1
            state.most_at_once = max(state.most_at_once, state.now)
        time.sleep(state.delay)
        status, content = state.answer(self.path, self.headers.get("Authorization"), body)
        with state.lock:
            state.now -= 1
        with suppress(ConnectionError):  # who asked may have gone
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status != 200 and state.retry_after is not None:
                self.send_header("Retry-After", state.retry_after)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)


@contextmanager
def chatting(state: ChatEndpoint) -> Iterator[ChatEndpoint]:
    """Serve until the block ends."""
    server = Server(state)
    state.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
