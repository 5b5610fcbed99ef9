"""The builds' one slot: dispatch the next, follow the one that runs, stop what is to be stopped, start due releases."""

import logging
import time
from datetime import UTC, datetime, timedelta

from bot.context import Bot, announce
from bot.dispatch import (
    ClusterError,
    Endpoint,
    JobsApi,
    gist,
    ran_seconds,
    read_progress,
    read_result,
    write_job,
)
from bot.duty import Duty
from bot.events import Place
from bot.github_api import READ, GitHubError
from bot.head import Cluster
from bot.jobs import Jobs
from bot.live import LiveReports
from bot.logs import about
from bot.policy import last_policy
from bot.records import Build
from bot.releases import due_releases, mend_current, publish, start_release
from bot.report_status import BuildState
from bot.silence import PATIENCE
from bot.store import LeaseLostError, StoreError
from bot.store.database import stamp
from bot.verdict import outdated
from schemas.errors import UserError
from schemas.job import BuildKind
from schemas.result import Failure, Result, Status

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
STATUS_SECONDS = 3.0
"""Between two questions to the Jobs API; the files say the same sooner."""
STOP_GRACE = timedelta(seconds=30)
"""How long a job may take to end by itself after it was told to."""
RESULT_GRACE = timedelta(seconds=5)
"""How long result.json may take to be seen after the job ended, on a slow shared disk."""
RELEASE_RETRY_SECONDS = 60.0
MAX_SUBMISSIONS = 3
"""A build whose cluster was lost with it is given out again this often; its stages resume from the cache."""
ENDS = {
    Status.SUCCEEDED: BuildState.SUCCEEDED,
    Status.FAILED: BuildState.FAILED,
    Status.STOPPED: BuildState.STOPPED,
}


