"""What stages need of Ray: a connection, and students tuned side by side under Ray Train, with checkpoints."""

import math
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ray
from ray.train import Checkpoint, CheckpointConfig, FailureConfig, RunConfig, ScalingConfig, get_checkpoint, get_context
from ray.train import report as commit
from ray.train.v2.api.data_parallel_trainer import DataParallelTrainer
from ray.train.v2.api.exceptions import WorkerGroupError

from runner.artifacts import has_value, read_value, write_value
from runner.disk import saying_full
from runner.tuning import Tuned, TuneTask, Tuning
from schemas.errors import UserError

CHECKPOINTS = 3
"""Committed in a run, at equal shares of its steps. Every rank must commit as often as the others: Ray Train waits."""
MAX_FAILURES = 1
_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How far one student has come, handed from its process to the job's through the build's folder."""

    done: int
    total: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rank:
    """What one process of a run is to do."""

    task: TuneTask
    target: str
    run: str
    rank: int


def on_ray() -> bool:
    """Tell whether this process is a Ray job's driver, or was told of a cluster."""
    return bool(os.environ.get("RAY_ADDRESS"))


def connect() -> None:
    """Connect this job to its cluster, once; ours remain the answers to SIGTERM."""
    if ray.is_initialized():
        return
    handler = signal.getsignal(signal.SIGTERM)
    ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), configure_logging=False, log_to_driver=True)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)


def tune_under_ray(
    tasks: Mapping[Path, TuneTask], *, folder: Path, told: Callable[[int, int, str], None]
) -> dict[Path, Tuned]:
    """Tune students side by side, one process and one CPU each, as the ranks of one Ray Train run.

    A run that is killed goes on from its last committed checkpoint: a lost process at once, a lost job when the build
    is started again.

    Args:
        tasks: Target folder to what is tuned into it.
        folder: The build's folder, which every node can reach.
        told: Told of the slowest student's steps done, its steps in all, and what is being done.

    Returns:
        How each tuning went, by target folder.

    Raises:
        WorkerGroupError: if a process failed and its second attempt too; a `UserError` where it said why to a person.
    """
    connect()
    run = folder / "run"
    ranks = tuple(
        _Rank(task=task, target=str(target), run=str(run), rank=rank)
        for rank, (target, task) in enumerate(tasks.items())
    )
    trainer = DataParallelTrainer(
        _tune_rank,
        train_loop_config={"ranks": ranks},
        scaling_config=ScalingConfig(num_workers=len(ranks), resources_per_worker={"CPU": 1}),
        run_config=RunConfig(
            name="tuning",
            storage_path=str(run),
            failure_config=FailureConfig(max_failures=MAX_FAILURES),
            checkpoint_config=CheckpointConfig(num_to_keep=1),
        ),
    )
    with _telling(run, len(ranks), told), saying_full(folder):
        try:
            trainer.fit()
        except WorkerGroupError as error:
            _raise_spoken(error)
            raise
    tuned = {Path(rank.target): read_value(Tuned, run, f"tuned-{rank.rank}") for rank in ranks}
    shutil.rmtree(run, ignore_errors=True)
    return tuned


def _tune_rank(settings: Mapping[str, Sequence[_Rank]]) -> None:
    """Tune the student of this process's rank; runs in a worker of Ray Train."""
    mine = settings["ranks"][get_context().get_world_rank()]
    run = Path(mine.run)
    tuning = Tuning(mine.task)
    checkpoint = get_checkpoint()
    if checkpoint is not None:
        with checkpoint.as_directory() as kept:
            tuning.load(Path(kept) / str(mine.rank))
    stops = [math.ceil(tuning.total * part / CHECKPOINTS) for part in range(1, CHECKPOINTS + 1)]
    noted = 0.0
    for stop in (stop for stop in stops if stop > tuning.step):
        while tuning.step < stop:
            phase = tuning.phase
            loss = tuning.advance()
            if time.monotonic() - noted >= _POLL_SECONDS:
                noted = time.monotonic()
                message = f"{phase} phase, loss {loss:.2f}"
                write_value(run, f"step-{mine.rank}", Step(done=tuning.step, total=tuning.total, message=message))
        _commit(tuning, mine.rank)
    tuning.publish(Path(mine.target))
    write_value(run, f"tuned-{mine.rank}", tuning.outcome())


def _raise_spoken(error: WorkerGroupError) -> None:
    """Raise what a process of the run said to a person, in place of Ray's words around it."""
    for failure in error.worker_failures.values():
        cause = getattr(failure, "cause", failure)
        if isinstance(cause, UserError):
            raise cause from error


def _commit(tuning: Tuning, rank: int) -> None:
    with tempfile.TemporaryDirectory(prefix="espalier-checkpoint-") as place:
        own = Path(place) / str(rank)
        own.mkdir()
        tuning.save(own)
        commit({"step": tuning.step}, checkpoint=Checkpoint.from_directory(place))


@contextmanager
def _telling(run: Path, ranks: int, told: Callable[[int, int, str], None]) -> Iterator[None]:
    """Read the ranks' notes while Ray Train holds the main thread."""
    over = threading.Event()

    def follow() -> None:
        last: Step | None = None
        while not over.wait(_POLL_SECONDS):
            steps = [read_value(Step, run, name) for name in _notes(run, ranks)]
            slowest = min(steps, key=lambda step: step.done / step.total, default=None)
            if slowest is not None and slowest != last:
                told(slowest.done, slowest.total, slowest.message)
                last = slowest

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _notes(run: Path, ranks: int) -> list[str]:
    return [name for name in (f"step-{rank}" for rank in range(ranks)) if has_value(run, name)]
