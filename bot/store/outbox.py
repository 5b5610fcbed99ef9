"""Writes to GitHub and to the cluster: stored before they are sent, and what is known of each since, by its key."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from bot.effects import Entry, Mark, State
from bot.store.database import Database, now, stamp

KEPT = timedelta(days=30)
"""How long it is remembered what was sent; GitHub's own lists are right long before that."""
JOB = "job "
"""How the keys of the cluster's jobs begin; they belong to no repository, and are kept until the job has ended."""


class Outbox:
    """The durable outbox: one row for each thing that we make or change, in the pull request that it belongs to."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_pull(self, repository: str, number: int) -> dict[str, Entry]:
        """Give what is known of a pull request's things by key; number 0 has those of the repository itself."""
        rows = self._database.rows(
            "SELECT key, says, state, github_id, at FROM outbox WHERE repository = ? AND number = ? ORDER BY key",
            repository, number,
        )  # fmt: skip
        return {
            row["key"]: Entry(
                key=row["key"],
                says=row["says"],
                state=State(row["state"]),
                github_id=row["github_id"],
                at=row["at"],
            )
            for row in rows
        }

    def plan(self, repository: str, number: int, marks: Iterable[Mark]) -> None:
        """Store what is to be sent for a pull request, in place of what was planned before and never sent."""
        with self._database.change() as connection:
            connection.execute(
                "DELETE FROM outbox WHERE repository = ? AND number = ? AND state = 'planned' AND github_id IS NULL",
                (repository, number),
            )
            for mark in marks:
                connection.execute(
                    "INSERT INTO outbox (repository, number, key, says, state, at) VALUES (?, ?, ?, ?, 'planned', ?)"
                    " ON CONFLICT (repository, number, key) DO UPDATE SET says = excluded.says, state = 'planned',"
                    " at = excluded.at, error = NULL,"
                    " github_id = CASE WHEN ? = 1 THEN NULL ELSE outbox.github_id END",
                    (repository, number, mark.key, mark.says, now(), int(mark.creates)),
                )

    def sending(self, repository: str, number: int, keys: Iterable[str]) -> None:
        """Note that what these keys name is on its way from now on."""
        self._set(repository, number, keys, State.SENDING)

    def sent(self, repository: str, number: int, keys: Iterable[str], *, github_id: int | None) -> None:
        """Note that GitHub took it, and the id that GitHub gave it; without one, a known id stays."""
        self._set(repository, number, keys, State.SENT, github_id=github_id)

    def fail(self, repository: str, number: int, keys: Iterable[str], error: str) -> None:
        """Note that GitHub refused it, and why."""
        self._set(repository, number, keys, State.FAILED, error=error)

    def lose(self, repository: str, number: int, keys: Iterable[str]) -> None:
        """Note that a person deleted it."""
        self._set(repository, number, keys, State.GONE)

    def adopt(self, repository: str, number: int, key: str, *, says: str, github_id: int | None) -> None:
        """Note that what was on its way did arrive: it was seen, with its id, saying this."""
        with self._database.change() as connection:
            connection.execute(
                "UPDATE outbox SET state = 'sent', says = ?, github_id = ?, at = ?"
                " WHERE repository = ? AND number = ? AND key = ?",
                (says, github_id, now(), repository, number, key),
            )

    def forget(self, repository: str, number: int, keys: Iterable[str]) -> None:
        """Forget things: we deleted them, or they have ended."""
        with self._database.change() as connection:
            for key in keys:
                connection.execute(
                    "DELETE FROM outbox WHERE repository = ? AND number = ? AND key = ?", (repository, number, key)
                )

    def forget_comment(self, repository: str, number: int, comment_id: int) -> None:
        """Forget a comment that we deleted, whatever it said."""
        with self._database.change() as connection:
            connection.execute(
                "DELETE FROM outbox WHERE repository = ? AND number = ? AND github_id = ? AND key LIKE 'comment %'",
                (repository, number, comment_id),
            )

    def unfinished(self, *, before: str) -> tuple[tuple[str, int, str], ...]:
        """Give the pull requests where something stopped half-way before this time, and when it did.

        That is a write that was never sent or whose outcome is not known, or a check run that was left in progress.
        """
        rows = self._database.rows(
            "SELECT repository, number, max(at) AS stopped FROM outbox WHERE number > 0 AND at < ?"
            " AND (state IN ('planned', 'sending')"
            " OR state = 'sent' AND key LIKE 'check-run %' AND says LIKE '% in_progress')"
            " GROUP BY repository, number ORDER BY repository, number",
            before,
        )
        return tuple((row["repository"], row["number"], row["stopped"]) for row in rows)

    def note_job(self, build_id: str, state: State) -> None:
        """Note how far the job of a build is on its way to the cluster; its id is the build's."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO outbox (repository, number, key, says, state, at) VALUES ('', 0, ?, '', ?, ?)"
                " ON CONFLICT (repository, number, key) DO UPDATE SET state = excluded.state, at = excluded.at",
                (f"{JOB}{build_id}", state, now()),
            )

    def forget_job(self, build_id: str) -> None:
        """Forget a job: it has ended."""
        self.forget("", 0, (f"{JOB}{build_id}",))

    def jobs(self) -> tuple[str, ...]:
        """Give the builds whose job the cluster may still hold, in the order they were given to it."""
        rows = self._database.rows("SELECT key FROM outbox WHERE repository = '' AND number = 0 ORDER BY at, key")
        return tuple(row["key"].removeprefix(JOB) for row in rows)

    def counts(self) -> dict[str, int]:
        """Count writes by state."""
        rows = self._database.rows("SELECT state, count(*) AS n FROM outbox GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    def prune(self) -> int:
        """Forget what was sent long ago; give how many rows that were."""
        with self._database.change() as connection:
            return connection.execute(
                "DELETE FROM outbox WHERE at < ? AND repository <> ''", (stamp(datetime.now(UTC) - KEPT),)
            ).rowcount

    def _set(
        self,
        repository: str,
        number: int,
        keys: Iterable[str],
        state: State,
        *,
        github_id: int | None = None,
        error: str | None = None,
    ) -> None:
        with self._database.change() as connection:
            for key in keys:
                connection.execute(
                    "UPDATE outbox SET state = ?, github_id = coalesce(?, github_id), error = ?, at = ?"
                    " WHERE repository = ? AND number = ? AND key = ?",
                    (state, github_id, error, now(), repository, number, key),
                )