class Supervisor:
    """Watches over the builds, in one replica at a time; what one build raises stops no other."""

    def __init__(self, bot: Bot, cluster: Cluster, live: LiveReports) -> None:
        self._bot = bot
        self._cluster = cluster
        self._live = live
        self._duty = Duty(bot.store.leases, "supervisor", begin=self._begin, step=self._look_over, seconds=TICK_SECONDS)
        self._jobs = Jobs(bot.settings, bot.store, cluster)
        self._asked: dict[str, float] = {}
        self._stopped: set[str] = set()
        self._ended: dict[str, datetime] = {}
        self._later: dict[str, float] = {}
        self._releases_after = 0.0

    def start(self) -> None:
        """Start the thread; builds that ran when a bot ended are followed again."""
        self._duty.start()

    def close(self) -> None:
        """End the thread, and what was started for builds."""
        self._duty.close()
        self._cluster.close()

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._duty.alive

    def _begin(self) -> None:
        """Pass on the news of builds that a bot could no longer pass on when it ended; what was is known."""
        mend_current(self._bot)
        for build in self._bot.store.builds.list():
            if build.state is not BuildState.WAITING:
                announce(self._bot, build, build.state)

    def _look_over(self) -> None:
        """Take every build one step further, and start due releases."""
        self._jobs.wind_up(self._running())
        for build in self._bot.store.builds.queue():
            self._guard(build)
        if time.monotonic() >= self._releases_after:
            self._guard_releases()

    def _running(self) -> set[str]:
        return {build.id for build in self._bot.store.builds.queue() if build.state is BuildState.RUNNING}

    def _guard(self, build: Build) -> None:
        """Take a build one step further, unless it is to be left alone for a while."""
        if time.monotonic() < self._later.get(build.id, 0.0):
            return
        with about(build=build.id, repository=build.job.repository):
            self._try_step(build)

    def _try_step(self, build: Build) -> None:
        """Take a build one step further; nothing that it raises reaches the others.

        Raises:
            StoreError: if the database cannot be used now, which is no build's fault.
            LeaseLostError: if another replica watches over the builds by now.
        """
        try:
            self._step(build)
            self._bot.silences.end(build.id)
        except ClusterError as error:
            log.warning("build %s: %s", build.id, error)
            self._later[build.id] = time.monotonic() + STATUS_SECONDS
            if self._bot.silences.note(build.id, str(error)) > PATIENCE:
                self._fail(build, f"The cluster could not be used for {PATIENCE / 60:.0f} minutes: {error}.")
            else:
                self._live.refresh(self._bot, build)
        except GitHubError as error:
            log.warning("build %s: %s", build.id, error)
            if error.wait is None:
                self._fail(build, f"GitHub refused what this build needs: {error}.")
            else:
                self._later[build.id] = time.monotonic() + error.wait
        except UserError as error:
            log.warning("build %s failed: %s", build.id, error)
            self._fail(build, str(error))
        except (StoreError, LeaseLostError):
            raise
        except Exception as error:
            log.exception("build %s failed", build.id)
            self._fail(build, f"The bot could not go on with it ({type(error).__name__}); tell an operator.")

    def _guard_releases(self) -> None:
        """Start due releases; after a failure only after a while, because merges wait patiently.

        Raises:
            StoreError: if the database cannot be used now.
            LeaseLostError: if another replica watches over the builds by now.
        """
        for due in due_releases(self._bot):
            try:
                start_release(self._bot, due)
            except (StoreError, LeaseLostError):
                raise
            except (GitHubError, UserError) as error:
                log.warning("no release of %s could be started: %s", due.merges.free[0].repository, error)
                self._releases_after = time.monotonic() + RELEASE_RETRY_SECONDS
            except Exception:
                log.exception("no release of %s could be started", due.merges.free[0].repository)
                self._releases_after = time.monotonic() + RELEASE_RETRY_SECONDS

    def _step(self, build: Build) -> None:
        if build.state is BuildState.WAITING:
            if build.stop_reason is not None:
                self._end(build, BuildState.STOPPED, reason=build.stop_reason)
            elif not (running := self._running()) and self._jobs.are_over(running):
                self._bot.store.builds.start(build.id)
                announce(self._bot, build, BuildState.RUNNING)
        elif build.submissions == 0:
            self._dispatch(build)
        else:
            self._follow(build)
        self._live.refresh(self._bot, build)

    def _dispatch(self, build: Build) -> None:
        """Give a build to the cluster, once there is one and if it is still what was approved.

        Raises:
            UserError: if its folder cannot be written.
        """
        if build.stop_reason is not None:
            self._end(build, BuildState.STOPPED, reason=build.stop_reason)
            return
        endpoint = self._cluster.endpoint()
        if endpoint is None:
            return
        reason = self._outdated(build)
        if reason is not None:
            self._end(build, BuildState.STOPPED, reason=reason)
            return
        try:
            write_job(self._bot.settings.artifacts, build.job)
        except OSError as error:
            where = self._bot.settings.artifacts
            raise UserError(
                f"The build's folder below {where} cannot be written ({error.strerror}): free some space there, or "
                "let the bot write there."
            ) from error
        self._jobs.submit(build.id, endpoint)
        self._bot.store.builds.submit(build.id)
        log.info("build %s was given to %s", build.id, endpoint.address)

    def _outdated(self, build: Build) -> str | None:
        """Say why a pull request's build is not to be started any more: see `outdated`."""
        if not build.job.kind.bound:
            return None
        number = build.job.pull_requests[0].number
        with self._bot.github.repository(
            Place(repository=build.job.repository, installation=build.installation), permissions=READ
        ) as repository:
            pull = repository.pull(number)
        return outdated(
            build.job,
            pull,
            votes=self._bot.store.pulls.votes(build.job.repository, number, head_sha=build.job.head_sha),
            hold=self._bot.store.holds.get(build.job.repository, number),
            needed=last_policy(self._bot, build.job.repository).approvals,
        )

    def _follow(self, build: Build) -> None:
        """Look at a running build's folder, and now and then at its job."""
        artifacts = self._bot.settings.artifacts
        progress = read_progress(artifacts, build.id)
        if progress is not None and progress != build.progress:
            self._bot.store.builds.progress(build.id, progress)
        result = read_result(artifacts, build.id)
        if result is not None:
            self._finish(build, result)
            return
        if time.monotonic() < self._asked.get(build.id, 0.0) and not self._to_be_stopped(build):
            return
        self._asked[build.id] = time.monotonic() + STATUS_SECONDS
        endpoint = self._cluster.endpoint()
        if endpoint is not None:
            self._ask(build, endpoint)

    def _to_be_stopped(self, build: Build) -> bool:
        return build.stop_reason is not None and build.id not in self._stopped

    def _ask(self, build: Build, endpoint: Endpoint) -> None:
        """Stop a job that is to be stopped, and find out about one that left no result.

        Raises:
            UserError: if the job ended without a result.
        """
        jobs = JobsApi(endpoint)
        if self._to_be_stopped(build):
            jobs.stop(build.id)
            self._stopped.add(build.id)
            return
        if build.stop_at is not None and build.stop_at < stamp(datetime.now(UTC) - STOP_GRACE):
            self._end(build, BuildState.STOPPED, reason=build.stop_reason)
            return
        status = jobs.status(build.id)
        if status is None:
            self._lost(build, endpoint)
        elif status.ended:
            # The result is written before the job ends; a shared disk may show it a little later.
            first = self._ended.setdefault(build.id, datetime.now(UTC))
            if build.stop_reason is not None:
                self._end(build, BuildState.STOPPED, reason=build.stop_reason)
            elif datetime.now(UTC) - first > RESULT_GRACE:
                raise UserError(
                    f"The job ended ({status.state.lower()}) without a result, such as for want of memory or disk. "
                    f"{gist(status.message)}"
                )

    def _lost(self, build: Build, endpoint: Endpoint) -> None:
        """Give a build out again whose cluster does not know it any more.

        Raises:
            UserError: if that has happened too often, or it was to be stopped anyway.
        """
        if build.stop_reason is not None:
            self._end(build, BuildState.STOPPED, reason=build.stop_reason)
            return
        if build.submissions >= MAX_SUBMISSIONS:
            raise UserError(f"The cluster lost this build {build.submissions} times; ask an operator to look at it.")
        log.warning("build %s is unknown to the cluster and is given out again", build.id)
        self._jobs.submit(build.id, endpoint)
        self._bot.store.builds.submit(build.id)

    def _finish(self, build: Build, result: Result) -> None:
        state = ENDS[result.status]
        is_release = state is BuildState.SUCCEEDED and build.job.kind is BuildKind.RELEASE
        if is_release and not publish(self._bot, build, result):
            return  # somebody decides on another one: the next look finds this result again
        reason = result.failure.message if result.failure else None
        self._end(build, state, reason=build.stop_reason if state is BuildState.STOPPED else reason, result=result)

    def _fail(self, build: Build, message: str) -> None:
        stage = build.progress.stage if build.progress else "start"
        result = Result(job_id=build.id, status=Status.FAILED, failure=Failure(stage=stage, message=message))
        self._end(build, BuildState.FAILED, reason=message, result=result)

    def _end(self, build: Build, state: BuildState, *, reason: str | None, result: Result | None = None) -> None:
        """Close a build and let its result re-enter where a webhook does."""
        ran = ran_seconds(build, result, until=datetime.now(UTC))
        self._bot.store.builds.end(build.id, state, reason=reason, result=result, gpu_seconds=ran)
        for kept in (self._asked, self._ended, self._later):
            kept.pop(build.id, None)
        self._bot.silences.end(build.id)
        self._stopped.discard(build.id)
        announce(self._bot, build, state)
        log.info("build %s %s%s", build.id, state, f": {reason}" if reason else "")
