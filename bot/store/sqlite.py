"""The embedded engine: one SQLite file for one process, written by one connection that threads take turns on."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from sqlalchemy import StaticPool, create_engine
from sqlalchemy.exc import DBAPIError

from bot.store.database import Connection, Database, Row, StoreError, Value
from bot.store.schema import bring_up_to_date
from schemas.errors import UserError

SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
IN_MEMORY = ":memory:"


class SqliteDatabase(Database):
    """A connection for writing, one for reading, and a turn for each; what a change wrote is on the disk after it."""

    HOLDER: ClassVar[str] = "SELECT epoch, holder FROM leases WHERE name = ?"

    def __init__(self, place: str, writer: sqlite3.Connection, reader: sqlite3.Connection | None) -> None:
        self._place = place
        self._writer = writer
        self._reader = reader or writer
        self._turn = threading.RLock()
        # What is in memory is known to one connection.
        self._reading = threading.RLock() if reader else self._turn
        self._lock: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a transaction that no lease is needed for; all of it is kept, or nothing where the block raises.

        Raises:
            StoreError: if the file cannot be written now.
        """
        with self._turn:
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                yield self._writer
                self._writer.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise StoreError(f"the database cannot be written: {error}") from error
            finally:
                # A COMMIT that finds the disk full leaves its transaction open, and SQLite may have ended it already.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")

    def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Read rows.

        Raises:
            StoreError: if the file cannot be read now.
        """
        with self._reading:
            try:
                return self._reader.execute(sql, values).fetchall()
            except sqlite3.OperationalError as error:
                raise StoreError(f"the database cannot be read: {error}") from error

    def claim(self) -> None:
        """Be the one process that serves from this file; what others held when they ended is free from now on.

        Raises:
            UserError: if another process serves from it.
        """
        if self._place != IN_MEMORY:
            self._lock = os.open(f"{self._place}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise UserError(
                    f"Another bot serves from the database {self._place}: end that one first. For several at once, set "
                    "ESPALIER_DATABASE_URL to a PostgreSQL database."
                ) from error
        with self.transaction() as connection:
            connection.execute("UPDATE leases SET holder = '', until = 0")

    def close(self) -> None:
        """Close the file."""
        with self._turn, self._reading:
            self._writer.close()
            self._reader.close()
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None


def open_sqlite(place: str) -> SqliteDatabase:
    """Open or make a file, or a database in memory, brought to the present schema.

    Args:
        place: The file's path, or `:memory:`.

    Raises:
        UserError: if it cannot be opened, or is not ours.
    """
    opened: list[sqlite3.Connection] = []
    try:
        if place != IN_MEMORY:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
        opened.append(_connect(place))
        # The pool that SQLAlchemy closes at its end would close the connection with it: this one never does.
        engine = create_engine("sqlite://", creator=lambda: opened[0], poolclass=StaticPool)
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            bring_up_to_date(connection, f"The database {place}")
            connection.commit()
        if place != IN_MEMORY:
            opened.append(_connect(place))
    except (OSError, sqlite3.Error, DBAPIError) as error:
        for connection_ in opened:
            connection_.close()
        cause = error.orig if isinstance(error, DBAPIError) else error
        raise UserError(f"The database {place} cannot be opened: {cause}.") from error
    except UserError:
        opened[0].close()
        raise
    for connection_ in opened:
        connection_.row_factory = sqlite3.Row
    return SqliteDatabase(place, opened[0], opened[1] if len(opened) > 1 else None)


def _connect(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(place, isolation_level=None, check_same_thread=False, timeout=30)
    connection.create_function("clock_seconds", 0, time.time)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection
