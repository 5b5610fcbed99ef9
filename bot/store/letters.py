"""Deliveries as an operator sees them: what waits, what failed for good and why; trying it again, dismissing it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.store.database import Database, Row
from bot.store.inbox import unpack
from bot.webhook import Delivery

COLUMNS = "guid, event, lane, state, received_at, finished_at, error, crashes, waits"
AGAIN = (
    "UPDATE deliveries SET state = 'pending', crashes = 0, waits = 0, due = clock_seconds(), error = NULL,"
    " finished_at = NULL WHERE state = 'failed'"
)
DISMISS = "UPDATE deliveries SET state = 'dismissed' WHERE state = 'failed'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A delivery without its body."""

    guid: str
    event: str
    lane: str
    """Repository and number, where it has them; empty for what is of no concern."""
    state: str
    received_at: str
    finished_at: str | None
    error: str | None
    """Why it failed, or what it waits for."""
    crashes: int
    waits: int


class Letters:
    """The deliveries of one database."""

    def __init__(self, database: Database, announced: Callable[[], None] = lambda: None) -> None:
        """Look into a database; `announced` is called after some are to be tried again."""
        self._database = database
        self._announced = announced

    def list(self, *states: str, limit: int) -> tuple[Letter, ...]:
        """Give the deliveries in these states, the oldest first; where there are more, the newest of them."""
        marks = ", ".join("?" * len(states))
        # Each half is found by an index of its own: those that were handled are many, and grow for ever.
        halves = " UNION ALL ".join(
            f"SELECT id FROM deliveries WHERE state {kind} ('pending', 'running') AND state IN ({marks})"  # noqa: S608 - our own words; values are bound
            for kind in ("IN", "NOT IN")
        )
        query = f"SELECT {COLUMNS} FROM deliveries WHERE id IN ({halves}) ORDER BY id DESC LIMIT ?"  # noqa: S608 - see above
        return tuple(_letter(row) for row in reversed(self._database.rows(query, *states, *states, limit)))

    def get(self, guid: str) -> Letter | None:
        """Give a delivery; None if there is none of that GUID."""
        rows = self._database.rows(f"SELECT {COLUMNS} FROM deliveries WHERE guid = ?", guid)  # noqa: S608 - see above
        return _letter(rows[0]) if rows else None

    def delivery(self, guid: str) -> Delivery | None:
        """Give a delivery as it came; None if there is none of that GUID.

        What is corrupt is a UserError.
        """
        rows: Sequence[Row] = self._database.rows("SELECT guid, event, body FROM deliveries WHERE guid = ?", guid)
        return Delivery(guid=guid, event=rows[0]["event"], body=unpack(rows[0]["body"])) if rows else None

    def waiting_since(self) -> str | None:
        """Tell when the delivery came that has waited longest; None if none waits."""
        query = "SELECT min(received_at) AS since FROM deliveries WHERE state IN ('pending', 'running')"
        since: str | None = self._database.rows(query)[0]["since"]
        return since

    def retry(self, guid: str) -> bool:
        """Have a delivery that failed tried again; False if none of that GUID has."""
        return self._again(f"{AGAIN} AND guid = ?", guid) > 0

    def retry_all(self) -> int:
        """Have every delivery that failed tried again; gives how many."""
        return self._again(AGAIN)

    def dismiss(self, guid: str) -> bool:
        """End a delivery that failed as it is, for good, with its reason; False if none of that GUID has failed."""
        return self._change(f"{DISMISS} AND guid = ?", guid) > 0

    def dismiss_all(self) -> int:
        """Dismiss every delivery that failed; gives how many."""
        return self._change(DISMISS)

    def _again(self, statement: str, *values: str) -> int:
        done = self._change(statement, *values)
        self._announced()
        return done

    def _change(self, statement: str, *values: str) -> int:
        with self._database.change() as connection:
            return connection.execute(statement, values).rowcount


def _letter(row: Row) -> Letter:
    return Letter(
        guid=row["guid"],
        event=row["event"],
        lane=row["lane"],
        state=row["state"],
        received_at=row["received_at"],
        finished_at=row["finished_at"],
        error=row["error"],
        crashes=row["crashes"],
        waits=row["waits"],
    )
