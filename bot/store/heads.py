"""What people decided about one head of a pull request by other ways than votes; the next push undoes it."""

from collections.abc import Iterable

from bot.records import HandLabel
from bot.store.database import Database


class Heads:
    """Labels set by hand, and sign-offs waived."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note_label(self, repository: str, number: int, *, head_sha: str, label: HandLabel) -> None:
        """Note that a person set a label or took it off; what was noted of that label before is replaced."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO hand_labels (repository, number, folded, head_sha, name, present)"
                " VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (repository, number, folded) DO UPDATE SET head_sha = excluded.head_sha,"
                " name = excluded.name, present = excluded.present",
                (repository, number, label.name.casefold(), head_sha, label.name, int(label.present)),
            )

    def labels(self, repository: str, number: int, *, head_sha: str) -> tuple[HandLabel, ...]:
        """Give the labels that people set or took off while this head stood."""
        rows = self._database.rows(
            "SELECT name, present FROM hand_labels"
            " WHERE repository = ? AND number = ? AND head_sha = ? ORDER BY folded",
            repository, number, head_sha,
        )  # fmt: skip
        return tuple(HandLabel(name=row["name"], present=bool(row["present"])) for row in rows)

    def forget_labels(self, repository: str, number: int, names: Iterable[str]) -> None:
        """Forget what people did to these labels: somebody has said something newer."""
        with self._database.change() as connection:
            connection.executemany(
                "DELETE FROM hand_labels WHERE repository = ? AND number = ? AND folded = ?",
                [(repository, number, name.casefold()) for name in names],
            )

    def waive_sign_off(self, repository: str, number: int, *, head_sha: str, login: str) -> None:
        """Note that somebody set DCO to pass for this head."""
        with self._database.change() as connection:
            connection.execute(
                "INSERT INTO sign_offs (repository, number, head_sha, login) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (repository, number) DO UPDATE SET head_sha = excluded.head_sha, login = excluded.login",
                (repository, number, head_sha, login),
            )

    def sign_off_waived_by(self, repository: str, number: int, *, head_sha: str) -> str | None:
        """Tell who set DCO to pass for this head; None if nobody did."""
        rows = self._database.rows(
            "SELECT login FROM sign_offs WHERE repository = ? AND number = ? AND head_sha = ?",
            repository, number, head_sha,
        )  # fmt: skip
        return str(rows[0]["login"]) if rows else None
