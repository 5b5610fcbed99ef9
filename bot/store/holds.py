"""Pull requests on hold: nothing is built, approved or released of them until somebody ends that."""

from bot.records import HoldWord, Word
from bot.report_status import Hold
from bot.store.database import Connection, Database, Row

WORD = "SELECT held, login, at, reason, said_at, comment FROM holds WHERE repository = ? AND number = ?"


class Holds:
    """The newest word on a hold of each pull request: the later written counts, whichever is heard of first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, repository: str, number: int, hold: Hold, *, comment: int = 0) -> None:
        """Put a pull request on hold; one that stands already stays as it is, and is renewed.

        Args:
            repository: Where the pull request is.
            number: Its number.
            hold: Who holds it, why, and when that was written.
            comment: The comment that it was written in; 0 for anything else.
        """
        with self._database.change() as connection:
            known = _word(connection.execute(WORD, (repository, number)).fetchone())
            word = HoldWord(hold=(known.hold if known else None) or hold, at=hold.at, comment=comment)
            if known is None or not word.is_before(known):
                _put(connection, repository, number, word)

    def end(self, repository: str, number: int, *, at: str, comment: int = 0) -> None:
        """End a hold, by what was written then; that there is none is fine."""
        with self._database.change() as connection:
            known = _word(connection.execute(WORD, (repository, number)).fetchone())
            word = HoldWord(hold=None, at=at, comment=comment)
            if known is None or not word.is_before(known):
                _put(connection, repository, number, word)

    def is_late(self, repository: str, number: int, word: Word) -> bool:
        """Tell whether a word comes late: one on a hold that was written after it is known."""
        known = self.word(repository, number)
        return known is not None and word.is_before(known)

    def restore(self, repository: str, number: int, word: HoldWord) -> None:
        """Take in a word as it stood elsewhere, in place of what is known."""
        with self._database.change() as connection:
            _put(connection, repository, number, word)

    def word(self, repository: str, number: int) -> HoldWord | None:
        """Give the newest word on a hold; None if nobody said any."""
        return _word(next(iter(self._database.rows(WORD, repository, number)), None))

    def get(self, repository: str, number: int) -> Hold | None:
        """Give what holds a pull request; None if nothing does."""
        word = self.word(repository, number)
        return None if word is None else word.hold

    def of(self, repository: str) -> frozenset[int]:
        """Give the numbers of a repository's pull requests that are on hold."""
        rows = self._database.rows("SELECT number FROM holds WHERE repository = ? AND held = 1", repository)
        return frozenset(int(row["number"]) for row in rows)


def _word(row: Row | None) -> HoldWord | None:
    if row is None:
        return None
    hold = Hold(login=row["login"], reason=row["reason"], at=row["at"]) if row["held"] else None
    return HoldWord(hold=hold, at=row["said_at"], comment=row["comment"])


def _put(connection: Connection, repository: str, number: int, word: HoldWord) -> None:
    held = ("", "", "") if word.hold is None else (word.hold.login, word.hold.at, word.hold.reason)
    connection.execute(
        "INSERT INTO holds (repository, number, held, login, at, reason, said_at, comment)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (repository, number) DO UPDATE SET held = excluded.held,"
        " login = excluded.login, at = excluded.at, reason = excluded.reason, said_at = excluded.said_at,"
        " comment = excluded.comment",
        (repository, number, int(word.hold is not None), *held, word.at, word.comment),
    )
