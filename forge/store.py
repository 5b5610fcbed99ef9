"""SQLite under the forge: records in and out, one writer at a time, readers beside it."""

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from types import UnionType
from typing import Self, TypeVar, get_args, get_origin, get_type_hints

from forge.tables import FIRST_IDS, NAMES, SCHEMA

T = TypeVar("T")
Convert = Callable[[object], object]


class Store:
    """Typed reads and writes over a pool of connections to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._all: list[sqlite3.Connection] = []
        self._pool = threading.Lock()
        self._writer = threading.RLock()
        self._local = threading.local()
        with self._connection() as connection:
            connection.executescript(SCHEMA)
            for table, first in FIRST_IDS.items():
                connection.execute(
                    "INSERT INTO sqlite_sequence (name, seq) SELECT ?, ?"
                    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?)",
                    (table, first, table),
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection; nobody may read or write any more."""
        with self._pool:
            for connection in self._all:
                connection.close()
            self._idle.clear()
            self._all.clear()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Make the writes inside one transaction; a transaction inside a transaction is part of it."""
        with self._writer:
            if getattr(self._local, "connection", None) is not None:
                yield
                return
            with self._connection() as connection:
                connection.execute("BEGIN IMMEDIATE")
                self._local.connection = connection
                try:
                    yield
                except BaseException:
                    connection.execute("ROLLBACK")
                    raise
                else:
                    connection.execute("COMMIT")
                finally:
                    self._local.connection = None

    def all(self, kind: type[T], condition: str, *values: object) -> list[T]:
        """Read the records that meet a condition; it may end in ORDER BY and LIMIT."""
        convert = COLUMNS[kind]
        query = f"SELECT {', '.join(convert)} FROM {NAMES[kind]} WHERE {condition}"  # noqa: S608 - our own words; values are bound
        with self._connection() as connection:
            rows = connection.execute(query, values).fetchall()
        return [_record(kind, convert, row) for row in rows]

    def first(self, kind: type[T], condition: str, *values: object) -> T | None:
        """Read the first record that meets a condition, if there is one."""
        found = self.all(kind, f"{condition} LIMIT 1", *values)
        return found[0] if found else None

    def get(self, kind: type[T], number: int) -> T:
        """Read the record with an id.

        Raises:
            LookupError: if there is none.
        """
        found = self.first(kind, "id = ?", number)
        if found is None:
            raise LookupError(f"no {kind.__name__} {number}")
        return found

    def count(self, kind: type, condition: str, *values: object) -> int:
        """Count the records that meet a condition."""
        query = f"SELECT COUNT(*) FROM {NAMES[kind]} WHERE {condition}"  # noqa: S608 - our own words; values are bound
        with self._connection() as connection:
            return int(connection.execute(query, values).fetchone()[0])

    def add(self, kind: type[T], **values: object) -> T:
        """Write a new record and read it back with its id."""
        marks = ", ".join("?" * len(values))
        query = f"INSERT INTO {NAMES[kind]} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 - our own words; values are bound
        with self.writing(), self._connection() as connection:
            number = connection.execute(query, [_column(value) for value in values.values()]).lastrowid
            return self.get(kind, number or 0)

    def change(self, kind: type[T], number: int, **values: object) -> T:
        """Change some fields of the record with an id and read it back."""
        sets = ", ".join(f"{name} = ?" for name in values)
        query = f"UPDATE {NAMES[kind]} SET {sets} WHERE id = ?"  # noqa: S608 - our own words; values are bound
        with self.writing(), self._connection() as connection:
            connection.execute(query, [*(_column(value) for value in values.values()), number])
            return self.get(kind, number)

    def remove(self, kind: type, condition: str, *values: object) -> int:
        """Delete the records that meet a condition, and say how many."""
        query = f"DELETE FROM {NAMES[kind]} WHERE {condition}"  # noqa: S608 - our own words; values are bound
        with self.writing(), self._connection() as connection:
            return connection.execute(query, values).rowcount

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        mine: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if mine is not None:
            yield mine
            return
        with self._pool:
            connection = self._idle.pop() if self._idle else self._open()
        try:
            yield connection
        finally:
            with self._pool:
                self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, timeout=30)
        for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        self._all.append(connection)
        return connection


def _record(kind: type[T], convert: Mapping[str, Convert], row: tuple[object, ...]) -> T:
    return kind(**{name: value(cell) for (name, value), cell in zip(convert.items(), row, strict=True)})


def _column(value: object) -> object:
    if isinstance(value, dict | list | tuple):
        return json.dumps(value)
    return value


def _read_columns(kind: type) -> Mapping[str, Convert]:
    hints = get_type_hints(kind)
    return {field.name: _convert(hints[field.name]) for field in fields(kind)}


def _convert(hint: object) -> Convert:
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if bool in options:
        return bool
    for option in options:
        if get_origin(option) is tuple:
            return lambda cell: None if cell is None else tuple(json.loads(str(cell)))
        if get_origin(option) is dict:
            return lambda cell: None if cell is None else json.loads(str(cell))
    return lambda cell: cell


COLUMNS = {kind: _read_columns(kind) for kind in NAMES}
