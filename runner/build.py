"""One build from end to end: read it to learn the runner.

The job is read, the stages run by rising order and hand over through the build's folder, and what they wrote becomes
result.json; a build that fails or is stopped leaves a result.json too, which says why.
"""

import importlib
import logging
import pkgutil
import signal
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

from runner.artifacts import (
    append_progress,
    read_job,
    write_failure_log,
    write_result,
)
from runner.disk import reserve
from runner.profiles import profile
from runner.reporting import StageReport
from runner.stage import STAGES, Build, Stage
from schemas import progress
from schemas.errors import LeafError, UserError
from schemas.folders import usable_folder
from schemas.job import Job
from schemas.result import FAILURE_LOG, Failure, Result, Status
from sources.full_disk import full_disk, is_full_disk

START = "start"
"""What the time before the first stage is called in a failure."""

_log = logging.getLogger(__name__)


class Stopped(BaseException):
    """The build was asked to end; no `Exception`, so that nothing on the way takes it for a failure."""


def run_build(folder: Path, cache: Path, *, registry: Mapping[str, Stage] | None = None) -> Result:
    """Do what job.json asks, and write result.json however it ends.

    Args:
        folder: The build's folder, with job.json in it.
        cache: The folder that builds share.
        registry: The stages; None takes all modules of runner/stages.

    Returns:
        What was written; a build that failed for a reason that people can mend, or was stopped, is a result too.
        Whatever else a stage raised is raised again, after failure.log and result.json were written.
    """
    job = read_job(folder)
    seconds: dict[str, float] = {}
    defect: Exception | None = None
    began = time.monotonic()
    with reserve(folder):
        try:
            with stoppable():
                result = _attempt(job, folder, cache, seconds, registry)
        except Stopped:
            failure = Failure(
                stage=_current(seconds), message="The build was stopped; start it again when it is wanted."
            )
            result = Result(job_id=job.id, status=Status.STOPPED, failure=failure)
        except Exception as error:  # noqa: BLE001 - raised again below, once the disk has room for the result
            result = Result(job_id=job.id, status=Status.FAILED, failure=_failure(error, job, folder, seconds))
            defect = None if isinstance(error, UserError) or is_full_disk(error) else error
    if defect is not None:
        with suppress(UserError):  # no room for it, while the result must be written: the job's log has it too
            write_failure_log(folder, "".join(traceback.format_exception(defect)))
    result = replace(result, seconds=round(time.monotonic() - began, 3))
    write_result(folder, result)
    if defect is not None:
        _log.error("build %s failed in %s", job.id, _current(seconds))
        raise defect
    return result


def _attempt(
    job: Job, folder: Path, cache: Path, seconds: dict[str, float], registry: Mapping[str, Stage] | None
) -> Result:
    # Imported here, as the stages are: what stands on torch fails inside the build, which then says so.
    from runner.conclusion import conclude  # noqa: PLC0415 - see above

    first = StageReport(progress.STAGES[job.kind][0], partial(append_progress, folder))
    first(done=0, total=1, unit="steps", message="the build starts")
    usable_folder(cache, "ESPALIER_CACHE_DIR")
    build = Build(job=job, folder=folder, cache=cache, settings=profile(job.profile).settings())
    stages = load_stages() if registry is None else registry
    for stage in sorted(stages.values(), key=lambda stage: stage.order):
        if job.kind not in stage.kinds:
            continue
        seconds[stage.name] = 0.0
        report = StageReport(stage.name, partial(append_progress, folder))
        stage.run(build, report)
        report.close()
        seconds[stage.name] = round(report.seconds, 3)
    return conclude(build, seconds)


def load_stages() -> Mapping[str, Stage]:
    """Import every module of runner/stages, and give the registered stages by name."""
    package = importlib.import_module("runner.stages")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    return STAGES


def _failure(error: Exception, job: Job, folder: Path, seconds: Mapping[str, float]) -> Failure:
    stage = _current(seconds)
    if isinstance(error, LeafError):
        return Failure(stage=stage, message=str(error), leaf=error.leaf, contributor=True)
    if isinstance(error, UserError):
        return Failure(stage=stage, message=str(error))
    if is_full_disk(error):
        return Failure(stage=stage, message=full_disk(folder))
    return Failure(
        stage=stage,
        message=f"The build failed in its {stage} stage by a defect of the program, not of the contribution: "
        f"an operator finds the cause in builds/{job.id}/{FAILURE_LOG} below the artifacts.",
    )


def _current(seconds: Mapping[str, float]) -> str:
    return next(reversed(list(seconds)), START)


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn the first SIGTERM or SIGINT into `Stopped`; more are ignored, for there is a result to write yet."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is stop:
                signal.signal(number, handler)
