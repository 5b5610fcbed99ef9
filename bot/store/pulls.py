"""Pull requests as the bot last saw them, the votes on their heads, and each repository's last good policy."""

import json
from datetime import UTC, datetime

from bot.records import Obeyed, Pull, Vote, VoteKind
from bot.report_status import TriageState
from bot.store.database import Database, Row, now, stamp
from bot.store.inbox import KEPT

ALL = 100_000
"""More pull requests than a repository has."""


class Pulls:
    """Pull requests, votes, policies."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def see_head(self, repository: str, number: int, installation: int, *, head_sha: str, at: str) -> None:
        """Note that a pull request has this head, and since when we know; older news never replaces newer."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO pulls (repository, number, installation, head_sha, head_seen_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (repository, number) DO UPDATE SET"
                " installation = excluded.installation, head_seen_at = excluded.head_seen_at,"
                " head_sha = excluded.head_sha, updated_at = excluded.updated_at"
                " WHERE pulls.head_sha <> excluded.head_sha AND pulls.head_seen_at <= excluded.head_seen_at",
                (repository, number, installation, head_sha, at, now()),
            )

    def save(self, pull: Pull) -> None:
        """Keep how a pull request stands; one that we first meet so has the head that it has now, seen now.

        Any later head is noted by `see_head` alone.
        """
        at = now()
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO pulls (repository, number, installation, title, author, state, head_sha, head_seen_at,"
                " triage, labels, own_labels, url, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (repository, number) DO UPDATE SET installation = excluded.installation,"
                " title = excluded.title, author = excluded.author, state = excluded.state, triage = excluded.triage,"
                " labels = excluded.labels, own_labels = excluded.own_labels, url = excluded.url,"
                " updated_at = excluded.updated_at",
                (
                    pull.repository, pull.number, pull.installation, pull.title, pull.author, pull.state,
                    pull.head_sha, at, pull.triage, json.dumps(pull.labels), json.dumps(pull.own_labels), pull.url, at,
                ),
            )  # fmt: skip

    def get(self, repository: str, number: int) -> Pull | None:
        """Give a pull request; None if we have not met it."""
        rows = self._database.rows("SELECT * FROM pulls WHERE repository = ? AND number = ?", repository, number)
        return _pull(rows[0]) if rows else None

    def list(self, *, repository: str | None = None, state: str | None = None, limit: int = 200) -> tuple[Pull, ...]:
        """Give pull requests, the last changed first."""
        rows = self._database.rows(
            "SELECT * FROM pulls WHERE coalesce(?, repository) = repository AND coalesce(?, state) = state"
            " ORDER BY updated_at DESC LIMIT ?", repository, state, limit,
        )  # fmt: skip
        return tuple(_pull(row) for row in rows)

    def vote(self, repository: str, number: int, *, head_sha: str, vote: Vote, written_at: str | None = None) -> None:
        """Note a vote on a head; what one person wrote later replaces the earlier, whichever is heard of first."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO votes (repository, number, head_sha, login, kind, reason, base_ref, comment, at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (repository, number, head_sha, login) DO UPDATE SET"
                " kind = excluded.kind, reason = excluded.reason, base_ref = excluded.base_ref,"
                " comment = excluded.comment, at = excluded.at WHERE excluded.at > votes.at"
                # Times have whole seconds, and ids of comments rise; a review's is none.
                " OR excluded.at = votes.at AND (excluded.comment = 0 OR excluded.comment >= votes.comment)",
                (
                    repository, number, head_sha, vote.login, vote.kind, vote.reason, vote.base_ref, vote.comment,
                    written_at or now(),
                ),
            )  # fmt: skip

    def votes(self, repository: str, number: int, *, head_sha: str) -> tuple[Vote, ...]:
        """Give the votes on a head, oldest first."""
        rows = self._database.rows(
            "SELECT login, kind, reason, base_ref, comment FROM votes"
            " WHERE repository = ? AND number = ? AND head_sha = ? ORDER BY at, seq",
            repository, number, head_sha,
        )  # fmt: skip
        return tuple(
            Vote(
                login=row["login"],
                kind=VoteKind(row["kind"]),
                reason=row["reason"],
                base_ref=row["base_ref"],
                comment=row["comment"],
            )
            for row in rows
        )

    def note_obeyed(self, repository: str, obeyed: Obeyed) -> None:
        """Note that a command was carried out."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO obeyed (repository, source, words, answer) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (repository, obeyed.source, obeyed.words, obeyed.answer),
            )

    def answer(self, repository: str, source: str, words: str) -> str | None:
        """Give the answer to a command that was carried out: a delivery that is handled again must not repeat it.

        None if it was not carried out.
        """
        query = "SELECT answer FROM obeyed WHERE repository = ? AND source = ? AND words = ?"
        rows = self._database.rows(query, repository, source, words)
        return str(rows[0]["answer"]) if rows else None

    def obeyed(self, repository: str) -> tuple[Obeyed, ...]:
        """Give the commands that were carried out, the oldest first."""
        rows = self._database.rows(
            "SELECT source, words, answer FROM obeyed WHERE repository = ? ORDER BY seq", repository
        )
        return tuple(Obeyed(source=row["source"], words=row["words"], answer=row["answer"]) for row in rows)

    def note_refusal(self, repository: str, source: str, words: str, *, edition: str, reason: str) -> None:
        """Note that a command was refused; what was noted first of the same edition stays."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO refused (repository, source, edition, words, reason, at) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                (repository, source, edition, words, reason, now()),
            )

    def refusal(self, repository: str, source: str, words: str, *, edition: str) -> str | None:
        """Give why a command was refused: one that is handled again must not be carried out in spite of that.

        None if it was not, or in another edition of its source alone.
        """
        query = "SELECT reason FROM refused WHERE repository = ? AND source = ? AND edition = ? AND words = ?"
        rows = self._database.rows(query, repository, source, edition, words)
        return str(rows[0]["reason"]) if rows else None

    def forget_refusals(self) -> int:
        """Forget what was refused long ago; give how many commands that were.

        One stays known while a delivery that came before it waits, runs or failed: it may be handled once more.
        """
        unhandled = self._database.rows(
            "SELECT min(received_at) AS at FROM deliveries WHERE state IN ('pending', 'running') UNION ALL"
            " SELECT min(received_at) AS at FROM deliveries WHERE state NOT IN ('pending', 'running')"
            " AND state = 'failed'"  # the condition before it is that of the index
        )
        before = min([stamp(datetime.now(UTC) - KEPT), *(row["at"] for row in unhandled if row["at"] is not None)])
        with self._database.change() as connection:
            return connection.execute("DELETE FROM refused WHERE at < ?", (before,)).rowcount

    def save_policy(self, repository: str, *, good: str | None, problem: str | None) -> None:
        """Keep a policy's text if it is good, and what is wrong with the one on the default branch if it is not."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO policies (repository, good, problem) VALUES (?, coalesce(?, ''), ?)"
                " ON CONFLICT (repository) DO UPDATE SET good = coalesce(?, policies.good), problem = excluded.problem",
                (repository, good, problem, good),
            )

    def policy(self, repository: str) -> tuple[str, str | None]:
        """Give the last good policy's text (empty if there never was one) and the present problem."""
        rows = self._database.rows("SELECT good, problem FROM policies WHERE repository = ?", repository)
        return (rows[0]["good"], rows[0]["problem"]) if rows else ("", None)


def _texts(column: str) -> tuple[str, ...]:
    return tuple(str(item) for item in json.loads(column))


def _pull(row: Row) -> Pull:
    return Pull(
        repository=row["repository"],
        number=row["number"],
        installation=row["installation"],
        title=row["title"],
        author=row["author"],
        state=row["state"],
        head_sha=row["head_sha"],
        head_seen_at=row["head_seen_at"],
        triage=None if row["triage"] is None else TriageState(row["triage"]),
        labels=_texts(row["labels"]),
        own_labels=_texts(row["own_labels"]),
        url=row["url"],
        updated_at=row["updated_at"],
    )
