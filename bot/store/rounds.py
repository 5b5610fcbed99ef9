"""How far each comparison of GitHub with what we remember has come, by its name."""

from collections.abc import Collection
from datetime import datetime

from bot.store.database import Database, stamp


class Rounds:
    """Times up to which everything was seen."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def seen_until(self, name: str) -> datetime | None:
        """Give the time up to which everything was seen; None before the first round."""
        rows = self._database.rows("SELECT at FROM rounds WHERE name = ?", name)
        return datetime.fromisoformat(rows[0]["at"]) if rows else None

    def all(self) -> dict[str, datetime]:
        """Give the times of all comparisons."""
        rows = self._database.rows("SELECT name, at FROM rounds")
        return {row["name"]: datetime.fromisoformat(row["at"]) for row in rows}

    def note(self, name: str, until: datetime) -> None:
        """Note that everything up to this time was seen."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO rounds (name, at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
                (name, stamp(until)),
            )

    def keep_only(self, names: Collection[str]) -> None:
        """Forget all comparisons but these: what is gone is compared no more."""
        gone = [(name,) for name in self.all() if name not in names]
        if gone:
            with self._database.change() as connection:
                connection.executemany("DELETE FROM rounds WHERE name = ?", gone)
