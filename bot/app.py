"""The web side: webhooks in, health and numbers out, and the pages; strict headers on every answer."""

import logging
from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.context import Bot, receive
from bot.metrics import Pulse, metrics_text
from bot.pages.routes import page_routes
from bot.webhook import MAX_BODY, RefusedDeliveryError, verify

log = logging.getLogger(__name__)

HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self';"
    " img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


def create_app(bot: Bot, pulse: Callable[[], Pulse], announced: Callable[[], None]) -> FastAPI:
    """Put the routes together.

    Args:
        bot: The running bot.
        pulse: Tells how its threads do.
        announced: Called after a delivery was kept, so that a worker takes it at once.
    """
    app = FastAPI(title="Espalier", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(SecurityHeaders)

    @app.post("/webhooks/github")
    async def webhook(request: Request) -> Response:
        try:
            body = await _read(request)
            delivery = verify(request.headers, body, secret=bot.settings.webhook_secret)
            kept = await run_in_threadpool(receive, bot, delivery)
        except RefusedDeliveryError as refusal:
            log.warning("a delivery was refused: %s", refusal)
            return JSONResponse({"message": str(refusal)}, status_code=refusal.status)
        except (ValueError, RecursionError):
            return JSONResponse({"message": "the body is not JSON"}, status_code=HTTPStatus.BAD_REQUEST)
        if kept:
            announced()
        message = "kept" if kept else "nothing to do"
        return JSONResponse({"message": message}, status_code=HTTPStatus.ACCEPTED if kept else HTTPStatus.OK)

    @app.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    def readyz() -> Response:
        bot.store.inbox.counts()
        if not pulse().alive:
            return PlainTextResponse("a thread has ended\n", status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("ready\n")

    @app.get("/metrics")
    def metrics() -> Response:
        return PlainTextResponse(metrics_text(bot, pulse()), media_type="text/plain; version=0.0.4")

    app.include_router(page_routes(bot))
    return app


async def _read(request: Request) -> bytes:
    """Read a body, and stop where it is larger than a delivery can be.

    Raises:
        RefusedDeliveryError: if it is too large.
    """
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > MAX_BODY:
        raise RefusedDeliveryError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the payload is larger than 25 MB")
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            raise RefusedDeliveryError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the payload is larger than 25 MB")
        parts.append(part)
    return b"".join(parts)


class SecurityHeaders:
    """Adds the strict headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)
