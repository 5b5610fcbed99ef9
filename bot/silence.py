"""Since when the cluster does not do what a build needs of it, and why: known to the reports and the pages too."""

import threading
import time
from dataclasses import dataclass

from bot.store.database import now

PATIENCE = 300.0
"""Seconds that a cluster may refuse or be silent before a build is given up."""
_MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What went wrong with the cluster, and since when it does."""

    since: str
    """ISO 8601, UTC."""
    reason: str
    """A clause, as `ClusterError` has it."""

    @property
    def words(self) -> str:
        """Say it in a sentence, and what comes of it."""
        return (
            f"The cluster cannot be used since {self.since[11:16]} UTC: {self.reason}. I try again every few seconds, "
            f"and give the build up after {PATIENCE / _MINUTE:.0f} minutes; an operator has to look."
        )


class Silences:
    """The silences that last, by build; written by the supervisor and read by everybody."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._lasting: dict[str, tuple[float, Silence]] = {}

    def note(self, build_id: str, reason: str) -> float:
        """Keep that the cluster could not be used; gives the seconds since it could not for the first time."""
        with self._turn:
            began, first = self._lasting.get(build_id, (time.monotonic(), Silence(since=now(), reason=reason)))
            self._lasting[build_id] = began, Silence(since=first.since, reason=reason)
            return time.monotonic() - began

    def end(self, build_id: str) -> None:
        """Forget a silence: the cluster did what was asked, or nobody asks any more."""
        with self._turn:
            self._lasting.pop(build_id, None)

    def of(self, build_id: str) -> Silence | None:
        """Give the silence that a build waits through; None if it waits through none."""
        with self._turn:
            found = self._lasting.get(build_id)
            return None if found is None else found[1]
