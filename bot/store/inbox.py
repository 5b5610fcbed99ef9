"""Deliveries: kept before they are answered, handed out one at a time for each lane, the oldest first."""

import logging
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from functools import cache

from isal import isal_zlib

from bot.store.database import Connection, Database, Row, Value, now, stamp
from bot.store.fence import Lease, under
from bot.store.leases import Leases
from bot.webhook import Delivery
from schemas.errors import UserError

log = logging.getLogger(__name__)

MAX_CRASHES = 5
"""Hand-outs of one delivery that never came back: it may be what ends the bot."""
TRIES = 8
"""Looks for a delivery where others are faster, before this worker lets a moment pass."""
MAX_ID = 2**63 - 1
KEPT = timedelta(days=30)
"""How long it is remembered what a delivery said that was handled; its GUID is remembered for ever."""
FORGOTTEN = zlib.compress(b"{}", 1)
MOST_FORGOTTEN = 500
"""Bodies in one transaction, so that what comes meanwhile is not held up."""
STATEMENTS = (64, 32, 16, 8, 4, 2, 1)
"""Rows that one statement takes: few lengths, so that each is prepared once, and few statements for many rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A delivery that was handed out to be handled."""

    id: int
    lane: str
    received_at: str
    crashes: int = 0
    waits: int = 0
    delivery: Delivery
    lease: Lease | None = None
    """Of its lane; None in a run of a workflow, which is alone with it."""


class _Found(Enum):
    """What a look for a delivery found, other than one."""

    NOTHING = auto()
    TAKEN = auto()
    """Somebody was faster."""
    OUR_OWN = auto()
    """One that this process holds the lane of, though its lease has expired."""


def values_of(delivery: Delivery, *, lane: str | None, looks: bool, received_at: str) -> tuple[Value, ...]:
    """Give the values that `keep` takes; a delivery without a lane is of no concern, and kept as ignored."""
    state = "ignored" if lane is None else "pending"
    body = isal_zlib.compress(delivery.body, isal_zlib.ISAL_BEST_SPEED)
    return (delivery.guid, delivery.event, lane or "", int(looks), body, received_at, state)


def unpack(packed: bytes) -> bytes:
    """Give a delivery's body as it was sent.

    Raises:
        UserError: if what is stored of it is corrupt.
    """
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise UserError(
            f"Its stored body is corrupt ({error}); have GitHub send it again, which brings it anew."
        ) from error


def keep(connection: Connection, rows: Sequence[Sequence[Value]]) -> set[str]:
    """Keep deliveries of different GUIDs, and tell which were new.

    One whose GUID is known stays as it is, but a redelivery of one that failed is taken again, as it is sent now.
    """
    kept: set[str] = set()
    start = 0
    while start < len(rows):
        count = next(count for count in STATEMENTS if count <= len(rows) - start)
        values = [value for row in rows[start : start + count] for value in row]
        kept.update(row["guid"] for row in connection.execute(_keep(count), values).fetchall())
        start += count
    return kept


@cache
def _keep(count: int) -> str:
    """Write the statement that keeps so many."""
    rows = ", ".join(["(?, ?, ?, ?, ?, ?, ?, clock_seconds())"] * count)
    return (
        f"INSERT INTO deliveries (guid, event, lane, looks, body, received_at, state, due) VALUES {rows}"  # noqa: S608 - marks alone
        " ON CONFLICT (guid) DO UPDATE SET state = 'pending', crashes = 0, waits = 0, error = NULL, finished_at = NULL,"
        " body = excluded.body, due = excluded.due WHERE deliveries.state = 'failed' RETURNING guid"
    )


