"""What approvals of a pull request stand on beside its head: its base branch, and that nothing took them back since."""

from dataclasses import replace

from bot.records import Ground, VoteKind
from bot.store.database import Connection, Database, Row

GROUND = "SELECT base_ref, fell_at FROM grounds WHERE repository = ? AND number = ?"


class Grounds:
    """The grounds, one of each pull request; the later of two news counts, whichever is heard of first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, repository: str, number: int) -> Ground | None:
        """Give the ground of a pull request; None if nobody looked at it yet."""
        return _ground(next(iter(self._database.rows(GROUND, repository, number)), None))

    def restore(self, repository: str, number: int, ground: Ground) -> None:
        """Take in a ground as it stood elsewhere, in place of what is known of it."""
        with self._database.change() as connection:
            _put(connection, repository, number, ground)

    def see_base(self, repository: str, number: int, *, base_ref: str, at: str) -> None:
        """Note the base branch that a look found; another one than before takes approvals back.

        Args:
            repository: Where the pull request is.
            number: Its number.
            base_ref: The branch that it is to be merged into now.
            at: Until when it may have been another, by GitHub's clock.
        """
        known = self.get(repository, number) or Ground()
        if known.base_ref and known.base_ref != base_ref:
            self.fall(repository, number, at=at, base_ref=base_ref)
        elif not known.base_ref:
            self.restore(repository, number, replace(known, base_ref=base_ref))

    def fall(self, repository: str, number: int, *, at: str, base_ref: str | None = None) -> None:
        """Take back all approvals that were written until then, also those that are heard of later.

        Args:
            repository: Where the pull request is.
            number: Its number.
            at: When it was closed, or given another base branch, by GitHub's clock.
            base_ref: That branch; None for a close.
        """
        with self._database.change() as connection:
            known = _ground(connection.execute(GROUND, (repository, number)).fetchone()) or Ground()
            fallen = Ground(base_ref=base_ref or known.base_ref, fell_at=at)
            if at < known.fell_at or fallen == known:
                return
            _put(connection, repository, number, fallen)
            connection.execute(
                "DELETE FROM votes WHERE repository = ? AND number = ? AND kind = ? AND (at <= ? OR base_ref <> ?)",
                (repository, number, VoteKind.APPROVE, at, fallen.base_ref),
            )


def _ground(row: Row | None) -> Ground | None:
    return None if row is None else Ground(base_ref=row["base_ref"], fell_at=row["fell_at"])


def _put(connection: Connection, repository: str, number: int, ground: Ground) -> None:
    connection.execute(
        "INSERT INTO grounds (repository, number, base_ref, fell_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (repository, number) DO UPDATE SET base_ref = excluded.base_ref, fell_at = excluded.fell_at",
        (repository, number, ground.base_ref, ground.fell_at),
    )
