"""The forge as an ASGI application: the REST API, git over HTTP, the controls and the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from forge import pages, sign_in, smart_http
from forge.errors import ApiError
from forge.forge import Forge
from forge.git.repositories import Shelf
from forge.hooks import HookCourier
from forge.limits import Limits
from forge.routes import (
    apps,
    checks,
    commits,
    contents,
    controls,
    git,
    issues,
    labels,
    pulls,
    reactions,
    repositories,
    review_comments,
    reviews,
    statuses,
    users,
)
from forge.store import Store

# Paths are tried in this order: those below a commit come before the commit itself, whose name may hold slashes.
API = (
    apps,
    users,
    repositories,
    review_comments,
    reviews,
    pulls,
    reactions,
    issues,
    labels,
    checks,
    statuses,
    commits,
    contents,
    git,
)

MACHINES = ("/api/", "/_forge/")
"""Where paths begin that no browser asks for: what is not there is JSON, as GitHub has it."""


def create_app(*, data: Path, address: str, admin_token: str) -> FastAPI:
    """Assemble the forge over a data folder, to answer at an address."""
    data.mkdir(parents=True, exist_ok=True)
    store = Store(data / "forge.sqlite3")
    courier = HookCourier(store)
    forge = Forge(address=address, store=store, shelf=Shelf(data), courier=courier)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        courier.start()
        try:
            yield
        finally:
            await courier.stop()
            store.close()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.state.forge = forge
    app.state.limits = Limits()
    app.state.admin_token = admin_token
    for part in API:
        app.include_router(part.routes.router, prefix="/api/v3")
    app.include_router(controls.routes.router)
    app.include_router(smart_http.router)
    app.include_router(sign_in.router(forge))
    app.include_router(pages.router(forge))
    app.add_exception_handler(HTTPException, _refuse)
    app.add_exception_handler(Exception, _refuse)
    return app


async def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    message = "Not Found" if status == HTTPStatus.NOT_FOUND else str(getattr(error, "detail", "Server Error"))
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(MACHINES):
        return pages.refusal(status, message)
    return JSONResponse(ApiError(status, message).content(), status_code=status)
