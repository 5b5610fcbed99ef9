"""Stage: the student tuned on the build's leaves, and beside it the control on shuffled answers."""

import time
from collections.abc import Mapping
from pathlib import Path

from runner.artifacts import read_leaf_data, read_value, write_value
from runner.outcomes import CANDIDATE, CONTROL, PREPARE, TRAIN, PrepareOutcome, TrainOutcome
from runner.side_by_side import tune_here
from runner.stage import Build, Report, stage
from runner.tuning import Tuned, TuneTask
from schemas.errors import UserError


@stage(order=30)
def train(build: Build, report: Report) -> None:
    """Tune the candidate, and for a pull request's build the control beside it.

    Raises:
        UserError: if no leaf of the job has anything to train on.
    """
    began = time.monotonic()
    student = read_value(PrepareOutcome, build.folder, PREPARE)
    wanted = set(build.job.leaves)
    leaves = tuple(leaf for leaf in read_leaf_data(build.folder) if leaf.leaf in wanted and leaf.train)
    if not leaves:
        raise UserError(
            "There is nothing to train on: generation kept no sample of this build's leaves. Look at what each leaf "
            "dropped and why, and give it more seed examples that differ."
        )
    targets = (CANDIDATE, CONTROL) if build.job.kind.bound else (CANDIDATE,)
    tasks = {
        build.folder / target: TuneTask(
            student=student.path,
            leaves=leaves,
            profile=build.job.profile,
            seed=build.job.seed,
            shuffled=target == CONTROL,
        )
        for target in targets
    }
    tuned = _tune(build, tasks, report)
    first = tuned[build.folder / CANDIDATE]
    outcome = TrainOutcome(
        model=CANDIDATE,
        control=CONTROL if CONTROL in targets else None,
        phases=first.phases,
        seeds={"training": build.job.seed},
        seconds=time.monotonic() - began,
        resumed=first.resumed,
    )
    write_value(build.folder, TRAIN, outcome)


def _tune(build: Build, tasks: Mapping[Path, TuneTask], report: Report) -> dict[Path, Tuned]:
    """Tune under Ray Train where this is a Ray job, and in processes of this machine where it is not."""
    from runner.cluster import on_ray, tune_under_ray  # noqa: PLC0415 - Ray costs seconds, and one build needs it

    def told(done: int, total: int, message: str) -> None:
        report(done=done, total=total, unit="steps", message=message)

    tune = tune_under_ray if on_ray() else tune_here
    return tune(tasks, folder=build.folder, told=told)
