"""A build that a workflow run carries out: given to the cluster, followed to its end, and shown on its pull request."""

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import FrameType
from typing import TypeVar

from bot.carry import recollect
from bot.dispatch import ClusterError, Endpoint, JobsApi, entrypoint, gist, read_progress, read_result, write_job
from bot.errand import attend, living
from bot.events import BUILD, Place, own_delivery
from bot.github_api import GitHubError
from bot.look import look
from bot.records import Build
from bot.report_status import BuildState
from bot.settings import Settings, Workflow
from bot.silence import PATIENCE
from bot.store.database import now
from bot.supervisor import ENDS, RESULT_GRACE, STATUS_SECONDS, STOP_GRACE
from bot.verdict import failing, outdated
from schemas.errors import UserError
from schemas.result import Failure, Result, Status

log = logging.getLogger(__name__)

T = TypeVar("T")
LOOPBACK_SECONDS = 2.0
WATCH_SECONDS = 30.0
"""Between two looks at whether the build is still wanted; each costs one of the token's 1,000 requests an hour."""
GITHUB_PATIENCE = 3600.0
"""Seconds that GitHub may be out or refuse for its limits: a build takes hours, and its result is to be shown."""
LONGEST_WAIT = 120.0
"""Seconds between two attempts at most."""


class _CancelledError(Exception):
    """Somebody cancelled the workflow run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a build ended."""

    state: BuildState
    reason: str | None = None
    result: Result | None = None


