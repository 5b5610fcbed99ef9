"""Rate limits: how many requests each caller has left in its hour."""

import threading
import time
from dataclasses import dataclass

from forge.errors import ForbiddenError

HOUR = 3600
ANONYMOUS, KNOWN = 60, 5_000
"""Requests an hour: docs.github.com, rate limits for the REST API."""


@dataclass(slots=True)
class _Window:
    reset: int
    used: int = 0


class Limits:
    """Counts the requests of each caller, who may make `known` in an hour if it says who it is."""

    def __init__(self, known: int = KNOWN) -> None:
        self._known = known
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    def take(self, key: str, *, free: bool = False) -> None:
        """Count a request.

        Raises:
            ForbiddenError: 403 if the caller has none left.
        """
        with self._lock:
            window = self._window(key)
            if free:
                return
            if window.used >= self._limit(key):
                raise ForbiddenError(f"API rate limit exceeded for {key}.")
            window.used += 1

    def state(self, key: str) -> dict[str, int]:
        """Say what a caller has left, as `GET /rate_limit` does."""
        with self._lock:
            window = self._window(key)
            limit = self._limit(key)
            return {"limit": limit, "used": window.used, "remaining": limit - window.used, "reset": window.reset}

    def headers(self, key: str) -> dict[str, str]:
        """Say what a caller has left, as headers."""
        state = {f"X-RateLimit-{name.capitalize()}": str(value) for name, value in self.state(key).items()}
        return {**state, "X-RateLimit-Resource": "core"}

    def _window(self, key: str) -> _Window:
        present = int(time.time())
        window = self._windows.get(key)
        if window is None or window.reset <= present:
            window = self._windows[key] = _Window(reset=present + HOUR)
        return window

    def _limit(self, key: str) -> int:
        return ANONYMOUS if key == "anonymous" else self._known