class Inbox:
    """The durable inbox."""

    def __init__(self, database: Database, leases: Leases) -> None:
        self._database = database
        self._leases = leases
        self._came = threading.Condition()

    def add(self, delivery: Delivery, *, lane: str | None, looks: bool = False) -> bool:
        """Keep a delivery; False if its GUID is known, and it is not among the failed ones.

        Args:
            delivery: What came.
            lane: Where it is handled; None if it is of no concern.
            looks: Whether it only asks for a look, so that a later such one makes up for it.
        """
        with self._database.change() as connection:
            values = values_of(delivery, lane=lane, looks=looks, received_at=now())
            kept = bool(keep(connection, [values]))
        self.ring()
        return kept

    def ring(self) -> None:
        """Tell the workers that something came, or that a lane is free."""
        with self._came:
            self._came.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait until something came, and no longer than that."""
        with self._came:
            self._came.wait(seconds)

    def take(self) -> Item | None:
        """Hand out the oldest delivery that is due and whose lane is free, with its lane; None if there is none.

        One whose lane's holder has not come back is handed out again.
        """
        for _ in range(TRIES):
            with self._database.transaction() as connection:
                found = self._take(connection)
            match found:
                case Item(lease=Lease() as lease):
                    self._leases.keep(lease)
                    return found
                case _Found.OUR_OWN:  # the machine stood still for longer than a lease, and goes on
                    self._leases.renew()
                case _Found.NOTHING:
                    return None
        return None

    def _take(self, connection: Connection) -> Item | _Found:
        candidate = connection.execute(
            "SELECT lane FROM deliveries LEFT JOIN leases ON name = lane"
            " WHERE state IN ('pending', 'running') AND due <= clock_seconds()"
            " AND (until IS NULL OR until <= clock_seconds()) ORDER BY due, id LIMIT 1"
        ).fetchone()
        if candidate is None:
            return _Found.NOTHING
        lane: str = candidate["lane"]
        if self._leases.has(lane):
            return _Found.OUR_OWN
        # The lease comes before its lane's deliveries here and where one ends: nobody waits for anybody crosswise.
        lease = self._leases.take_within(connection, lane)
        if lease is None:
            return _Found.TAKEN
        first = connection.execute(
            "SELECT id, looks, state, crashes FROM deliveries WHERE lane = ? AND state IN ('pending', 'running')"
            " AND due <= clock_seconds() ORDER BY id LIMIT 1",
            (lane,),
        ).fetchone()
        if first is None:
            self._leases.release_within(connection, lease)
            return _Found.TAKEN
        return self._hand_out(connection, first, lease)

    def _hand_out(self, connection: Connection, first: Row, lease: Lease) -> Item | _Found:
        """Hand out the first of a lane's deliveries, or what makes up for it."""
        crashed = first["state"] == "running"
        if crashed and first["crashes"] + 1 >= MAX_CRASHES:
            _end(connection, first["id"], "failed", f"the bot ended {MAX_CRASHES} times while it handled this")
            self._leases.release_within(connection, lease)
            return _Found.TAKEN
        chosen: int = first["id"] if crashed or not first["looks"] else _supersede(connection, lease.name, first["id"])
        row = connection.execute(
            "UPDATE deliveries SET state = 'running', crashes = crashes + ? WHERE id = ?"
            " RETURNING guid, event, body, received_at, crashes, waits",
            (int(crashed), chosen),
        ).fetchall()[0]
        try:
            body = unpack(row["body"])
        except UserError as problem:
            log.error("delivery %s failed for good: %s", row["guid"], problem)  # noqa: TRY400 - it says all
            _end(connection, chosen, "failed", str(problem))
            self._leases.release_within(connection, lease)
            return _Found.TAKEN
        return Item(
            id=chosen,
            lane=lease.name,
            received_at=row["received_at"],
            crashes=row["crashes"],
            waits=row["waits"],
            delivery=Delivery(guid=row["guid"], event=row["event"], body=body),
            lease=lease,
        )

    def finish(self, item: Item, *, ignored: bool = False) -> None:
        """Mark a delivery as handled, or as of no concern."""
        self._settle(item, "ignored" if ignored else "done", None)

    def fail(self, item: Item, error: str) -> None:
        """Mark a delivery as failed for good, with the reason for the operator."""
        self._settle(item, "failed", error)

    def put_back(self, item: Item, error: str, *, seconds: float, counted: bool = True) -> None:
        """Put a delivery back, to be handed out after a while: what it needs is not there now.

        Args:
            item: The delivery.
            error: What is not there.
            seconds: The while.
            counted: Whether this makes the next while longer.
        """
        with self._last_change(item) as connection:
            connection.execute(
                "UPDATE deliveries SET state = 'pending', waits = waits + ?, error = ?, due = clock_seconds() + ?"
                " WHERE id = ?",
                (int(counted), error, seconds, item.id),
            )

    def knows(self, guid: str) -> bool:
        """Tell whether a delivery was ever kept."""
        return bool(self._database.rows("SELECT 1 FROM deliveries WHERE guid = ?", guid))

    def counts(self) -> dict[str, int]:
        """Count deliveries by state."""
        # Each half is counted from an index of its own.
        rows = self._database.rows(
            "SELECT state, count(*) AS n FROM deliveries WHERE state IN ('pending', 'running') GROUP BY state"
            " UNION ALL"
            " SELECT state, count(*) AS n FROM deliveries WHERE state NOT IN ('pending', 'running') GROUP BY state"
        )
        return {row["state"]: row["n"] for row in rows}

    def forget_bodies(self) -> int:
        """Forget what deliveries said that ended long ago; that they came stays known. Give how many that were."""
        before = stamp(datetime.now(UTC) - KEPT)
        rows = self._database.rows(
            "SELECT id FROM deliveries WHERE state NOT IN ('pending', 'running') AND state <> 'failed'"
            " AND received_at < ? AND length(body) > ?",
            before, len(FORGOTTEN),
        )  # fmt: skip
        for start in range(0, len(rows), MOST_FORGOTTEN):
            with self._database.change() as connection:
                connection.executemany(
                    "UPDATE deliveries SET body = ? WHERE id = ?",
                    [(FORGOTTEN, row["id"]) for row in rows[start : start + MOST_FORGOTTEN]],
                )
        return len(rows)

    def _settle(self, item: Item, state: str, error: str | None) -> None:
        with self._last_change(item) as connection:
            _end(connection, item.id, state, error)

    @contextmanager
    def _last_change(self, item: Item) -> Iterator[Connection]:
        """Open the transaction that a delivery's lane is free after."""
        if item.lease is None:
            with self._database.change() as connection:
                yield connection
            return
        with self._leases.giving_back(item.lease), under(item.lease), self._database.change() as connection:
            yield connection
            self._leases.release_within(connection, item.lease)