class BuildErrand:
    """One build of one pull request, from its order to its result."""

    def __init__(self, settings: Settings, workflow: Workflow, *, number: int, build_id: str) -> None:
        """Take on a build.

        Args:
            settings: Where the cluster and the artifacts are.
            workflow: Where the pull request is.
            number: The pull request's number.
            build_id: The build, as the triage step names it.

        Raises:
            UserError: if no cluster is named.
        """
        if settings.ray_address is None:
            raise UserError("ESPALIER_RAY_ADDRESS is not set; give the address of the cluster's Jobs API.")
        self._settings, self._workflow = settings, workflow
        self._number, self._id = number, build_id
        self._place = Place(repository=workflow.repository, installation=0)
        self._jobs = JobsApi(Endpoint(address=settings.ray_address, token_file=settings.ray_token_file))

    def carry_out(self) -> Outcome:
        """Run the build if it is still wanted, and show how it ends.

        Where GitHub refuses, or goes on not to answer for long, that is raised, and the job is stopped.
        """
        build = _patiently(self._ordered)
        if build.state.ended:
            return Outcome(state=build.state, reason=build.reason)
        reason = build.stop_reason or _patiently(lambda: self._outdated(build))
        if reason is not None:
            if build.state is BuildState.RUNNING:  # since an earlier attempt of this run
                self._call_off(build)
            outcome = Outcome(state=BuildState.STOPPED, reason=reason)
        else:
            build = replace(build, state=BuildState.RUNNING, started_at=now(), submissions=1)
            outcome = self._run(build)
        ended = replace(build, state=outcome.state, ended_at=now(), reason=outcome.reason, result=outcome.result)
        _patiently(lambda: self._show(ended))
        return outcome

    def _ordered(self) -> Build:
        """Read how the build stands in the pull request's memory.

        Raises:
            UserError: if it is not known there: nobody ordered it, or it was long ago.
        """
        with living(self._settings, self._workflow, looks=False) as (bot, errand):
            with bot.github.repository(self._place) as repository:
                recollect(bot, errand, repository, self._place, self._number)
            build = bot.store.builds.get(self._id)
        if build is None or build.job.repository != self._place.repository:
            raise UserError(f"#{self._number} knows no build {self._id}; order one there with `/espalier build`.")
        return build

    def _outdated(self, build: Build) -> str | None:
        """Say why a build is not to be started any more; the checks have just run once more."""
        with (
            living(self._settings, self._workflow) as (bot, errand),
            bot.github.repository(self._place) as repository,
        ):
            recollect(bot, errand, repository, self._place, self._number)
            situation = look(bot, repository, self._place, self._number)
        reason = outdated(
            build.job,
            situation.pull,
            votes=situation.votes,
            hold=situation.hold,
            needed=situation.facts.config.approvals,
        )
        if reason is None and build.job.kind.needs_approval and failing(situation.results):
            return f"Checks fail at {build.job.head_sha[:7]} by now, so this build was not started."
        return reason

    def _run(self, build: Build) -> Outcome:
        """Submit the build and wait for its end; what goes wrong ends it, and leaves no job that nobody follows."""
        try:
            with _cancellable():
                write_job(self._settings.artifacts, build.job)
                _patiently(lambda: self._jobs.submit(build.id, entrypoint(self._settings, build.id)))
                _patiently(lambda: self._show(build))
                return self._follow(build)
        except _CancelledError:
            outcome = Outcome(state=BuildState.STOPPED, reason="The workflow run was cancelled.")
        except OSError as error:
            where = self._settings.artifacts
            outcome = _failed(build, f"The build's folder below {where} cannot be used: {error.strerror}.")
        except ClusterError as error:
            outcome = _failed(build, f"The cluster could not be used: {error}.")
        except UserError as error:
            outcome = _failed(build, str(error))
        except Exception:
            self._call_off(build)
            raise
        self._call_off(build)
        return outcome

    def _call_off(self, build: Build) -> None:
        """Stop a job that nobody will follow; asked once, because a run that is cancelled has no more time."""
        try:
            self._jobs.stop(build.id)
        except ClusterError as error:
            log.warning("build %s may go on, ask an operator to stop it: %s", build.id, error)

    def _follow(self, build: Build) -> Outcome:
        """Wait for a result, and stop the job once it is not wanted any more; while GitHub is out, it goes on."""
        told = None
        seconds = LOOPBACK_SECONDS if self._settings.loopback else WATCH_SECONDS
        watch = time.monotonic() + seconds
        while True:
            result = read_result(self._settings.artifacts, build.id)
            if result is not None:
                return Outcome(
                    state=ENDS[result.status],
                    reason=result.failure.message if result.failure else None,
                    result=result,
                )
            progress = read_progress(self._settings.artifacts, build.id)
            if progress is not None and progress != told:
                told = progress
                log.info("%s, %d of %d %s: %s", told.stage, told.done, told.total, told.unit, told.message)
            if time.monotonic() >= watch:
                reason, wait = self._unwanted()
                if reason is not None:
                    return self._stop(build, reason)
                watch = time.monotonic() + max(seconds, wait)
            self._look_after(build)
            time.sleep(STATUS_SECONDS)

    def _unwanted(self) -> tuple[str | None, float]:
        """Say why the build is to be stopped, if it is, and for how many seconds GitHub wants to be left alone.

        Raises:
            GitHubError: if GitHub refuses for good.
        """
        try:
            return self._ordered().stop_reason, 0.0
        except GitHubError as error:
            if error.wait is None:
                raise
            log.warning("is looked at later: %s", error)
            return None, error.wait

    def _stop(self, build: Build, reason: str) -> Outcome:
        """Stop the job, and give it a while to end by itself."""
        _patiently(lambda: self._jobs.stop(build.id))
        deadline = time.monotonic() + STOP_GRACE.total_seconds()
        while time.monotonic() < deadline:
            status = _patiently(lambda: self._jobs.status(build.id))
            if status is None or status.ended:
                break
            time.sleep(STATUS_SECONDS)
        return Outcome(state=BuildState.STOPPED, reason=reason)

    def _look_after(self, build: Build) -> None:
        """Make sure that there is a job to wait for.

        Raises:
            UserError: if it ended without a result, or the cluster does not know it any more.
        """
        status = _patiently(lambda: self._jobs.status(build.id))
        if status is None:
            raise UserError("The cluster lost this build; order it again with `/espalier build`.")
        if status.ended:
            # The result is written before the job ends; a shared disk may show it a little later.
            time.sleep(RESULT_GRACE.total_seconds())
            if read_result(self._settings.artifacts, build.id) is None:
                raise UserError(f"The job ended ({status.state.lower()}) without a result. {gist(status.message)}")

    def _show(self, build: Build) -> None:
        """Let the build's new state, and its result, re-enter where a webhook does."""
        with living(self._settings, self._workflow) as (bot, errand):
            delivery = own_delivery(
                f"{build.id}-{build.state}", BUILD, self._place, number=self._number, build=build.id
            )
            attend(bot, errand, delivery, news=build)


def _failed(build: Build, message: str) -> Outcome:
    failure = Failure(stage="start", message=message)
    result = Result(job_id=build.id, status=Status.FAILED, failure=failure)
    return Outcome(state=BuildState.FAILED, reason=message, result=result)


def _patiently(ask: Callable[[], T]) -> T:
    """Ask the cluster or GitHub until they answer: the one for some minutes, the other for longer.

    Raises:
        ClusterError: if the cluster goes on not to answer.
        GitHubError: if GitHub does so, or refuses for good.
    """
    began, attempt = time.monotonic(), 0
    while True:
        attempt += 1
        try:
            return ask()
        except ClusterError as error:
            if time.monotonic() >= began + PATIENCE:
                raise
            log.warning("waits: %s", error)
            time.sleep(STATUS_SECONDS)
        except GitHubError as error:
            if error.wait is None or time.monotonic() >= began + GITHUB_PATIENCE:
                raise
            log.warning("waits: %s", error)
            time.sleep(min(error.wait * attempt, LONGEST_WAIT))


@contextmanager
def _cancellable() -> Iterator[None]:
    """Interrupt the block where the run is cancelled: GitHub sends SIGINT, and SIGTERM 7.5 seconds later."""

    def cancel(number: int, frame: FrameType | None) -> None:
        del number, frame
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # once is enough; what is left to do is short
        raise _CancelledError

    before = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is cancel:
                signal.signal(number, handler)
