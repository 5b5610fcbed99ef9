"""One Ray Train run whose ranks tune a student each: what happens inside Ray's processes.

The controller imports this module too, hence torch and transformers are imported only by the ranks.
"""

import math
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ray.train import Checkpoint, get_checkpoint, get_context
from ray.train import report as commit
from ray.train.v2._internal.callbacks import DatasetsCallback
from ray.train.v2._internal.callbacks.placement_group_callback import PlacementGroupCleanerCallback
from ray.train.v2._internal.execution.scaling_policy.fixed import FixedScalingPolicy
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer

from runner.abreast import Mark
from runner.artifacts import read_value, write_value

if TYPE_CHECKING:
    from ray.train import Result
    from ray.train.v2._internal.execution.context import TrainRunContext
    from ray.train.v2.api.callback import RayTrainCallback

    from runner.tuning import Tuning

CHECKPOINTS = 3
"""Committed in a run, at equal shares of its steps. Every rank must commit as often as the others: Ray Train waits."""
NOTE_SECONDS = 0.25
"""Between two notes of a rank on how far it has come."""
_UNNEEDED = (DatasetsCallback, PlacementGroupCleanerCallback)


class LeanTrainer(DataParallelTrainer):
    """A trainer without the actors that a run of fixed size on files has no use for.

    Ray Train 2.60 starts one for Ray Data (there is none here), one that frees a placement group when a controller
    dies (the job's end does), and one that asks an autoscaler for nodes: together 350 MB and 6 s of CPU a run.
    """

    def _create_default_callbacks(self) -> "list[RayTrainCallback]":
        return [callback for callback in super()._create_default_callbacks() if not isinstance(callback, _UNNEEDED)]

    def _initialize_and_run_controller(self, **settings: object) -> "Result":
        settings["scaling_policy"] = FixedSize(self.scaling_config)  # type: ignore[arg-type] # v2's own, says v1's
        return super()._initialize_and_run_controller(**settings)


class FixedSize(FixedScalingPolicy):
    """As many ranks as were asked for, on the nodes that are there."""

    def after_controller_start(self, train_run_context: "TrainRunContext") -> None:
        """Ask no autoscaler."""

    def _maybe_send_resource_request(self) -> None:
        pass


def tune_rank(settings: Mapping[str, str]) -> None:
    """Tune the student of this process's rank, from the run's last committed checkpoint where there is one."""
    from runner.tuning import TuneTask, Tuning  # noqa: PLC0415 - see above

    run, rank = Path(settings["run"]), get_context().get_world_rank()
    tuning = Tuning(read_value(TuneTask, run, f"task-{rank}"))
    checkpoint = get_checkpoint()
    if checkpoint is not None:
        with checkpoint.as_directory() as kept:
            tuning.load(Path(kept) / str(rank))
    stops = [math.ceil(tuning.total * part / CHECKPOINTS) for part in range(1, CHECKPOINTS + 1)]
    for stop in (stop for stop in stops if stop > tuning.step):
        _advance(tuning, stop, run, rank)
        _commit(tuning, run, rank)
    tuning.publish(Path(settings[f"target-{rank}"]))
    write_value(run, f"tuned-{rank}", tuning.outcome())


def _advance(tuning: "Tuning", stop: int, run: Path, rank: int) -> None:
    noted = 0.0
    while tuning.step < stop:
        phase = tuning.phase
        loss = tuning.advance()
        if time.monotonic() - noted >= NOTE_SECONDS or tuning.step == tuning.total:
            noted = time.monotonic()
            message = f"{phase} phase, loss {loss:.2f}"
            write_value(run, f"step-{rank}", Mark(done=tuning.step, total=tuning.total, message=message))


def _commit(tuning: "Tuning", run: Path, rank: int) -> None:
    # Below the build's folder: what a killed process leaves behind goes with the run, and not into a disk of its own.
    with tempfile.TemporaryDirectory(prefix="checkpoint-", dir=run) as place:
        own = Path(place) / str(rank)
        own.mkdir()
        tuning.save(own)
        commit({"step": tuning.step}, checkpoint=Checkpoint.from_directory(place))
