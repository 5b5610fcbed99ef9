"""The courier: each webhook signed and sent once, and what came of it written down."""

import asyncio
import hashlib
import hmac
import time

import httpx

from forge.clock import stamp
from forge.records import App, Delivery
from forge.store import Store

TIMEOUT = 10.0
"""Seconds until GitHub gives a delivery up: docs.github.com, webhooks, best practices."""
AT_ONCE = 16
RESPONSE_CHARACTERS = 65_536


class HookCourier:
    """Sends deliveries from the server's event loop; takes them from any thread."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: httpx.AsyncClient | None = None
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begin to send, on the event loop that runs now."""
        self._loop = asyncio.get_running_loop()
        limits = httpx.Limits(max_keepalive_connections=AT_ONCE)
        self._client = httpx.AsyncClient(timeout=TIMEOUT, trust_env=False, limits=limits)

    async def stop(self) -> None:
        """Drop what is on its way and close the connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()

    def send(self, delivery: Delivery) -> None:
        """Take a delivery along.

        Raises:
            RuntimeError: if the courier was not started.
        """
        if self._loop is None:
            raise RuntimeError("the courier has not started")
        self._loop.call_soon_threadsafe(self._begin, delivery)

    def _begin(self, delivery: Delivery) -> None:
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        if self._client is None:
            return
        app = self._store.get(App, delivery.app_id)
        body = delivery.payload.encode()
        headers = sign(app, delivery, body)
        response_headers: dict[str, str] = {}
        response_body: str | None = None
        async with self._turns:
            started = time.monotonic()
            try:
                async with asyncio.timeout(TIMEOUT):
                    response = await self._client.post(delivery.url, content=body, headers=headers)
            except (TimeoutError, httpx.TimeoutException):
                status, code = "timed out", 504
            except (httpx.HTTPError, httpx.InvalidURL):
                status, code = "failed to connect to host", 502
            else:
                code = response.status_code
                status = "OK" if response.is_success else f"Invalid HTTP Response: {code}"
                response_headers = dict(response.headers)
                response_body = response.text[:RESPONSE_CHARACTERS]
            duration = round(time.monotonic() - started, 3)
        await asyncio.to_thread(
            self._store.change,
            Delivery,
            delivery.id,
            delivered_at=stamp(),
            duration=duration,
            status=status,
            status_code=code,
            request_headers=headers,
            response_headers=response_headers,
            response_body=response_body,
        )


def sign(app: App, delivery: Delivery, body: bytes) -> dict[str, str]:
    """Make the headers that GitHub sends with a webhook, signed with the App's secret."""
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": f"GitHub-Hookshot/{hashlib.sha256(str(app.id).encode()).hexdigest()[:7]}",
        "X-GitHub-Delivery": delivery.guid,
        "X-GitHub-Event": delivery.event,
        "X-GitHub-Hook-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-ID": str(app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
    }
    if app.hook_secret:
        secret = app.hook_secret.encode()
        headers["X-Hub-Signature"] = "sha1=" + hmac.digest(secret, body, "sha1").hex()
        headers["X-Hub-Signature-256"] = "sha256=" + hmac.digest(secret, body, "sha256").hex()
    return headers
