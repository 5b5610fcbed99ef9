"""Stage: baseline, candidate and yardsticks on the same held-out questions."""

import importlib
import pkgutil
import random
import threading

import torch

from runner import corpus
from runner.artifacts import read_leaf_data, read_value, write_value
from runner.evaluation import Contest, Marking
from runner.evaluation import evaluate as ask_everybody
from runner.exam import exam
from runner.outcomes import EVALUATE, PREPARE, TRAIN, PrepareOutcome, TrainOutcome
from runner.profiles import profile
from runner.stage import Build, Report, stage
from runner.student import load_student


@stage(order=40)
def evaluate(build: Build, report: Report) -> None:
    """Ask the base, the candidate and the control the questions that none of them was trained on."""
    _load_benchmarks()
    chosen = profile(build.job.profile)
    torch.set_num_threads(1)  # for each student; batches of short questions gain nothing from a second
    prepared = read_value(PrepareOutcome, build.folder, PREPARE)
    trained = read_value(TrainOutcome, build.folder, TRAIN)
    contest = Contest(
        baseline=load_student(prepared.path),
        candidate=load_student(str(build.folder / trained.model)),
        control=None if trained.control is None else load_student(str(build.folder / trained.control)),
        foreign=build.job.student is not None,
    )
    rng = random.Random(chosen.base.seed)  # noqa: S311 - no secret
    base = corpus.world(chosen.base.seed).held_out(rng)
    questions = exam(read_leaf_data(build.folder), targets=build.job.leaves, base=base)
    total = questions.total(len(contest.students))
    done = 0
    lock = threading.Lock()

    def advance(more: int) -> None:
        nonlocal done
        with lock:
            done = min(done + more, total)
            report(done=done, total=total, unit="answers", message="asking the original and the tuned student")

    marking = Marking(most_tokens=chosen.answer_tokens, seed=build.job.seed, advance=advance)
    write_value(build.folder, EVALUATE, ask_everybody(contest, questions, marking))


def _load_benchmarks() -> None:
    package = importlib.import_module("runner.benchmarks")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
