"""Values laid out as HTML, with the headers that keep a page to itself."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).resolve().parent.parent
STATIC = HERE / "static"
MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
BLACK_TEXT_ABOVE = 0.453
"""Perceived lightness from which black text is the easier to read; GitHub's labels change there. Where black and white
have the same contrast in numbers, most eyes find black on a saturated green or red the harder."""
CONTRAST = 4.5
"""Between text and ground, at the least (WCAG 2.2, 1.4.3)."""
DARKER = 0.96
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Marks that turn the reading direction of what follows: shown, since they make a text look like another."""


def _when(stamp: str) -> str:
    """Write `2026-01-31T23:59:59Z` as a person reads it."""
    return datetime.fromisoformat(stamp).strftime("%-d %b %Y, %H:%M UTC") if stamp else ""


def _size(number: int | None) -> str:
    return "" if number is None else f"{number / 1000:.1f} kB" if number >= 1000 else f"{number} B"  # noqa: PLR2004 - a kilobyte


def _duration(start: str, end: str) -> str:
    if not start or not end:
        return ""
    seconds = int((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds())
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update({"when": _when, "size": _size})
    environment.globals.update({"duration": _duration, "static": static_url})
    return environment


def page(template: str, context: Mapping[str, object], *, status: int = 200) -> Response:
    """Lay out a page."""
    html = _environment().get_template(template).render(context)
    return HTMLResponse(html, status_code=status, headers=HEADERS)


@cache
def static_file(name: str) -> tuple[bytes, str] | None:
    """Read one of our own files and its media type; None if there is none of that name."""
    path = STATIC / name
    if path.parent != STATIC or path.suffix not in MEDIA_TYPES or not path.is_file():
        return None
    return path.read_bytes(), MEDIA_TYPES[path.suffix]


@cache
def static_url(name: str) -> str:
    """Give the address of one of our own files, which changes with its content."""
    found = static_file(name)
    digest = hashlib.sha256(found[0]).hexdigest()[:12] if found else ""
    return f"/_page/static/{name}?v={digest}"


def label_style(color: str) -> str:
    """Write the style of labels of one colour, six hexadecimal digits, with text that can be read on it.

    Where that is white and the colour not dark enough for it, the ground is made a little darker.
    """
    rgb = [int(color[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    if _weighed(rgb) > BLACK_TEXT_ABOVE:
        return f".label-{color}{{background:#{color};color:#000000}}\n"
    while 1.05 / (_luminance(rgb) + 0.05) < CONTRAST:  # WCAG 2.2, contrast ratio against white
        rgb = [channel * DARKER for channel in rgb]
    ground = "".join(f"{round(channel * 255):02x}" for channel in rgb)
    return f".label-{color}{{background:#{ground};color:#ffffff}}\n"


def shown(value: object) -> object:
    """Make marks that turn the reading direction visible in whatever a page shows."""
    if not isinstance(value, str) or BIDI.search(value) is None:
        return value
    text = BIDI.sub(lambda mark: f"⟨U+{ord(mark.group()):04X}⟩", value)
    return Markup(text) if isinstance(value, Markup) else text  # noqa: S704 - what was safe stays so


def _luminance(rgb: Sequence[float]) -> float:
    return _weighed([_linear(channel) for channel in rgb])  # WCAG 2.2, relative luminance


def _weighed(rgb: Sequence[float]) -> float:
    return sum(weight * channel for weight, channel in zip((0.2126, 0.7152, 0.0722), rgb, strict=True))


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB, WCAG 2.2
