"""Pull requests on hold: nothing is built, approved or released of them until somebody ends that."""

from bot.report_status import Hold
from bot.store.database import Database


class Holds:
    """The holds, at most one of a pull request."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, repository: str, number: int, hold: Hold) -> None:
        """Put a pull request on hold; one that stands already stays as it is."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO holds (repository, number, login, at, reason) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (repository, number, hold.login, hold.at, hold.reason),
            )

    def end(self, repository: str, number: int) -> None:
        """End a hold; that there is none is fine."""
        with self._database.change() as connection:
            connection.execute("DELETE FROM holds WHERE repository = ? AND number = ?", (repository, number))

    def get(self, repository: str, number: int) -> Hold | None:
        """Give what holds a pull request; None if nothing does."""
        rows = self._database.rows(
            "SELECT login, at, reason FROM holds WHERE repository = ? AND number = ?", repository, number
        )
        return Hold(login=rows[0]["login"], reason=rows[0]["reason"], at=rows[0]["at"]) if rows else None

    def of(self, repository: str) -> frozenset[int]:
        """Give the numbers of a repository's pull requests that are on hold."""
        rows = self._database.rows("SELECT number FROM holds WHERE repository = ?", repository)
        return frozenset(int(row["number"]) for row in rows)
