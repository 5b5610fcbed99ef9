"""Routes of the pages: server-rendered, each with a fragment that a small script fetches again."""

import hashlib
import re
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.context import Bot
from bot.pages.downloads import download_routes
from bot.pages.views import ago, build_view, clock, overview_view
from bot.redact import without_secrets
from bot.report_progress import duration
from bot.score_words import unit_of

HERE = Path(__file__).parent
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
STATIC = {"bot.css": "text/css", "live.js": "text/javascript", "mark.svg": "image/svg+xml"}


def page_routes(bot: Bot) -> APIRouter:
    """Give the routes of the pages."""
    router = APIRouter()
    templates = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=shown,
    )  # fmt: skip
    templates.filters.update(ago=ago, clock=clock, duration=duration, unit=unit_of)

    def render(request: Request, name: str, *, status: int = HTTPStatus.OK, **values: object) -> Response:
        """Render a page, or only its fragment; an unchanged fragment is answered with 304."""
        part = "fragment" in request.query_params
        text = templates.get_template(f"{name}_part.html" if part else f"{name}.html").render(values)
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
        headers = {"cache-control": "no-cache", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return HTMLResponse(text, status_code=status, headers=headers)

    @router.get("/")
    def overview(request: Request) -> Response:
        return render(request, "overview", view=overview_view(bot))

    @router.get("/builds/{build_id}")
    def build(request: Request, build_id: str) -> Response:
        view = build_view(bot, build_id)
        if view is None:
            return render(request, "missing", status=HTTPStatus.NOT_FOUND, what=f"There is no build {build_id[:80]!r}.")
        return render(request, "build", view=view)

    router.include_router(download_routes(bot))

    @router.get("/static/{name}")
    def static(request: Request, name: str) -> Response:
        if name not in STATIC:
            return render(request, "missing", status=HTTPStatus.NOT_FOUND, what="There is no such file.")
        return FileResponse(HERE / "static" / name, media_type=STATIC[name], headers={"cache-control": "max-age=300"})

    @router.get("/{rest:path}")
    def elsewhere(request: Request, rest: str) -> Response:
        what = f"There is no page /{rest[:80]}."
        return render(request, "missing", status=HTTPStatus.NOT_FOUND, what=what)

    return router


def shown(value: object) -> object:
    """Take secrets out of whatever a page shows, and make marks that turn the reading direction visible."""
    if not isinstance(value, str):
        return value
    text = _BIDI.sub(lambda mark: f"⟨U+{ord(mark.group()):04X}⟩", without_secrets(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - what was safe stays so
