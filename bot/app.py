"""The web side but for webhooks: health and numbers, the pages; strict headers on all of it."""

import logging
from collections.abc import Callable, Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.context import Bot
from bot.hook import PATH
from bot.metrics import Pulse, metrics_text
from bot.pages.routes import page_routes
from bot.store import StoreError

log = logging.getLogger(__name__)


def strict_headers(*, forms: bool) -> dict[str, str]:
    """Give the headers of every answer; forms may be sent, to ourselves alone, where people can sign in."""
    policy = {
        "default-src": "'none'", "style-src": "'self'", "script-src": "'self'", "connect-src": "'self'",
        "img-src": "'self'", "base-uri": "'none'", "form-action": "'self'" if forms else "'none'",
        "frame-ancestors": "'none'",
    }  # fmt: skip
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        # Under "no-referrer" a browser hides even from ourselves which site a form came from.
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
    }


def create_app(bot: Bot, pulse: Callable[[], Pulse], answers: Mapping[int, int]) -> ASGIApp:
    """Put the routes together.

    Args:
        bot: The running bot.
        pulse: Tells how its threads do.
        answers: How many webhook requests were answered with each status.
    """
    headers = strict_headers(forms=bot.settings.sign_in is not None)
    app = FastAPI(title="Espalier", docs_url=None, redoc_url=None, openapi_url=None)

    @app.exception_handler(StoreError)
    def unavailable(request: Request, error: StoreError) -> Response:
        log.warning("%s cannot be answered: %s", request.url.path, error)
        text = "The database cannot be used now: load this again in a while.\n"
        return PlainTextResponse(text, status_code=HTTPStatus.SERVICE_UNAVAILABLE)

    @app.get("/healthz")
    def healthz() -> Response:
        return PlainTextResponse("ok\n")

    @app.get("/readyz")
    def readyz() -> Response:
        try:
            bot.store.readiness.check()
        except StoreError as error:
            return PlainTextResponse(f"{error}\n", status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        if not pulse().alive:
            return PlainTextResponse("a thread has ended\n", status_code=HTTPStatus.SERVICE_UNAVAILABLE)
        return PlainTextResponse("ready\n")

    @app.get("/metrics")
    def metrics() -> Response:
        return PlainTextResponse(metrics_text(bot, pulse(), answers), media_type="text/plain; version=0.0.4")

    @app.api_route(PATH.decode(), methods=["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def no_delivery() -> Response:
        """Refuse what is no delivery; those that are never come here."""
        body = {"message": "deliveries are sent by POST"}
        return JSONResponse(body, status_code=HTTPStatus.METHOD_NOT_ALLOWED, headers={"allow": "POST"})

    app.include_router(page_routes(bot))
    return with_headers(app, headers)


def with_headers(app: ASGIApp, headers: Mapping[str, str]) -> ASGIApp:
    """Give an app whose answers carry these headers too."""
    added = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        await app(scope, receive, send_with_headers)

    return answering
