"""Leases: who may be the only one at something, kept in the database by its clock, and renewed while they are held."""

import logging
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from bot.store.database import Connection, Database, StoreError
from bot.store.fence import Lease, under

log = logging.getLogger(__name__)

LEASE_SECONDS = 10.0
"""How long a lease lasts; what a killed replica did is taken over after that."""
RETRY_SECONDS = 0.05
"""Between two tries to have a lease that another has for a moment."""


class Leases:
    """This process's leases, under a name of its own that nobody has to give it; threads may share it."""

    def __init__(self, database: Database, *, seconds: float = LEASE_SECONDS) -> None:
        self._database = database
        self._seconds = seconds
        self._holder = secrets.token_hex(8)
        self._mine: dict[str, Lease] = {}
        self._turn = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat")

    def start(self) -> None:
        """Start the heartbeat, which renews what is held."""
        self._thread.start()

    def close(self) -> None:
        """End the heartbeat, and give back what is still held."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()
        for lease in self._all():
            self.release(lease)

    @property
    def alive(self) -> bool:
        """Whether the heartbeat still works."""
        return self._thread.is_alive()

    def take(self, name: str) -> Lease | None:
        """Take a lease that is free or has expired; None, without waiting, if somebody has it."""
        if self.has(name):
            return None
        # No lease is needed for this: a heartbeat must not wait for a handling, nor the reverse.
        with self._database.transaction() as connection:
            lease = self.take_within(connection, name)
        if lease is not None:
            self.keep(lease)
        return lease

    def take_within(self, connection: Connection, name: str) -> Lease | None:
        """Take a lease in a transaction that is open; the caller keeps it once the transaction has ended."""
        expires = time.monotonic() + self._seconds
        row = connection.execute(
            "INSERT INTO leases (name, epoch, holder, until) VALUES (?, 1, ?, clock_seconds() + ?)"
            " ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1, holder = excluded.holder,"
            " until = clock_seconds() + ? WHERE leases.until <= clock_seconds() RETURNING epoch",
            (name, self._holder, self._seconds, self._seconds),
        ).fetchone()
        return None if row is None else Lease(name=name, epoch=row["epoch"], holder=self._holder, expires=expires)

    def keep(self, lease: Lease) -> None:
        """Renew a lease from now on."""
        with self._turn:
            self._mine[lease.name] = lease

    def drop(self, lease: Lease) -> None:
        """Renew a lease no more; unless it was given back, it expires."""
        with self._turn:
            if self._mine.get(lease.name) is lease:
                del self._mine[lease.name]

    def has(self, name: str) -> bool:
        """Tell whether this process holds a lease."""
        with self._turn:
            return name in self._mine

    def release(self, lease: Lease) -> None:
        """Give a lease back, at once if the database can be used, and else by letting it expire."""
        self.drop(lease)
        try:
            with self._database.transaction() as connection:
                self.release_within(connection, lease)
        except StoreError as error:
            log.warning("the lease of %s is left to expire: %s", lease.name, error)

    @contextmanager
    def giving_back(self, lease: Lease) -> Iterator[None]:
        """Give a lease back by what the block does: it is still renewed where that fails."""
        lease.ending = True
        try:
            yield
        except BaseException:
            lease.ending = False
            raise
        self.drop(lease)

    @staticmethod
    def release_within(connection: Connection, lease: Lease) -> None:
        """Give a lease back in a transaction that is open."""
        # The row stays: its epoch has to go on rising.
        connection.execute(
            "UPDATE leases SET until = 0, holder = '' WHERE name = ? AND epoch = ? AND holder = ?",
            (lease.name, lease.epoch, lease.holder),
        )

    @contextmanager
    def hold(self, name: str, *, patience: float = 0.0) -> Iterator[Lease | None]:
        """Hold a lease for as long as the block lasts, which then acts under it; gives None if somebody else has it.

        Args:
            name: The lease.
            patience: Seconds to wait for whoever has it.
        """
        deadline = time.monotonic() + patience
        while (lease := self.take(name)) is None and time.monotonic() < deadline:
            time.sleep(RETRY_SECONDS)
        if lease is None:
            yield None
            return
        try:
            with under(lease):
                yield lease
        finally:
            self.release(lease)

    def renew(self) -> None:
        """Renew everything that is held; what has gone to somebody else is known to be lost from now on."""
        failed: StoreError | None = None
        for lease in self._all():
            try:
                self._renew(lease)
            except StoreError as error:  # the others may still be renewed
                failed = error
        if failed is not None:
            raise failed

    def _renew(self, lease: Lease) -> None:
        """Renew a lease, in a transaction of its own: one for several would wait for handlings crosswise."""
        expires = time.monotonic() + self._seconds
        with self._database.transaction() as connection:
            done = connection.execute(
                "UPDATE leases SET until = clock_seconds() + ? WHERE name = ? AND epoch = ? AND holder = ?",
                (self._seconds, lease.name, lease.epoch, lease.holder),
            )
            ours = done.rowcount == 1
        if ours:
            lease.expires = expires
        elif not lease.ending:
            log.warning("the lease of %s (epoch %d) was lost", lease.name, lease.epoch)
            lease.expires = 0.0
            self.drop(lease)

    def _all(self) -> tuple[Lease, ...]:
        with self._turn:
            return tuple(self._mine.values())

    def _beat(self) -> None:
        while not self._stop.wait(self._seconds / 3):
            try:
                self.renew()
            except StoreError as error:
                log.error("leases cannot be renewed: %s", error)  # noqa: TRY400 - as often as this, the cause says all
            except Exception:  # a heartbeat that ends costs everything that is held
                log.exception("leases cannot be renewed")
