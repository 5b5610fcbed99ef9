"""The demo's data folder: made at the start, gone at the end, and what is kept of it where the loop did not close."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from schemas.folders import usable_folder
from schemas.result import FAILURE_LOG

PREFIX = "espalier-"
OWNED = ".demo-runs"
"""Locked while a demo that will delete its folder runs; free once it was killed before it could."""
LOGS = "logs"


@contextmanager
def data_folder(asked: Path | None, *, keep: bool) -> Iterator[Path]:
    """Give the folder that the demo works in.

    Args:
        asked: The folder that was named; None makes a temporary one, and first deletes those of demos that were killed.
        keep: Whether it outlives the demo.
    """
    if asked is None:
        sweep(Path(tempfile.gettempdir()))
        data = Path(tempfile.mkdtemp(prefix=PREFIX)).resolve()
    else:
        data = usable_folder(asked, "--data").resolve()
    if keep:
        yield data
        return
    with (data / OWNED).open("w", encoding="ascii") as owned:
        fcntl.flock(owned, fcntl.LOCK_EX)
        yield data


def forget(data: Path, *, but_logs: bool) -> Path | None:
    """Delete the data folder.

    Args:
        data: The folder.
        but_logs: Whether what the demo's processes said is kept.

    Returns:
        The folder of the logs where they are kept; None where they are not, or none of them says anything.
    """
    logs = data / LOGS
    if but_logs:
        _gather(data, logs)
    kept = but_logs and any(log.stat().st_size for log in logs.glob("*"))
    for entry in data.iterdir() if kept else ():
        if entry != logs:
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
    if kept:
        return logs
    shutil.rmtree(data, ignore_errors=True)
    return None


def sweep(folder: Path) -> None:
    """Delete what demos left that were killed: their folders are marked, and nobody holds the mark any more."""
    for mark in folder.glob(f"{PREFIX}*/{OWNED}"):
        with suppress(OSError), mark.open("r+", encoding="ascii") as owned:  # somebody else's, or still in use
            if mark.stat().st_uid != os.getuid():
                continue
            fcntl.flock(owned, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(mark.parent, ignore_errors=True)


def _gather(data: Path, logs: Path) -> None:
    """Put the last words of Ray's head and of failed builds beside the other logs."""
    found = [*data.glob("bot/head/*.err"), *data.glob("bot/head/*.log")]
    named = [(path, path.name) for path in found]
    named += [(path, f"{path.parent.name}.{FAILURE_LOG}") for path in data.glob(f"artifacts/builds/*/{FAILURE_LOG}")]
    for path, name in named:
        with suppress(OSError):  # on a full disk the rest is worth keeping all the same
            shutil.copyfile(path, logs / name)
