"""The engine for several replicas: a PostgreSQL server, reached over a pool of connections."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import ClassVar

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from bot.store.database import Connection, Cursor, Database, Row, StoreError, Value
from bot.store.migrations import PRESENT
from schemas.errors import UserError

NAME = "The database of ESPALIER_DATABASE_URL"
CLOCK = "extract(epoch FROM clock_timestamp())::float8"
MIGRATION_LOCK = int.from_bytes(b"espalier", "big")
"""The advisory lock under which one replica at a time brings the schema up to date."""
MAX_CONNECTIONS = 12
"""Of one replica: its workers, its other threads, and a few pages."""
PATIENCE = 10.0
"""Seconds that a connection is waited for."""
# A replica that stands still must not keep what it locked: the server ends its transaction. And whoever waits for a
# lock must not wait as long as a lease lasts.
SESSION = (
    "SET idle_in_transaction_session_timeout = '10s'",
    "SET lock_timeout = '3s'",
    "SET default_transaction_isolation = 'read committed'",
)
# A server whose machine went away is noticed in seconds: libpq's defaults wait for hours.
NETWORK = {"connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "tcp_user_timeout": 15_000}

PASSING = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""What trying again may help against: a server that is away, full or read-only after a failover, and transactions that
it gave up."""

Session = psycopg.Connection[DictRow]


class _Transaction:
    """An open transaction that takes the store's SQL."""

    def __init__(self, connection: Session) -> None:
        self._connection = connection

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor:
        """Execute a statement."""
        return self._connection.execute(_translated(sql), _storable(values))

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> Cursor:
        """Execute a statement for each row of values, without waiting for one before the next is sent."""
        cursor = self._connection.cursor()
        cursor.executemany(_translated(sql), [_storable(row) for row in rows])
        return cursor


class PostgresDatabase(Database):
    """A pool; what a change wrote is on the server's disk after it."""

    HOLDER: ClassVar[str] = "SELECT epoch, holder FROM leases WHERE name = ? FOR NO KEY UPDATE"

    def __init__(self, pool: ConnectionPool[Session]) -> None:
        self._pool = pool

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that no lease is needed for; all of it is kept, or nothing where the block raises.

        Raises:
            StoreError: if the server is away, or it gave up on this transaction for the sake of another.
        """
        try:
            with self._pool.connection() as connection, connection.transaction():
                yield _Transaction(connection)
        except PASSING as error:
            raise StoreError(f"the database cannot be written: {_gist(error)}") from error

    def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Read rows.

        Raises:
            StoreError: if the server is away.
        """
        try:
            with self._pool.connection() as connection:
                return connection.execute(_translated(sql), _storable(values)).fetchall()
        except PASSING as error:
            raise StoreError(f"the database cannot be read: {_gist(error)}") from error

    def probe(self, *, patience: float) -> None:
        """See that the server can be read, and wait no longer than so many seconds for a connection.

        Raises:
            StoreError: if it is away.
        """
        try:
            with self._pool.connection(timeout=patience) as connection:
                connection.execute("SELECT 1")
        except PASSING as error:
            raise StoreError(f"the database cannot be read: {_gist(error)}") from error

    def claim(self) -> None:
        """Do nothing: replicas share a server, and what one held when it ended is free when its leases expire."""

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()


def open_postgres(url: str, *, migrate: bool = True) -> PostgresDatabase:
    """Open a database, brought to the present schema.

    Args:
        url: `postgresql://…`, as libpq takes it.
        migrate: Whether it may be changed for that.

    Raises:
        UserError: if it cannot be reached, is not ours, or would have to be changed and may not.
    """
    try:
        conninfo = psycopg.conninfo.make_conninfo(url, **NETWORK)
    except psycopg.Error:
        # Not libpq's words: they may hold the password.
        raise UserError(
            "ESPALIER_DATABASE_URL is no URL that PostgreSQL takes; in a password, write what is neither letter nor "
            "digit as % and two hexadecimal digits."
        ) from None
    try:
        with psycopg.connect(conninfo) as own:
            is_present = _is_present(own)
            own.rollback()
            if not is_present:
                from bot.store.schema import bring_up_to_date  # noqa: PLC0415 - see PRESENT

                begin = f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"
                bring_up_to_date(own, dialect="postgresql+psycopg", begin=begin, name=NAME, may_change=migrate)
    except psycopg.Error as error:
        raise UserError(f"{NAME} cannot be used: {_gist(error)}.") from error
    pool = ConnectionPool(
        conninfo,
        connection_class=Session,
        kwargs={"row_factory": dict_row, "autocommit": True},
        min_size=1,
        max_size=MAX_CONNECTIONS,
        timeout=PATIENCE,
        configure=_configure,
        check=ConnectionPool.check_connection,
        open=True,
    )
    return PostgresDatabase(pool)


def _is_present(connection: psycopg.Connection) -> bool:
    """Tell whether a database has the present schema."""
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return False
    return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(PRESENT,)]


def _configure(connection: Session) -> None:
    for setting in SESSION:
        connection.execute(setting.encode())


@lru_cache(maxsize=1000)
def _translated(sql: str) -> bytes:
    return sql.replace("%", "%%").replace("?", "%s").replace("clock_seconds()", CLOCK).encode()


def _storable(values: Sequence[Value]) -> list[Value]:
    """Replace what PostgreSQL cannot hold in a text, and no text that people write has: the character NUL."""
    return [value.replace("\0", "\N{REPLACEMENT CHARACTER}") if isinstance(value, str) else value for value in values]


def _gist(error: psycopg.Error) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
