"""Where the database is, by its URL, and which of that is secret."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from schemas.errors import UserError

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


def read_database_url(environment: Mapping[str, str], data: Path) -> str:
    """Read the URL; without one it is a SQLite file in the data folder.

    Raises:
        UserError: if it is of another kind.
    """
    value = environment.get("ESPALIER_DATABASE_URL", "").strip()
    if not value:
        return f"{SQLITE}{data / 'espalier.sqlite3'}"
    if value.startswith(SQLITE):
        return f"{SQLITE}{Path(value.removeprefix(SQLITE)).absolute()}"
    if not value.startswith(POSTGRES):
        # Not the value itself: it may hold a password.
        raise UserError("ESPALIER_DATABASE_URL must be sqlite:/// and a file's path, or a postgresql:// URL.")
    return value


def passwords(url: str) -> tuple[str, ...]:
    """Give the passwords in a URL, as they are written and as they are."""
    parts = urlsplit(url)
    written = {parts.password or "", *(value for key, value in parse_qsl(parts.query) if key == "password")}
    return tuple(sorted({*written, *map(unquote, written)} - {""}))


def require_present(url: str) -> str:
    """Give the URL back, unless it names a SQLite file that is not there: a look into it must not make one.

    Raises:
        UserError: if it does.
    """
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).is_file():
        path = url.removeprefix(SQLITE)
        raise UserError(f"There is no database {path}: set ESPALIER_DATABASE_URL or ESPALIER_DATA_DIR as for the bot.")
    return url
