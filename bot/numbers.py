"""What a process counts while it runs: events by label, and seconds in buckets, as Prometheus reads them."""

import threading
from collections import Counter
from dataclasses import dataclass

BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""Seconds. A push is meant to have its check run within a quarter of one; a large pull request takes minutes."""


class Counts:
    """Events by label; threads may share it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, label: str) -> None:
        """Count one."""
        with self._turn:
            self._counts[label] += 1

    def all(self) -> dict[str, int]:
        """Give all counts."""
        with self._turn:
            return dict(self._counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Durations, at one moment."""

    up_to: tuple[int, ...]
    """How many took no longer than each of `BOUNDS`."""
    count: int
    seconds: float


class Durations:
    """Durations in buckets; threads may share it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._up_to = [0] * len(BOUNDS)
        self._count = 0
        self._seconds = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        with self._turn:
            self._count += 1
            self._seconds += seconds
            for place, bound in enumerate(BOUNDS):
                self._up_to[place] += seconds <= bound

    def spread(self) -> Spread:
        """Give what was counted so far."""
        with self._turn:
            return Spread(up_to=tuple(self._up_to), count=self._count, seconds=self._seconds)
