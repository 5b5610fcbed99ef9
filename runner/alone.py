"""One stage of a build by itself, over what earlier ones left in the build's folder."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from runner.artifacts import append_progress, has_value, read_job, read_value
from runner.build import load_stages
from runner.outcomes import EVALUATE, PREPARE, TRAIN, EvaluateOutcome
from runner.profiles import profile
from runner.reporting import StageReport
from runner.stage import Build
from schemas.progress import Progress
from schemas.result import Result, Status


def train_alone(folder: Path, cache: Path, *, told: Callable[[Progress], None]) -> Path:
    """Tune the student on the data that stands in a build's folder, getting it ready first where nobody has.

    Args:
        folder: The build's folder, with job.json and data/.
        cache: The folder that builds share.
        told: Shows a line of events.

    Returns:
        The folder of the tuned students.
    """
    names = (TRAIN,) if has_value(folder, PREPARE) else (PREPARE, TRAIN)
    _run(names, folder, cache, told=told)
    return folder / "students"


def evaluate_alone(folder: Path, cache: Path, *, told: Callable[[Progress], None]) -> Result:
    """Ask the students of a build's folder the held-out questions; arguments as of `train_alone`.

    Returns:
        The scores; the folder's result.json stays as it is, for it says how the whole build ended.
    """
    _run((EVALUATE,), folder, cache, told=told)
    scores = read_value(EvaluateOutcome, folder, EVALUATE)
    return Result(
        job_id=read_job(folder).id,
        status=Status.SUCCEEDED,
        comparisons=scores.comparisons,
        controls=scores.controls,
        samples=scores.samples,
    )


def _run(names: tuple[str, ...], folder: Path, cache: Path, *, told: Callable[[Progress], None]) -> None:
    job = read_job(folder)
    build = Build(job=job, folder=folder, cache=cache, settings=profile(job.profile).settings())
    stages = load_stages()
    for name in names:
        report = StageReport(name, partial(_tell, folder, told))
        stages[name].run(build, report)
        report.close()


def _tell(folder: Path, told: Callable[[Progress], None], progress: Progress) -> None:
    append_progress(folder, progress)
    told(progress)
