"""Merged pull requests that wait for a release, and the versions that releases made."""

import json

from bot.records import Merge, Model
from bot.store.database import Database, Row, now
from schemas.job import PullRequestPart


class Releases:
    """Merges and versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def merged(self, merge: Merge) -> None:
        """Note a merge; the same pull request counts once."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO merges"
                " (repository, number, installation, head_sha, leaves, merged_at, quiet_until, build_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    merge.repository, merge.part.number, merge.installation, merge.part.head_sha,
                    json.dumps(merge.part.leaves), merge.merged_at, merge.quiet_until, merge.build_id,
                ),
            )  # fmt: skip

    def unreleased(self, repository: str | None = None) -> tuple[Merge, ...]:
        """Give the merges that no successful release holds and none in progress is making, oldest first."""
        rows = self._database.rows(
            "SELECT merges.* FROM merges LEFT JOIN builds ON builds.id = merges.build_id"
            " WHERE coalesce(?, merges.repository) = merges.repository"
            " AND (merges.build_id IS NULL OR builds.state IN ('failed', 'stopped')) ORDER BY merged_at, number",
            repository,
        )
        return tuple(_merge(row) for row in rows)

    def put_in(self, merges: tuple[Merge, ...], build_id: str) -> None:
        """Note that these merges are in a release build."""
        with self._database.change() as connection:
            connection.executemany(
                "UPDATE merges SET build_id = ? WHERE repository = ? AND number = ?",
                [(build_id, merge.repository, merge.part.number) for merge in merges],
            )

    def publish(self, *, version: int, repository: str, build_id: str) -> None:
        """Make a version current; publishing the same one twice changes nothing."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO models (version, repository, build_id, created_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (version, repository, build_id, now()),
            )

    def models(self) -> tuple[Model, ...]:
        """Give all versions, the current one first."""
        rows = self._database.rows("SELECT * FROM models ORDER BY version DESC")
        return tuple(
            Model(
                version=row["version"],
                repository=row["repository"],
                build_id=row["build_id"],
                created_at=row["created_at"],
            )
            for row in rows
        )


def _merge(row: Row) -> Merge:
    return Merge(
        repository=row["repository"],
        installation=row["installation"],
        part=PullRequestPart(
            number=row["number"],
            head_sha=row["head_sha"],
            leaves=tuple(str(leaf) for leaf in json.loads(row["leaves"])),
        ),
        merged_at=row["merged_at"],
        quiet_until=row["quiet_until"],
        build_id=row["build_id"],
    )
