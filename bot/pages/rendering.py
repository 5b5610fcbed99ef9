"""Values laid out as pages: the templates, what they may call, and an answer that an unchanged page does not repeat."""

import hashlib
import re
from http import HTTPStatus
from pathlib import Path

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.pages.views import ago, clock
from bot.pages.visitor import STRANGER, Cookies
from bot.redact import without_secrets
from bot.report_progress import duration
from bot.score_words import unit_of

HERE = Path(__file__).parent
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Pages:
    """The pages of one bot."""

    def __init__(self, cookies: Cookies | None) -> None:
        """Prepare the templates; without `cookies` nobody can sign in."""
        self._cookies = cookies
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True, finalize=shown,
        )  # fmt: skip
        self._templates.filters.update(ago=ago, clock=clock, duration=duration, unit=unit_of)

    def render(self, request: Request, name: str, *, status: HTTPStatus = HTTPStatus.OK, **values: object) -> Response:
        """Render a page, or only its fragment; an unchanged one is answered with 304."""
        visitor = STRANGER if self._cookies is None else self._cookies.visitor(request)
        part = "fragment" in request.query_params
        template = self._templates.get_template(f"{name}_part.html" if part else f"{name}.html")
        text = template.render({**values, "visitor": visitor, "here": request.url.path})
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:20]}"'
        headers = {"cache-control": "private, no-cache", "etag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return HTMLResponse(text, status_code=status, headers=headers)

    def refuse(self, request: Request, status: HTTPStatus, what: str) -> Response:
        """Say on a page that something is not there, or is not done."""
        return self.render(request, "missing", status=status, code=int(status), what=what)


def shown(value: object) -> object:
    """Take secrets out of whatever a page shows, and make marks that turn the reading direction visible."""
    if not isinstance(value, str):
        return value
    text = _BIDI.sub(lambda mark: f"⟨U+{ord(mark.group()):04X}⟩", without_secrets(value))
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - what was safe stays so
