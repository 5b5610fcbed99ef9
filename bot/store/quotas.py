"""What builds of pull requests used of the cluster, and what authors were allowed beyond the policy."""

from bot.quota import Amount
from bot.report_status import BuildState
from bot.store.database import Database, now, seconds_between
from schemas.job import BuildKind

MINUTE = 60


class Quotas:
    """Use and allowances, of one repository each."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def used(self, repository: str, *, since: str, author: str | None = None) -> Amount:
        """Add up what builds used that were asked for since a time: of one author's pull requests, or of all.

        A build that was stopped while it waited used nothing; one that runs has used the time until now. Releases are
        not counted, because nobody asks for them with a pull request.
        """
        at = now()
        rows = self._database.rows(
            "SELECT builds.state, builds.started_at, builds.gpu_seconds FROM builds"
            " JOIN build_pulls ON build_pulls.build_id = builds.id"
            " JOIN pulls ON pulls.repository = build_pulls.repository AND pulls.number = build_pulls.number"
            " WHERE builds.repository = ? AND builds.created_at >= ? AND builds.kind <> ?"
            " AND (builds.state <> ? OR builds.started_at IS NOT NULL)"
            " AND lower(pulls.author) = coalesce(?, lower(pulls.author))",
            repository, since, BuildKind.RELEASE, BuildState.STOPPED, None if author is None else author.lower(),
        )  # fmt: skip
        seconds = sum(
            seconds_between(row["started_at"], at) if row["state"] == BuildState.RUNNING else float(row["gpu_seconds"])
            for row in rows
        )
        return Amount(builds=len(rows), gpu_minutes=seconds / MINUTE)

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