def _end(connection: Connection, delivery_id: int, state: str, error: str | None) -> None:
    connection.execute(
        "UPDATE deliveries SET state = ?, error = ?, finished_at = ? WHERE id = ?", (state, error, now(), delivery_id)
    )


def _supersede(connection: Connection, lane: str, first: int) -> int:
    """Give the newest of a lane's looks in a row, up to the next delivery of another kind; end those before it."""
    other = connection.execute(
        "SELECT min(id) AS id FROM deliveries WHERE lane = ? AND state IN ('pending', 'running') AND id > ?"
        " AND (looks = 0 OR state = 'running')",
        (lane, first),
    ).fetchall()[0]["id"]
    newest: int = connection.execute(
        "SELECT max(id) AS id FROM deliveries WHERE lane = ? AND state IN ('pending', 'running') AND id < ?",
        (lane, MAX_ID if other is None else other),
    ).fetchall()[0]["id"]
    if newest != first:
        # One that was kept only now, with a number from before, may be of another kind. The condition of two states is
        # that of the index.
        connection.execute(
            "UPDATE deliveries SET state = 'superseded', finished_at = ? WHERE lane = ?"
            " AND state IN ('pending', 'running') AND state = 'pending' AND looks = 1 AND id >= ? AND id < ?",
            (now(), lane, first, newest),
        )
    return newest
