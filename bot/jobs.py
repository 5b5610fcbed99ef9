"""The jobs that the cluster may hold: each is written down before it is given out, until it is known to have ended."""

import logging
import time

from bot.dispatch import ClusterError, Endpoint, JobsApi, entrypoint
from bot.effects import State
from bot.head import Cluster
from bot.settings import Settings
from bot.store import Store, require
from schemas.errors import UserError

log = logging.getLogger(__name__)

ASK_SECONDS, ERROR_SECONDS = 1.0, 3.0
"""Between two questions after a job that is to end, and after one that the cluster did not answer."""
GRACE_SECONDS = 3.0
"""How long a job may take to end by itself after its build, whose result it writes last."""
STOP_SECONDS = 30.0
"""Between two requests to stop a job that goes on."""
CALL_SECONDS = 1.0
"""What is left of the lease at least when the cluster is told to do something."""


class Jobs:
    """The jobs of all builds; for one thread at a time."""

    def __init__(self, settings: Settings, store: Store, cluster: Cluster) -> None:
        self._settings = settings
        self._outbox = store.outbox
        self._cluster = cluster
        self._ask_at: dict[str, float] = {}
        self._stop_at: dict[str, float] = {}
        self._told: dict[str, str] = {}
        """Of each job that could not be asked after why not, as it was logged last: an outage is no line a second."""
        self._hindrance: ClusterError | None = None

    def submit(self, build_id: str, endpoint: Endpoint) -> None:
        """Give a build's job to the cluster, once: one that was on its way when a bot ended is asked for first."""
        require(CALL_SECONDS)  # a replica that comes back late starts nothing
        self._outbox.note_job(build_id, State.SENDING)
        JobsApi(endpoint).submit(build_id, entrypoint(self._settings, build_id))
        self._outbox.note_job(build_id, State.SENT)

    def are_over(self, running: set[str]) -> bool:
        """Tell whether no job goes on but those of these builds; a ClusterError says that it could not be asked."""
        over = all(build_id in running for build_id in self._outbox.jobs())
        if not over and self._hindrance is not None:
            raise self._hindrance
        return over

    def wind_up(self, running: set[str]) -> None:
        """See that every job but those of these builds ends: theirs have ended, whatever the reason."""
        for build_id in self._outbox.jobs():
            if build_id in running or time.monotonic() < self._ask_at.get(build_id, 0.0):
                continue
            try:
                endpoint = self._cluster.endpoint()
                if endpoint is not None:
                    self._end(build_id, JobsApi(endpoint))
            except ClusterError as error:
                if self._told.get(build_id) != str(error):
                    log.warning("the job of build %s may go on: %s", build_id, error)
                self._told[build_id] = str(error)
                self._ask_at[build_id] = time.monotonic() + ERROR_SECONDS
                self._hindrance = error
            except UserError as error:  # a head on this machine that cannot start runs no job
                log.warning("the job of build %s is gone with its cluster: %s", build_id, error)
                self._forget(build_id)
            else:
                self._hindrance = None
                self._told.pop(build_id, None)

    def _end(self, build_id: str, api: JobsApi) -> None:
        now = time.monotonic()
        self._ask_at[build_id] = now + ASK_SECONDS
        status = api.status(build_id)
        if status is None or status.ended:
            self._forget(build_id)
        elif now >= self._stop_at.setdefault(build_id, now + GRACE_SECONDS):
            require(CALL_SECONDS)
            self._stop_at[build_id] = now + STOP_SECONDS
            log.warning("build %s has ended, and its job, which goes on, is told to", build_id)
            api.stop(build_id)

    def _forget(self, build_id: str) -> None:
        self._outbox.forget_job(build_id)
        self._told.pop(build_id, None)
        self._ask_at.pop(build_id, None)
        self._stop_at.pop(build_id, None)
