"""Deliveries: kept before they are answered, handed out one at a time for each lane, in the order they came."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.store.database import Database, now, stamp
from bot.webhook import Delivery

MAX_ATTEMPTS = 5
"""Hand-outs of one delivery before it is given up: interruptions by a restart count, and a GitHub that is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A delivery that was handed out to be handled."""

    id: int
    lane: str
    received_at: str
    attempts: int
    delivery: Delivery


class Inbox:
    """The durable inbox."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, delivery: Delivery, *, lane: str) -> bool:
        """Keep a delivery; False if its GUID is known and it was not lost.

        A redelivery of one that failed is taken again: that is what somebody redelivers for.
        """
        with self._database.change() as connection:
            done = connection.execute(
                "INSERT INTO deliveries (guid, event, lane, body, received_at) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (guid) DO UPDATE SET state = 'pending', attempts = 0, error = NULL, not_before = ''"
                " WHERE state = 'failed'",
                (delivery.guid, delivery.event, lane, zlib.compress(delivery.body, 1), now()),
            )
            return done.rowcount > 0

    def take(self, *, busy: Collection[str]) -> Item | None:
        """Hand out the oldest delivery whose lane is not busy; None if there is none."""
        with self._database.change() as connection:
            rows = connection.execute(
                "SELECT id, lane FROM deliveries WHERE state = 'pending' AND not_before <= ? ORDER BY id LIMIT 500",
                (now(),),
            )
            chosen: int | None = next((row["id"] for row in rows if row["lane"] not in busy), None)
            if chosen is None:
                return None
            row = connection.execute(
                "UPDATE deliveries SET state = 'running', attempts = attempts + 1 WHERE id = ? RETURNING *", (chosen,)
            ).fetchone()
        delivery = Delivery(guid=row["guid"], event=row["event"], body=zlib.decompress(row["body"]))
        return Item(
            id=row["id"],
            lane=row["lane"],
            received_at=row["received_at"],
            attempts=row["attempts"],
            delivery=delivery,
        )

    def finish(self, item: Item, *, ignored: bool = False) -> None:
        """Mark a delivery as handled, or as of no concern."""
        self._end(item, "ignored" if ignored else "done", None)

    def fail(self, item: Item, error: str) -> None:
        """Mark a delivery as failed, with the reason for the operator."""
        self._end(item, "failed", error)

    def retry(self, item: Item, error: str, *, seconds: float) -> None:
        """Put a delivery back, to be handed out after a while; it fails once it has had its attempts."""
        if item.attempts >= MAX_ATTEMPTS:
            self.fail(item, error)
            return
        with self._database.change() as connection:
            connection.execute(
                "UPDATE deliveries SET state = 'pending', error = ?, not_before = ? WHERE id = ?",
                (error, stamp(datetime.now(UTC) + timedelta(seconds=seconds)), item.id),
            )

    def recover(self) -> int:
        """Put back what was being handled when the process ended; give how many."""
        with self._database.change() as connection:
            connection.execute(
                "UPDATE deliveries SET state = 'failed', error = 'interrupted too often' "
                "WHERE state = 'running' AND attempts >= ?",
                (MAX_ATTEMPTS,),
            )
            return connection.execute("UPDATE deliveries SET state = 'pending' WHERE state = 'running'").rowcount

    def knows(self, guid: str) -> bool:
        """Tell whether a delivery was ever kept."""
        return bool(self._database.rows("SELECT 1 FROM deliveries WHERE guid = ?", guid))

    def counts(self) -> dict[str, int]:
        """Count deliveries by state."""
        rows = self._database.rows("SELECT state, count(*) AS n FROM deliveries GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    def failures(self) -> dict[str, str]:
        """Give the errors of failed deliveries by GUID, newest first, at most 20."""
        rows = self._database.rows(
            "SELECT guid, error FROM deliveries WHERE state = 'failed' ORDER BY id DESC LIMIT 20"
        )
        return {row["guid"]: row["error"] for row in rows}

    def _end(self, item: Item, state: str, error: str | None) -> None:
        with self._database.change() as connection:
            connection.execute(
                "UPDATE deliveries SET state = ?, error = ?, finished_at = ? WHERE id = ?",
                (state, error, now(), item.id),
            )
