"""One SQLite file, its schema by version, and one connection that threads take turns on."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import UserError

# Step N brings a file of version N to N + 1; a released step is never edited, a change is a new step.
STEPS = (
    """
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY, guid TEXT NOT NULL UNIQUE, event TEXT NOT NULL, lane TEXT NOT NULL,
        body BLOB NOT NULL, received_at TEXT NOT NULL, not_before TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL DEFAULT 'pending', attempts INTEGER NOT NULL DEFAULT 0, error TEXT, finished_at TEXT
    ) STRICT;
    CREATE INDEX deliveries_open ON deliveries (state, id) WHERE state IN ('pending', 'running');
    CREATE TABLE pulls (
        repository TEXT NOT NULL, number INTEGER NOT NULL, installation INTEGER NOT NULL,
        title TEXT NOT NULL DEFAULT '', author TEXT NOT NULL DEFAULT '', state TEXT NOT NULL DEFAULT 'open',
        head_sha TEXT NOT NULL DEFAULT '', head_seen_at TEXT NOT NULL DEFAULT '',
        triage TEXT, labels TEXT NOT NULL DEFAULT '[]', own_labels TEXT NOT NULL DEFAULT '[]',
        url TEXT NOT NULL DEFAULT '', updated_at TEXT NOT NULL, PRIMARY KEY (repository, number)
    ) STRICT;
    CREATE TABLE votes (
        repository TEXT NOT NULL, number INTEGER NOT NULL, head_sha TEXT NOT NULL, login TEXT NOT NULL,
        approves INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (repository, number, head_sha, login)
    ) STRICT;
    CREATE TABLE obeyed (
        repository TEXT NOT NULL, comment_id INTEGER NOT NULL, words TEXT NOT NULL,
        PRIMARY KEY (repository, comment_id, words)
    ) STRICT;
    CREATE TABLE policies (
        repository TEXT PRIMARY KEY, good TEXT NOT NULL DEFAULT '', problem TEXT
    ) STRICT;
    CREATE TABLE builds (
        id TEXT PRIMARY KEY, repository TEXT NOT NULL, installation INTEGER NOT NULL, job TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting', asked_by TEXT NOT NULL, created_at TEXT NOT NULL,
        started_at TEXT, ended_at TEXT, submissions INTEGER NOT NULL DEFAULT 0, stop_reason TEXT, stop_at TEXT,
        progress TEXT, result TEXT, reason TEXT, posted TEXT
    ) STRICT;
    CREATE TABLE build_pulls (
        build_id TEXT NOT NULL REFERENCES builds (id), repository TEXT NOT NULL, number INTEGER NOT NULL,
        PRIMARY KEY (build_id, number)
    ) STRICT;
    CREATE TABLE merges (
        repository TEXT NOT NULL, number INTEGER NOT NULL, installation INTEGER NOT NULL, head_sha TEXT NOT NULL,
        leaves TEXT NOT NULL, merged_at TEXT NOT NULL, quiet_until TEXT NOT NULL, build_id TEXT,
        PRIMARY KEY (repository, number)
    ) STRICT;
    CREATE TABLE models (
        version INTEGER PRIMARY KEY, repository TEXT NOT NULL, build_id TEXT NOT NULL, created_at TEXT NOT NULL
    ) STRICT;
    """,
    """
    ALTER TABLE votes ADD COLUMN comment INTEGER NOT NULL DEFAULT 0;
    """,
    """
    CREATE TABLE hand_labels (
        repository TEXT NOT NULL, number INTEGER NOT NULL, head_sha TEXT NOT NULL, name TEXT NOT NULL COLLATE NOCASE,
        present INTEGER NOT NULL, PRIMARY KEY (repository, number, name)
    ) STRICT;
    CREATE TABLE sign_offs (
        repository TEXT NOT NULL, number INTEGER NOT NULL, head_sha TEXT NOT NULL, login TEXT NOT NULL,
        PRIMARY KEY (repository, number)
    ) STRICT;
    """,
    """
    CREATE TABLE sketches (blob TEXT PRIMARY KEY, numbers BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE sketch_parts (
        part INTEGER NOT NULL, blob TEXT NOT NULL, PRIMARY KEY (part, blob)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE leaves (
        repository TEXT NOT NULL, branch TEXT NOT NULL, folder TEXT NOT NULL, number INTEGER NOT NULL,
        blob TEXT NOT NULL, PRIMARY KEY (repository, branch, folder, number)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX leaves_blob ON leaves (blob);
    CREATE INDEX leaves_number ON leaves (repository, number);
    CREATE TABLE tips (
        repository TEXT NOT NULL, branch TEXT NOT NULL, sha TEXT NOT NULL, PRIMARY KEY (repository, branch)
    ) STRICT;
    """,
    """
    CREATE TABLE outbox (
        repository TEXT NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, says TEXT NOT NULL, state TEXT NOT NULL,
        github_id INTEGER, at TEXT NOT NULL, error TEXT, PRIMARY KEY (repository, number, key)
    ) STRICT;
    CREATE TABLE creations (
        installation INTEGER NOT NULL, slot INTEGER NOT NULL, made INTEGER NOT NULL, PRIMARY KEY (installation, slot)
    ) STRICT;
    CREATE TABLE rounds (name TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT;
    """,
)


def now() -> str:
    """Give the time as the store writes it: ISO 8601 in UTC with milliseconds, which sorts as text."""
    return stamp(datetime.now(UTC))


def stamp(at: datetime) -> str:
    """Write a time as the store does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class StoreError(Exception):
    """The database cannot be used now, as on a full disk; trying again later may help."""


class Database:
    """A connection that one thread uses at a time; every change is on the disk when its transaction returns."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._turn = threading.RLock()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction for writing; all of it is kept, or nothing where the block raises.

        Raises:
            StoreError: if the file cannot be written now.
        """
        with self._turn:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise StoreError(f"the database cannot be written: {error}") from error
            finally:
                # A COMMIT that finds the disk full leaves its transaction open, and SQLite may have ended it already.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def rows(self, query: str, *values: str | float | None) -> list[sqlite3.Row]:
        """Read rows; columns by name.

        Raises:
            StoreError: if the file cannot be read now.
        """
        with self._turn:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.OperationalError as error:
                raise StoreError(f"the database cannot be read: {error}") from error

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()


def open_database(path: Path) -> Database:
    """Open or make the SQLite file at `path`, brought to the present schema.

    Raises:
        UserError: if the file cannot be opened, is no database, or was written by a later version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    except (OSError, sqlite3.Error) as error:
        raise UserError(f"The database {path} cannot be opened: {error}.") from error
    connection.row_factory = sqlite3.Row
    try:
        for setting in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {setting}")
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        connection.close()
        raise UserError(f"The database {path} cannot be opened: {error}.") from error
    if version > len(STEPS):
        connection.close()
        raise UserError(f"The database {path} was written by a later version; run that version, or take a new file.")
    for number, step in enumerate(STEPS[version:], start=version + 1):
        connection.executescript(f"BEGIN IMMEDIATE; {step} PRAGMA user_version={number}; COMMIT;")
    return Database(connection)
