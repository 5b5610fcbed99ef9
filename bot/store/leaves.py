"""The leaves of base branches and of pull requests, by path and content, with sketches to find alike ones by."""

import threading
import time
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from bot.facts import OtherLeaf
from bot.neighbours import Print, leaf_url, pull_url
from bot.sketch import PARTS
from bot.store.database import Connection, Database, Value

TREE = 0
"""In place of a pull request's number: the leaf stands in the tree."""
MAX_ALIKE = 30
"""Leaves of which a part of the sketch is shared that are given for one leaf, those first that share most."""

_NEAR = """
    WITH alike AS (
        SELECT blob FROM sketch_parts WHERE part IN (%s) GROUP BY blob ORDER BY count(*) DESC, blob LIMIT ?
    )
    SELECT leaves.folder, leaves.number, leaves.blob, sketches.numbers FROM leaves JOIN sketches USING (blob)
    LEFT JOIN pulls ON pulls.repository = leaves.repository AND pulls.number = leaves.number
    WHERE leaves.repository = ? AND leaves.branch = ? AND leaves.number <> ?
    AND (leaves.number = 0 OR pulls.state = 'open')
    AND (leaves.folder = ? OR leaves.blob = ? OR leaves.blob IN (SELECT blob FROM alike))
    ORDER BY leaves.number, leaves.folder LIMIT ?
"""
MAX_GIVEN = 100
"""Leaves elsewhere that are given for one leaf."""
MAX_ASKED = 500
"""Blobs in one question."""
_INSERT = (
    "INSERT INTO leaves (repository, branch, folder, number, blob) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (repository, branch, folder, number) DO UPDATE SET blob = excluded.blob"
)


class Leaves:
    """Leaves and their sketches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._put_off: dict[tuple[str, str], float] = {}

    def turn(self, repository: str) -> threading.Lock:
        """Give the lock that is held by whoever reads a repository's tree, so that it is read once."""
        return self._turns[repository]

    def put_off(self, repository: str, branch: str, *, seconds: float) -> None:
        """Remember that a branch's tree could not be read, and need not be tried for a while."""
        self._put_off[repository, branch] = time.monotonic() + seconds

    def is_put_off(self, repository: str, branch: str) -> bool:
        """Tell whether a branch's tree is not to be read now."""
        return time.monotonic() < self._put_off.get((repository, branch), 0.0)

    def tip(self, repository: str, branch: str) -> str | None:
        """Give the commit whose leaves are known; None if none are."""
        rows = self._database.rows("SELECT sha FROM tips WHERE repository = ? AND branch = ?", repository, branch)
        return str(rows[0]["sha"]) if rows else None

    def unknown(self, blobs: Iterable[str]) -> frozenset[str]:
        """Give those blobs of which there is no sketch yet."""
        wanted = sorted(set(blobs))
        known: set[str] = set()
        for start in range(0, len(wanted), MAX_ASKED):
            some = wanted[start : start + MAX_ASKED]
            rows = self._database.rows(f"SELECT blob FROM sketches WHERE blob IN ({_places(some)})", *some)  # noqa: S608 - question marks
            known.update(str(row["blob"]) for row in rows)
        return frozenset(wanted) - known

    def save_tree(
        self, repository: str, branch: str, sha: str, *, leaves: Mapping[str, str], fresh: Iterable[Print]
    ) -> None:
        """Keep which leaves a branch holds at a commit, with the sketches that were unknown.

        Args:
            repository: Full name.
            branch: Base branch.
            sha: The commit.
            leaves: Folder to blob.
            fresh: What the leaves are known by whose sketches are new.
        """
        query = "SELECT folder, blob FROM leaves WHERE repository = ? AND branch = ? AND number = 0"
        known = {str(row["folder"]): str(row["blob"]) for row in self._database.rows(query, repository, branch)}
        changed = [folder for folder in {*known, *leaves} if known.get(folder) != leaves.get(folder)]
        with self._database.change() as connection:
            _learn(connection, fresh)
            connection.executemany(
                "DELETE FROM leaves WHERE repository = ? AND branch = ? AND folder = ? AND number = 0",
                [(repository, branch, folder) for folder in changed],
            )
            connection.executemany(
                _INSERT,
                [(repository, branch, folder, TREE, leaves[folder]) for folder in changed if folder in leaves],
            )
            connection.execute(
                "INSERT INTO tips (repository, branch, sha) VALUES (?, ?, ?)"
                " ON CONFLICT (repository, branch) DO UPDATE SET sha = excluded.sha",
                (repository, branch, sha),
            )

    def save_pull(self, repository: str, branch: str, number: int, own: Iterable[Print]) -> None:
        """Keep which leaves a pull request proposes; that they are the same as before costs no write."""
        own = tuple(own)
        rows = {(branch, each.folder, each.digest) for each in own}
        query = "SELECT branch, folder, blob FROM leaves WHERE repository = ? AND number = ?"
        known = self._database.rows(query, repository, number)
        if {(row["branch"], row["folder"], row["blob"]) for row in known} == rows:
            return
        with self._database.change() as connection:
            _learn(connection, own)
            connection.execute("DELETE FROM leaves WHERE repository = ? AND number = ?", (repository, number))
            connection.executemany(
                _INSERT,
                [(repository, branch, folder, number, blob) for branch, folder, blob in rows],
            )

    def near(
        self, repository: str, branch: str, number: int, own: Iterable[Print], *, page: str
    ) -> tuple[OtherLeaf, ...]:
        """Give the leaves elsewhere that share a folder, a digest or a part of the sketch with a pull request's.

        Args:
            repository: Full name.
            branch: The pull request's base branch.
            number: Its number.
            own: What its leaves are known by.
            page: Its page, from which those of others are made.
        """
        found: dict[tuple[str, int], OtherLeaf] = {}
        for each in own:
            parts = each.sketch[:PARTS]
            values: tuple[Value, ...] = (repository, branch, number, each.folder, each.digest, MAX_GIVEN)
            for row in self._database.rows(_NEAR % _places(parts), *parts, MAX_ALIKE, *values):
                folder, pull = str(row["folder"]), int(row["number"])
                found[folder, pull] = OtherLeaf(
                    folder=folder,
                    digest=row["blob"],
                    sketch=_numbers(row["numbers"]),
                    url=leaf_url(page, branch, folder) if pull == TREE else pull_url(page, pull),
                    pull=None if pull == TREE else pull,
                )
        return tuple(found[key] for key in sorted(found, key=lambda key: (key[1], key[0])))


def _places(values: Sequence[Value]) -> str:
    """Give the question marks for a list; that of nothing holds nothing, and PostgreSQL knows no empty list."""
    return ", ".join("?" * len(values)) or "NULL"


def _learn(connection: Connection, fresh: Iterable[Print]) -> None:
    sketches = {each.digest: each.sketch for each in fresh}
    connection.executemany(
        "INSERT INTO sketches (blob, numbers) VALUES (?, ?) ON CONFLICT DO NOTHING",
        [(blob, array("I", numbers).tobytes()) for blob, numbers in sorted(sketches.items())],
    )
    connection.executemany(
        "INSERT INTO sketch_parts (part, blob) VALUES (?, ?) ON CONFLICT DO NOTHING",
        sorted((part, blob) for blob, numbers in sketches.items() for part in numbers[:PARTS]),
    )


def _numbers(packed: bytes) -> tuple[int, ...]:
    numbers = array("I")
    numbers.frombytes(packed)
    return tuple(numbers)
