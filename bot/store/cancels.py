"""Builds that were called off: what was ordered before that, and is heard of after it, is not built."""

from bot.records import Cancel, Word
from bot.store.database import Database, Row

CANCELS = "SELECT whose, at, comment FROM cancels WHERE repository = ? AND number = ?"


class Cancels:
    """The newest cancels of each pull request: of everybody's builds, and of those that one person orders."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, repository: str, number: int, cancel: Cancel) -> None:
        """Note a cancel; one that was written before the known one of the same reach changes nothing."""
        with self._database.change() as connection:
            row = connection.execute(f"{CANCELS} AND whose = ?", (repository, number, cancel.whose)).fetchone()
            if row is not None and cancel.is_before(_cancel(row)):
                return
            connection.execute(
                "INSERT INTO cancels (repository, number, whose, at, comment) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (repository, number, whose) DO UPDATE SET at = excluded.at, comment = excluded.comment",
                (repository, number, cancel.whose, cancel.at, cancel.comment),
            )

    def of(self, repository: str, number: int) -> tuple[Cancel, ...]:
        """Give the cancels of a pull request, the newest of each reach."""
        return tuple(_cancel(row) for row in self._database.rows(f"{CANCELS} ORDER BY whose", repository, number))

    def is_late(self, repository: str, number: int, word: Word, *, login: str) -> bool:
        """Tell whether a person's order comes late: a cancel that concerns it was written after it."""
        cancels = self.of(repository, number)
        return any(cancel.whose in {"", login.lower()} and word.is_before(cancel) for cancel in cancels)


def _cancel(row: Row) -> Cancel:
    return Cancel(whose=row["whose"], at=row["at"], comment=row["comment"])
