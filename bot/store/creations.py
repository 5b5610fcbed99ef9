"""How much each installation created on GitHub lately, and how long it has to wait before it may create more."""

import time

from bot.settings import Budget
from bot.store.database import Database

SLOT = 10
"""Seconds that are counted together."""
TURN = -1
"""In place of a slot: the row of an installation that one replica at a time has, while it counts."""
MINUTE, HOUR = 60, 3_600


class Creations:
    """Counts by installation, shared by all replicas."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, installation: int, budget: Budget) -> float:
        """Count one creation and give 0; or, where none is left, count nothing and give the seconds to wait.

        Time is the database's, so that replicas need not agree on theirs.
        """
        with self._database.change() as connection:
            # Whoever else counts for this installation waits for this row until our transaction has ended.
            now: float = connection.execute(
                "INSERT INTO creations (installation, slot, made) VALUES (?, ?, 0)"
                " ON CONFLICT (installation, slot) DO UPDATE SET made = 0 RETURNING clock_seconds() AS now",
                (installation, TURN),
            ).fetchall()[0]["now"]
            connection.execute(
                "DELETE FROM creations WHERE installation = ? AND slot > ? AND slot < ?",
                (installation, TURN, _slot(now - HOUR)),
            )
            rows = connection.execute(
                "SELECT slot, made FROM creations WHERE installation = ? AND slot > ? ORDER BY slot",
                (installation, TURN),
            ).fetchall()
            made = tuple((int(row["slot"]), int(row["made"])) for row in rows)
            wait = max(
                wait_for(made, now=now, within=MINUTE, most=budget.a_minute),
                wait_for(made, now=now, within=HOUR, most=budget.an_hour),
            )
            if wait == 0.0:
                connection.execute(
                    "INSERT INTO creations (installation, slot, made) VALUES (?, ?, 1)"
                    " ON CONFLICT (installation, slot) DO UPDATE SET made = creations.made + 1",
                    (installation, _slot(now)),
                )
        return wait

    def left(self, budget: Budget) -> dict[str, int]:
        """Give what each installation may still create this minute, of those that created something lately."""
        rows = self._database.rows(
            "SELECT installation, sum(CASE WHEN slot >= ? THEN made ELSE 0 END) AS made FROM creations WHERE slot >= ?"
            " GROUP BY installation",
            _slot(time.time() - MINUTE), _slot(time.time() - HOUR),
        )  # fmt: skip
        return {str(row["installation"]): max(budget.a_minute - int(row["made"]), 0) for row in rows}


def wait_for(made: tuple[tuple[int, int], ...], *, now: float, within: int, most: int) -> float:
    """Give the seconds until fewer than `most` were made `within` so many seconds; a slot counts until its end is out.

    Args:
        made: Counts by slot, oldest first.
        now: Seconds since 1970.
        within: Seconds that are looked back on.
        most: How many may be made in that time.
    """
    counted = [(slot, count) for slot, count in made if slot >= _slot(now - within)]
    left = sum(count for _, count in counted)
    for slot, count in counted:
        if left < most:
            break
        left -= count
        until = (slot + 1) * SLOT + within
        if left < most:
            return max(until - now, 1.0)
    return 0.0


def _slot(at: float) -> int:
    return int(at // SLOT)
