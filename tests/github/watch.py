"""How the contract is put where the traffic is: on an HTTP client, or around a whole application."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.github.contract import check_request, check_response
from tests.github.slices import API_PREFIX, ContractError

if TYPE_CHECKING:
    import httpx
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


def is_described(path: str) -> bool:
    """Say whether `path` belongs to the REST API, and not to git, the pages or the forge's own controls."""
    return path.startswith(f"{API_PREFIX}/")


def watch(client: httpx.Client, *, requests: bool = False) -> httpx.Client:
    """Have every REST response to `client` checked, and each request before it goes out if `requests`.

    The hooks raise ContractError out of the call that made the request. Starlette's TestClient is such a client too.
    """

    def on_request(request: httpx.Request) -> None:
        path = request.url.raw_path.decode().partition("?")[0]
        if is_described(path):
            check_request(request.method, path, request.url.query.decode(), request.read())

    def on_response(response: httpx.Response) -> None:
        path = response.request.url.raw_path.decode().partition("?")[0]
        if is_described(path):
            check_response(response.request.method, path, response.status_code, response.headers, response.read())

    if requests:
        client.event_hooks["request"].append(on_request)
    client.event_hooks["response"].append(on_response)
    return client


@dataclass(slots=True, kw_only=True)
class Watched:
    """An ASGI application around `app` that holds its REST traffic to the contract and keeps what was wrong.

    It suits a bot that talks to the forge over a socket with a client of its own: let the forge serve
    `Watched(app=forge_app)`, and assert at the end that `failures` is empty. A request that the forge itself refuses
    (status 400 and up) is not held against the client twice: only its response is checked.
    """

    app: ASGIApp
    requests: bool = True
    failures: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["raw_path"].decode() if scope.get("raw_path") else scope["path"]
        if not is_described(path):
            await self.app(scope, receive, send)
            return
        seen = _Exchange(method=scope["method"], path=path, query=scope["query_string"].decode())

        async def receiving() -> Message:
            message = await receive()
            if message["type"] == "http.request":
                seen.request += message.get("body", b"")
            return message

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                seen.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            elif message["type"] == "http.response.body":
                seen.response += message.get("body", b"")
            await send(message)

        await self.app(scope, receiving, sending)
        self.failures += seen.failures(requests=self.requests)


@dataclass(slots=True, kw_only=True)
class _Exchange:
    """One request and its response, as they pass."""

    method: str
    path: str
    query: str
    request: bytes = b""
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    response: bytes = b""

    def failures(self, *, requests: bool) -> list[str]:
        """List what departs from the contract."""
        found: list[str] = []
        accepted = 0 < self.status < 400
        try:
            if requests and accepted:
                check_request(self.method, self.path, self.query, self.request)
            check_response(self.method, self.path, self.status, self.headers, self.response)
        except ContractError as error:
            found.append(str(error))
        return found
