"""What the store asks of a database: changes that are kept whole or not at all, and rows with columns by name."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, ClassVar, Protocol

from bot.store.fence import LeaseLostError, held

Value = str | int | float | bytes | None


def now() -> str:
    """Give the time as the store writes it: ISO 8601 in UTC with milliseconds, which sorts as text."""
    return stamp(datetime.now(UTC))


def stamp(at: datetime) -> str:
    """Write a time as the store does."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_between(start: str, end: str) -> float:
    """Give the seconds from one time of the store to another."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


class StoreError(Exception):
    """The database cannot be used now, as on a full disk or while its server is away; trying again later may help."""


class Row(Protocol):
    """One row."""

    def __getitem__(self, name: str, /) -> Any:  # type: ignore[explicit-any]  # noqa: ANN401 - a column has its type
        """Give a column."""


class Cursor(Protocol):
    """What a statement gave."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""

    def fetchone(self) -> Row | None:
        """Give the next row."""

    def fetchall(self) -> Sequence[Row]:
        """Give the rows that are left."""


class Connection(Protocol):
    """A transaction that is open.

    SQL is written once, in what SQLite and PostgreSQL have in common: `?` for a value, ON CONFLICT, RETURNING; and
    `clock_seconds()` for the seconds since 1970 by the database's own clock.
    """

    def execute(self, sql: str, values: Sequence[Value] = (), /) -> Cursor:
        """Execute a statement."""

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]], /) -> Cursor:
        """Execute a statement for each row of values."""


class Database(ABC):
    """An engine; threads may share it."""

    HOLDER: ClassVar[str]
    """Gives a lease's epoch and holder by its name, and keeps others from taking it until the transaction ends."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Connection]:
        """Open a transaction that no lease is needed for; all of it is kept, or nothing where the block raises."""

    @abstractmethod
    def rows(self, sql: str, *values: Value) -> Sequence[Row]:
        """Read rows; outside of any transaction, so that what is not yet kept is not seen.

        Raises:
            StoreError: if the database cannot be read now.
        """

    @abstractmethod
    def probe(self, *, patience: float) -> None:
        """See that the database can be read, and wait no longer than so many seconds for it.

        Raises:
            StoreError: if it cannot be read now.
        """

    @abstractmethod
    def claim(self) -> None:
        """Be the one process that serves from this database, where the engine is for one process only.

        Raises:
            UserError: if another one does.
        """

    @abstractmethod
    def close(self) -> None:
        """Close it."""

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """Open a transaction for writing; all of it is kept, or nothing where the block raises.

        Within another change it is part of that one, so that several are kept together. What the database cannot take
        now is a StoreError.

        Raises:
            LeaseLostError: if a lease that the caller acts under has gone to somebody else.
        """
        outer = _open.get()
        if outer is not None and outer[0] is self:
            yield outer[1]
            return
        with self.transaction() as connection:
            for lease in held():
                # The lock keeps the next holder waiting until this transaction has ended.
                found = connection.execute(self.HOLDER, (lease.name,)).fetchone()
                if found is None or (found["epoch"], found["holder"]) != (lease.epoch, lease.holder):
                    raise LeaseLostError(f"the lease of {lease.name} (epoch {lease.epoch}) has gone to somebody else")
            token = _open.set((self, connection))
            try:
                yield connection
            finally:
                _open.reset(token)


_open: ContextVar[tuple[Database, Connection] | None] = ContextVar("open", default=None)
"""The transaction that the caller's changes are part of."""
