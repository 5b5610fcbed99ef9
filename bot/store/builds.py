"""Builds: asked for, waiting for the slot, running, ended; with the last line of their progress."""

from statistics import median

from bot.records import Build
from bot.report_status import BuildState
from bot.store.database import Database, Row, Value, now
from schemas.codec import decode, encode
from schemas.job import BuildKind, Job
from schemas.progress import Progress
from schemas.result import Result


class Builds:
    """The builds, in the order they were asked for."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, build: Build) -> None:
        """Queue a build."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO builds (id, repository, installation, kind, job, state, asked_by, asked_at, asked_in,"
                " created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    build.id, build.job.repository, build.installation, build.job.kind, encode(build.job), build.state,
                    build.asked_by, build.asked_at, build.asked_in, build.created_at,
                ),
            )  # fmt: skip
            connection.executemany(
                "INSERT INTO build_pulls (build_id, repository, number) VALUES (?, ?, ?)",
                [(build.id, build.job.repository, part.number) for part in build.job.pull_requests],
            )

    def restore(self, build: Build) -> None:
        """Take in a build as it stood elsewhere, in place of what is known of it."""
        with self._database.change() as connection:
            connection.execute("DELETE FROM build_pulls WHERE build_id = ?", (build.id,))
            connection.execute("DELETE FROM builds WHERE id = ?", (build.id,))
        self.add(build)
        self._set(
            build.id, "state = ?, started_at = ?, ended_at = ?, submissions = ?, stop_reason = ?, stop_at = ?,"
            " progress = ?, result = ?, reason = ?, posted = ?",
            build.state, build.started_at, build.ended_at, build.submissions, build.stop_reason, build.stop_at,
            None if build.progress is None else encode(build.progress),
            None if build.result is None else encode(build.result), build.reason, build.posted,
        )  # fmt: skip

    def get(self, build_id: str) -> Build | None:
        """Give a build; None if there is none of that id."""
        rows = self._database.rows("SELECT * FROM builds WHERE id = ?", build_id)
        return _build(rows[0]) if rows else None

    def queue(self) -> tuple[Build, ...]:
        """Give the running builds and then the waiting ones, in their order."""
        rows = self._database.rows(
            "SELECT * FROM builds WHERE state IN ('waiting', 'running') ORDER BY state = 'waiting', created_at, seq"
        )
        return tuple(_build(row) for row in rows)

    def of_pull(self, repository: str, number: int) -> tuple[Build, ...]:
        """Give the builds that a pull request is in, newest first."""
        rows = self._database.rows(
            "SELECT builds.* FROM builds JOIN build_pulls ON build_id = id"
            " WHERE build_pulls.repository = ? AND number = ? ORDER BY created_at DESC, seq DESC LIMIT 20",
            repository, number,
        )  # fmt: skip
        return tuple(_build(row) for row in rows)

    def list(self, *, limit: int = 50) -> tuple[Build, ...]:
        """Give the newest builds, newest first."""
        rows = self._database.rows("SELECT * FROM builds ORDER BY created_at DESC, seq DESC LIMIT ?", limit)
        return tuple(_build(row) for row in rows)

    def start(self, build_id: str) -> None:
        """Give a waiting build the slot."""
        self._set(build_id, "state = 'running', started_at = ?", now())

    def submit(self, build_id: str) -> None:
        """Note that the build was given to the Jobs API."""
        self._set(build_id, "submissions = submissions + 1")

    def progress(self, build_id: str, progress: Progress) -> None:
        """Keep the last line of a build's events."""
        self._set(build_id, "progress = ?", encode(progress))

    def post(self, build_id: str, state: BuildState) -> None:
        """Note which state the build's check run shows."""
        self._set(build_id, "posted = ?", state)

    def ask_stop(self, build_id: str, reason: str) -> None:
        """Ask that a build be stopped; the first reason stays."""
        self._set(build_id, "stop_reason = coalesce(stop_reason, ?), stop_at = coalesce(stop_at, ?)", reason, now())

    def end(
        self, build_id: str, state: BuildState, *, reason: str | None, result: Result | None, gpu_seconds: float = 0.0
    ) -> None:
        """Close a build; `gpu_seconds` are the wall seconds that its job ran, which quotas count."""
        self._set(
            build_id, "state = ?, ended_at = ?, reason = ?, result = ?, gpu_seconds = ?",
            state, now(), reason, None if result is None else encode(result), gpu_seconds,
        )  # fmt: skip

    def usual_seconds(self) -> dict[BuildKind, float]:
        """Tell how long builds of each kind took of late, as the median of those that succeeded."""
        rows = self._database.rows(
            "SELECT kind, gpu_seconds FROM builds WHERE state = ? ORDER BY ended_at DESC LIMIT 60", BuildState.SUCCEEDED
        )
        taken = [(BuildKind(row["kind"]), float(row["gpu_seconds"])) for row in rows]
        return {
            kind: median(seconds for each, seconds in taken if each is kind) for kind in {kind for kind, _ in taken}
        }

    def counts(self) -> dict[str, int]:
        """Count builds by state."""
        rows = self._database.rows("SELECT state, count(*) AS n FROM builds GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    def _set(self, build_id: str, columns: str, *values: Value) -> None:
        with self._database.change() as connection:
            # Columns are written above, values are bound.
            connection.execute(f"UPDATE builds SET {columns} WHERE id = ?", (*values, build_id))  # noqa: S608 - see above


def _build(row: Row) -> Build:
    return Build(
        job=decode(Job, row["job"]),
        installation=row["installation"],
        state=BuildState(row["state"]),
        asked_by=row["asked_by"],
        asked_at=row["asked_at"],
        asked_in=row["asked_in"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        submissions=row["submissions"],
        stop_reason=row["stop_reason"],
        stop_at=row["stop_at"],
        progress=None if row["progress"] is None else decode(Progress, row["progress"]),
        result=None if row["result"] is None else decode(Result, row["result"]),
        reason=row["reason"],
        posted=None if row["posted"] is None else BuildState(row["posted"]),
    )
