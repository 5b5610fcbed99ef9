"""The embedded engine: one SQLite file for one process, written by one connection that threads take turns on."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import ClassVar

from bot.store.database import Connection, Database, Row, StoreError, Value
from bot.store.migrations import PRESENT
from schemas.errors import UserError

SETTINGS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
PROBE = "SELECT version_num FROM alembic_version"
IN_MEMORY = ":memory:"
DEFECTS = (
    sqlite3.DataError, sqlite3.IntegrityError, sqlite3.InternalError, sqlite3.NotSupportedError,
    sqlite3.ProgrammingError,
)  # fmt: skip
"""What no state of the disk brings about; every other error does, such as a full disk or a damaged file."""
BUSY_SECONDS = 4.0
"""How long a write waits for another process's, such as that of a backup: GitHub gives up on a webhook after ten."""


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
            except DEFECTS:
                raise
            except sqlite3.DatabaseError as error:
                raise StoreError(f"the database cannot be written: {error}") from error
            finally:
                # A COMMIT that finds the disk full leaves its transaction open, and SQLite may have ended it already.
                if self._writer.in_transaction:
                    with suppress(sqlite3.Error):  # the next one that begins says what is wrong
                        self._writer.execute("ROLLBACK")

    def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Read rows.

        Raises:
            StoreError: if the file cannot be read now.
        """
        with self._reading:
            try:
                return self._reader.execute(sql, values).fetchall()
            except DEFECTS:
                raise
            except sqlite3.DatabaseError as error:
                raise StoreError(f"the database cannot be read: {error}") from error

    def probe(self, *, patience: float) -> None:
        """See that the file can be read, which nobody waits for; that it cannot is a StoreError."""
        del patience
        self.rows(PROBE)

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


def open_sqlite(place: str, *, migrate: bool = True) -> SqliteDatabase:
    """Open or make a file, or a database in memory, brought to the present schema.

    Args:
        place: The file's path, or `:memory:`.
        migrate: Whether it may be changed for that.

    Raises:
        UserError: if it cannot be opened, is not ours, or would have to be changed and may not.
    """
    name = f"The database {place}"
    opened: list[sqlite3.Connection] = []
    try:
        if place != IN_MEMORY:
            Path(place).parent.mkdir(parents=True, exist_ok=True)
            # It holds deliveries as they came; SQLite's own files beside it take its mode over.
            os.close(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))
        opened.append(_connect(place))
        if not _is_present(opened[0]):
            from bot.store.schema import bring_up_to_date  # noqa: PLC0415 - see PRESENT

            bring_up_to_date(opened[0], dialect="sqlite", begin="BEGIN IMMEDIATE", name=name, may_change=migrate)
        if place != IN_MEMORY:
            opened.append(_connect(place))
    except (OSError, sqlite3.Error) as error:
        _close(opened)
        raise UserError(f"{name} cannot be opened: {error}.") from error
    except UserError:
        _close(opened)
        raise
    for connection in opened:
        connection.row_factory = sqlite3.Row
    return SqliteDatabase(place, opened[0], opened[1] if len(opened) > 1 else None)


def _is_present(connection: sqlite3.Connection) -> bool:
    """Tell whether a database has the present schema."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return False
    return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(PRESENT,)]


def _close(opened: Sequence[sqlite3.Connection]) -> None:
    for connection in opened:
        connection.close()


def _connect(place: str) -> sqlite3.Connection:
    connection = sqlite3.connect(place, isolation_level=None, check_same_thread=False, timeout=BUSY_SECONDS)
    connection.create_function("clock_seconds", 0, time.time)
    for setting in SETTINGS:
        connection.execute(f"PRAGMA {setting}")
    return connection
