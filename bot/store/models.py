"""Merged pull requests that wait for a release, and the versions that releases made."""

import json
from collections.abc import Collection

from bot.records import Merge, Model, Word
from bot.store.database import Connection, Database, Row, now
from schemas.job import BuildKind, PullRequestPart


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

    def leaves_of(self, repository: str, numbers: Collection[int]) -> frozenset[str]:
        """Give the leaves that these pull requests brought when they were merged."""
        rows = self._database.rows("SELECT number, leaves FROM merges WHERE repository = ?", repository)
        return frozenset(
            str(leaf) for row in rows if row["number"] in numbers for leaf in json.loads(row["leaves"])
        )  # fmt: skip

    def ordered_at(self, repository: str) -> str | None:
        """Tell when a release of a repository was last ordered; None if none ever was."""
        rows = self._database.rows(
            "SELECT max(created_at) AS at FROM builds WHERE repository = ? AND kind = ?", repository, BuildKind.RELEASE
        )
        return None if rows[0]["at"] is None else str(rows[0]["at"])

    def publish(self, *, version: int, repository: str, build_id: str) -> None:
        """Keep a version and make it current; publishing the same one twice changes nothing."""
        with self._database.change() as connection:
            done = connection.execute(
                "INSERT INTO models (version, repository, build_id, created_at) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (version, repository, build_id, now()),
            )
            if done.rowcount:
                _put_current(connection, repository, version, by=build_id, word=Word(at=now()))

    def make_current(self, repository: str, version: int, *, by: str, word: Word) -> bool:
        """Make a version that was published the current one of its repository.

        Args:
            repository: The repository.
            version: The version.
            by: Who says so.
            word: When they wrote that.

        Whoever calls this or `publish` is the only one who does: what is known is read before it is replaced.

        Returns:
            False if another one was made current by a later word, or published after this one, and so stays.
        """
        with self._database.change() as connection:
            query = "SELECT said_at, comment FROM current_models WHERE repository = ?"
            known = connection.execute(query, (repository,)).fetchone()
            if known is not None and word.is_before(Word(at=known["said_at"], comment=known["comment"])):
                return False
            _put_current(connection, repository, version, by=by, word=word)
            return True

    def current(self, repository: str | None = None) -> Model | None:
        """Give the version that is current for a repository, or that was made current last of all; None before any."""
        rows = self._database.rows(
            "SELECT models.* FROM models JOIN current_models ON current_models.version = models.version"
            " WHERE coalesce(?, current_models.repository) = current_models.repository"
            " ORDER BY current_models.since DESC LIMIT 1",
            repository,
        )
        return _model(rows[0]) if rows else None

    def models(self) -> tuple[Model, ...]:
        """Give all versions, the newest first."""
        return tuple(_model(row) for row in self._database.rows("SELECT * FROM models ORDER BY version DESC"))


def _put_current(connection: Connection, repository: str, version: int, *, by: str, word: Word) -> None:
    connection.execute(
        "INSERT INTO current_models (repository, version, since, said_at, comment, by) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (repository) DO UPDATE SET version = excluded.version, since = excluded.since,"
        " said_at = excluded.said_at, comment = excluded.comment, by = excluded.by",
        (repository, version, now(), word.at, word.comment, by),
    )


def _model(row: Row) -> Model:
    return Model(
        version=row["version"],
        repository=row["repository"],
        build_id=row["build_id"],
        created_at=row["created_at"],
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
