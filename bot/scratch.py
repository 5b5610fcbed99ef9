"""A folder for what is needed while a process lives: its own, beside those of others, and swept once that has ended."""

import fcntl
import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

MARK = ".lock"


class Scratch:
    """A folder that no other process sweeps while this one lives; what crashed processes left is swept."""

    def __init__(self, home: Path) -> None:
        """Make a folder of one's own.

        Args:
            home: The folder that all processes have theirs in.
        """
        for mark in home.glob(f"*{MARK}"):
            _sweep(mark)
        self._mark = home / f"{secrets.token_hex(8)}{MARK}"
        self._lock = -1
        # The kernel lets go of the lock when a process ends, however it ends; ids come again, in containers at once.
        with suppress(OSError):  # on a full disk: who needs the folder meets that too, and can say so
            home.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._mark, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = self._mark.with_suffix("")

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            self._mark.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def _sweep(mark: Path) -> None:
    """Remove a folder if nobody holds its lock any more; one that cannot be removed is left for the next time."""
    with suppress(OSError), mark.open("rb+") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(mark.with_suffix(""), ignore_errors=True)
        mark.unlink()
