"""The jobs that the cluster may hold: each is written down before it is given out, until it is known to have ended."""

import logging
import time

from bot.dispatch import Endpoint, JobsApi, entrypoint
from bot.effects import State
from bot.settings import Settings
from bot.store import Store

log = logging.getLogger(__name__)

ASK_SECONDS = 1.0
"""Between two questions after a job that is to end."""
STOP_SECONDS = 30.0
"""Between two requests to stop a job that goes on."""


class Jobs:
    """The jobs of all builds; for one thread at a time."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings = settings
        self._store = store
        self._ask_at: dict[str, float] = {}
        self._stop_at: dict[str, float] = {}

    def submit(self, build_id: str, endpoint: Endpoint) -> None:
        """Give a build's job to the cluster, once: what was on its way when a bot ended is asked for, not repeated."""
        self._store.outbox.note_job(build_id, State.SENDING)
        JobsApi(endpoint).submit(build_id, entrypoint(self._settings, build_id))
        self._store.outbox.note_job(build_id, State.SENT)

    def left(self, running: set[str]) -> tuple[str, ...]:
        """Give the builds that have ended while their jobs may not have."""
        return tuple(build_id for build_id in self._store.outbox.jobs() if build_id not in running)

    def wind_up(self, build_id: str, endpoint: Endpoint) -> bool:
        """See that the job of a build that has ended ends too; True once it has, or the cluster knows none."""
        now = time.monotonic()
        if now < self._ask_at.get(build_id, 0.0):
            return False
        self._ask_at[build_id] = now + ASK_SECONDS
        api = JobsApi(endpoint)
        status = api.status(build_id)
        if status is None or status.ended:
            self._store.outbox.forget_job(build_id)
            self._ask_at.pop(build_id, None)
            self._stop_at.pop(build_id, None)
            return True
        if now >= self._stop_at.get(build_id, 0.0):
            self._stop_at[build_id] = now + STOP_SECONDS
            log.info("build %s has ended, and its job is told to", build_id)
            api.stop(build_id)
        return False
