"""Which engine a database URL names."""

from bot.store.database import Database
from bot.store.sqlite import open_sqlite

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


def open_database(url: str, *, migrate: bool = True) -> Database:
    """Open or make the database that a URL names, brought to the present schema.

    Args:
        url: `sqlite:///path`, `sqlite:///:memory:`, or `postgresql://…`, as libpq takes it.
        migrate: Whether it may be changed for that; if not, one without the present schema is refused.

    Raises:
        ValueError: if it is none of these.
    """
    if url.startswith(SQLITE):
        return open_sqlite(url.removeprefix(SQLITE), migrate=migrate)
    if url.startswith(POSTGRES):
        from bot.store.postgres import open_postgres  # noqa: PLC0415 - most bots have no use for its client

        return open_postgres(url, migrate=migrate)
    raise ValueError("a database URL starts with sqlite:/// or postgresql://")
