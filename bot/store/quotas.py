"""What builds of pull requests used of the cluster, and what authors were allowed beyond the policy."""

from bot.quota import Amount
from bot.report_status import BuildState
from bot.store.database import Database, Row, now, seconds_between
from schemas.job import BuildKind

MINUTE = 60


class Quotas:
    """Use and allowances, of one repository each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def used(self, repository: str, *, since: str, author: str | None = None) -> Amount:
        """Add up what was used since a time, a day's beginning, for one author's pull requests or for all.

        A build counts where it was asked for since then, and what it ran since then counts whenever it was asked for.
        One that was stopped while it waited used nothing; one that runs has used the time until now. Releases are not
        counted, because nobody asks for them with a pull request.
        """
        at = now()
        rows = self._database.rows(
            "SELECT builds.state, builds.created_at, builds.started_at, builds.ended_at, builds.gpu_seconds FROM builds"
            " JOIN build_pulls ON build_pulls.build_id = builds.id"
            " JOIN pulls ON pulls.repository = build_pulls.repository AND pulls.number = build_pulls.number"
            " WHERE builds.repository = ? AND builds.kind <> ?"
            " AND (builds.created_at >= ? OR builds.ended_at >= ? OR builds.state = ?)"
            " AND (builds.state <> ? OR builds.started_at IS NOT NULL)"
            " AND lower(pulls.author) = coalesce(?, lower(pulls.author))",
            repository, BuildKind.RELEASE, since, since, BuildState.RUNNING, BuildState.STOPPED,
            None if author is None else author.lower(),
        )  # fmt: skip
        builds = sum(row["created_at"] >= since for row in rows)
        return Amount(builds=builds, gpu_minutes=sum(_seconds(row, since=since, at=at) for row in rows) / MINUTE)

    def allow(self, repository: str, login: str, *, builds: int, gpu_minutes: int, by: str, since: str) -> None:
        """Allow an author more; what was allowed since a time, the day's beginning, adds up."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO allowances (repository, login, builds, gpu_minutes, given_by, at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (repository, login) DO UPDATE SET"
                " builds = excluded.builds + CASE WHEN allowances.at >= ? THEN allowances.builds ELSE 0 END,"
                " gpu_minutes = excluded.gpu_minutes + CASE WHEN allowances.at >= ? THEN allowances.gpu_minutes"
                " ELSE 0 END, given_by = excluded.given_by, at = excluded.at",
                (repository, login.lower(), builds, gpu_minutes, by, now(), since, since),
            )

    def allowed(self, repository: str, *, since: str) -> dict[str, Amount]:
        """Give what authors were allowed since a time, by their login in lower case."""
        rows = self._database.rows(
            "SELECT login, builds, gpu_minutes FROM allowances WHERE repository = ? AND at >= ?", repository, since
        )
        return {row["login"]: Amount(builds=row["builds"], gpu_minutes=row["gpu_minutes"]) for row in rows}


def _seconds(row: Row, *, since: str, at: str) -> float:
    """Give the seconds that a build ran since a time, until `at` where it still runs."""
    if row["started_at"] is None:
        return float(row["gpu_seconds"])
    seconds = max(seconds_between(max(row["started_at"], since), row["ended_at"] or at), 0.0)
    # The slot is had before the job runs: of both, what is over first was not used.
    return seconds if row["state"] == BuildState.RUNNING else min(seconds, float(row["gpu_seconds"]))
