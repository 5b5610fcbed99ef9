"""How a stage's reports become lines of events.jsonl: the first, the last, and between them one in a while."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from schemas.progress import Progress

PAUSE_SECONDS = 0.3
"""Between two lines of a stage; the bot reads about once a second."""


class StageReport:
    """The `Report` that one stage is given; it may be called from several threads."""

    def __init__(
        self, stage: str, write: Callable[[Progress], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start the stage's clock.

        Args:
            stage: The stage's name.
            write: Appends a line.
            clock: Gives seconds; for tests.
        """
        self._stage = stage
        self._write = write
        self._clock = clock
        self._began = clock()
        self._written: float | None = None
        self._waiting: Progress | None = None
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Seconds since the stage began."""
        return self._clock() - self._began

    def __call__(self, *, done: int, total: int, unit: str, message: str) -> None:
        """Record progress."""
        with self._lock:
            seconds = self.seconds
            progress = Progress(
                at=now(),
                stage=self._stage,
                done=done,
                total=total,
                unit=unit,
                rate=done / seconds if done and seconds > 0 else None,
                message=message,
            )
            if self._written is None or self._clock() - self._written >= PAUSE_SECONDS:
                self._put(progress)
            else:
                self._waiting = progress

    def close(self) -> None:
        """Write the last report, if it still waits."""
        with self._lock:
            if self._waiting is not None:
                self._put(replace(self._waiting, at=now()))

    def _put(self, progress: Progress) -> None:
        self._written = self._clock()
        self._waiting = None
        self._write(progress)


def now() -> str:
    """Give the time as events have it: ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
