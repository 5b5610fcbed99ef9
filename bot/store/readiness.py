"""Whether the database takes writes now, and has the schema that this version of the bot works with."""

import time

from bot.store.database import Database, StoreError
from bot.store.migrations import PRESENT

NAME = "readiness"
PAUSE = 2.0
"""Seconds that an answer is good for: whoever asks often does not keep the disk busy."""


class Readiness:
    """Tries the database, now and then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._good_until = 0.0

    def check(self) -> None:
        """Write something.

        Raises:
            StoreError: if nothing can be written now, or the schema is of another version.
        """
        if time.monotonic() < self._good_until:
            return
        standing = [row["version_num"] for row in self._database.rows("SELECT version_num FROM alembic_version")]
        if standing != [PRESENT]:
            raise StoreError("the database has the schema of another version of the bot: restart this one")
        # A lease that nobody holds: its epoch rises, which needs room on the disk like anything else.
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO leases (name, epoch, holder, until) VALUES (?, 1, '', 0)"
                " ON CONFLICT (name) DO UPDATE SET epoch = leases.epoch + 1",
                (NAME,),
            )
        self._good_until = time.monotonic() + PAUSE
