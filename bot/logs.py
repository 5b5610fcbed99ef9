"""Logs: a line a record, as JSON or as text, with the delivery and build that it is about, and without secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import MappingProxyType

from bot.redact import Redactor

Facts = Mapping[str, str | int]

JSON, TEXT = "json", "text"
FORMATS = (JSON, TEXT)
NOTHING: Facts = MappingProxyType({})
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""What could move a terminal's cursor or turn its text; strangers' words end up in messages."""

_facts: ContextVar[Facts] = ContextVar("facts", default=NOTHING)


@contextmanager
def about(**facts: str | int | None) -> Iterator[None]:
    """Say what the lines of a block are about, such as `delivery`, `build`, `repository` and `number`."""
    known = {name: value for name, value in facts.items() if value is not None}
    token = _facts.set({**_facts.get(), **known})
    try:
        yield
    finally:
        _facts.reset(token)


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object on one line."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        fields: dict[str, str | int] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts.get(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        clean = {
            name: self._redactor.clean(value) if isinstance(value, str) else value for name, value in fields.items()
        }
        return json.dumps(clean, ensure_ascii=False)


class TextLines(logging.Formatter):
    """Writes a record as text for a terminal; lines that follow its first are indented, so that none is forged."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        facts = " ".join(f"{name}={value}" for name, value in _facts.get().items())
        text = f"{_time(record)} {record.levelname} {record.name}: {record.getMessage()}"
        if facts:
            text = f"{text} ({facts})"
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        shown = CONTROLS.sub(lambda mark: f"⟨U+{ord(mark.group()):04X}⟩", self._redactor.clean(text))
        return shown.replace("\n", "\n    ")


def log_to_stderr(*known: str | None, form: str | None = None) -> None:
    """Send logs to stderr from level INFO, without `known` secrets and what looks like one.

    Args:
        known: Secrets that the process was given.
        form: `json` or `text`; None takes text for a terminal, and JSON for whatever else collects the lines.
    """
    redactor = Redactor(*known)
    as_text = form == TEXT or (form is None and sys.stderr.isatty())
    handler = logging.StreamHandler()
    handler.setFormatter(TextLines(redactor) if as_text else JsonLines(redactor))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # One line a request says nothing that deliveries and builds do not say better.
    for chatty in ("httpx", "httpcore", "urllib3", "github", "alembic", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
