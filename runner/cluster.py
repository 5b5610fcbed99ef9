"""What stages need of Ray: a connection, and students tuned side by side under Ray Train, with checkpoints."""

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from runner.abreast import Abreast, Mark
from runner.artifacts import digest_of, has_value, read_value, write_value
from runner.disk import saying_full
from runner.profiles import profile
from schemas.errors import UserError

if TYPE_CHECKING:
    from ray.train.v2.api.exceptions import WorkerGroupError

    from runner.tuning import Tuned, TuneTask

# Ray is imported where it is used: `on_ray` is asked by builds that run without it.
# ruff: noqa: PLC0415

MAX_FAILURES = 1
"""Lost processes that a run survives."""
_POLL_SECONDS = 0.25
# Read by Ray Train's controller. One node that is preempted takes the head with it, so that there is nobody to watch.
_LEAN = {"RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0", "RAY_TRAIN_METRICS_ENABLED": "0"}


def on_ray() -> bool:
    """Tell whether this process is a Ray job's driver, or was told of a cluster."""
    return bool(os.environ.get("RAY_ADDRESS"))


def connect() -> None:
    """Connect this job to its cluster, once; ours remain the answers to SIGTERM."""
    import ray

    if ray.is_initialized():
        return
    handler = signal.getsignal(signal.SIGTERM)
    ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), configure_logging=False, log_to_driver=False)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def tune_under_ray(
    tasks: "Mapping[Path, TuneTask]", *, folder: Path, told: Callable[[int, int, str], None]
) -> "dict[Path, Tuned]":
    """Tune students side by side, one process and one CPU each, as the ranks of one Ray Train run.

    A run that is killed goes on from its last committed checkpoint: a lost process at once, a lost job when the build
    is started again.

    Args:
        tasks: Target folder to what is tuned into it.
        folder: The build's folder, which every node can reach.
        told: Told of the steps that all students have done, of all their steps, and what the first is doing.

    Returns:
        How each tuning went, by target folder.

    Raises:
        WorkerGroupError: if a process failed and its second attempt too; a `UserError` where it said why to a person.
    """
    from ray.train import CheckpointConfig, FailureConfig, RunConfig, ScalingConfig
    from ray.train.v2.api.exceptions import WorkerGroupError

    from runner.ray_train import LeanTrainer, tune_rank
    from runner.tuning import Tuned

    os.environ.update(_LEAN)
    connect()
    run = folder / "run"
    for rank, task in enumerate(tasks.values()):
        write_value(run, f"task-{rank}", task)
    targets = {f"target-{rank}": str(target) for rank, target in enumerate(tasks)}
    trainer = LeanTrainer(
        tune_rank,
        train_loop_config={"run": str(run), **targets},
        scaling_config=ScalingConfig(num_workers=len(tasks), resources_per_worker={"CPU": 1}),
        run_config=RunConfig(
            # Ray Train goes on from a checkpoint under this name: none of other data, another student or recipe.
            name=f"tuning-{digest_of(*tasks.values(), [profile(task.profile) for task in tasks.values()])[:16]}",
            storage_path=str(run),
            failure_config=FailureConfig(max_failures=MAX_FAILURES),
            checkpoint_config=CheckpointConfig(num_to_keep=1),
        ),
    )
    told(0, 1, "starting the training processes")
    with _telling(run, [target.name for target in tasks], told), saying_full(folder):
        try:
            trainer.fit()
        except WorkerGroupError as error:
            _raise_spoken(error)
            raise
    tuned = {target: read_value(Tuned, run, f"tuned-{rank}") for rank, target in enumerate(tasks)}
    shutil.rmtree(run, ignore_errors=True)
    return tuned


def _raise_spoken(error: "WorkerGroupError") -> None:
    """Raise what a process of the run said to a person, in place of Ray's words around it."""
    for failure in error.worker_failures.values():
        cause = getattr(failure, "cause", failure)
        if isinstance(cause, UserError):
            raise cause from error


@contextmanager
def _telling(run: Path, names: Sequence[str], told: Callable[[int, int, str], None]) -> Iterator[None]:
    """Read the ranks' notes while Ray Train holds the main thread, and once more after it."""
    bar, over = Abreast(names, told), threading.Event()

    def follow() -> None:
        ended = False
        while not ended:
            ended = over.wait(_POLL_SECONDS)
            for rank, name in enumerate(names):
                if has_value(run, f"step-{rank}"):
                    bar.note(name, read_value(Mark, run, f"step-{rank}"))

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
