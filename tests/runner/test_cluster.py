"""Students tuned under Ray Train go on from their checkpoint when a process is lost, and tell of faults in words."""

import json
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from runner.profiles import PROFILES
from runner.student import base_student
from tests.runner.test_head import Ray, running, wait_for

pytestmark = pytest.mark.loop

JOB = """
import json, sys
from pathlib import Path
from runner.cluster import tune_under_ray
from runner.samples import LeafData, Origin, Sample
from runner.tuning import TuneTask
from schemas.errors import UserError
from schemas.leaf import Kind

folder, student = Path(sys.argv[1]), sys.argv[2]
leaf = "compositional_skills/a"
train = tuple(
    Sample(leaf=leaf, cluster=str(n), origin=Origin.SEED, context=None, question=f"say {n}", answer=f"{n} is said")
    for n in range(40)
)
data = LeafData(leaf=leaf, kind=Kind.SKILL, seeds=1, generated=1, kept=1, train=train, documents=(), bench=(), mmlu=(),
                passages=())
tasks = {
    folder / name: TuneTask(student=student, leaves=(data,), profile="laptop", seed=3, shuffled=name == "control")
    for name in ("candidate", "control")
}
steps = []
try:
    tuned = tune_under_ray(tasks, folder=folder, told=lambda done, total, message: steps.append((done, total)))
    said = {path.name: [item.resumed, item.phases[-1].steps] for path, item in tuned.items()}
    said["steps"] = len(steps)
    said["falls"] = [done for done, _ in steps] != sorted(done for done, _ in steps)
    said["last"] = steps[-1]
except UserError as error:
    said = {"error": str(error)}
(folder / "said.json").write_text(json.dumps(said))
"""


@pytest.fixture(scope="module")
def student(tmp_path_factory: pytest.TempPathFactory) -> Path:
    laptop = PROFILES["laptop"]
    small = replace(laptop, base=replace(laptop.base, steps=1, tokenizer_examples=600))
    return base_student(tmp_path_factory.mktemp("cache"), lambda **_: None, profile=small)


def submit(ray: Ray, folder: Path, student: str) -> None:
    folder.mkdir()
    script = folder / "job.py"
    script.write_text(JOB)
    ray.submit("tune", shlex.join([sys.executable, str(script), str(folder), student]))


def workers(ray: Ray) -> list[psutil.Process]:
    return [
        process
        for process in psutil.Process(ray.process.pid).children(recursive=True)
        if "RayTrainWorker" in "".join(process.cmdline())
    ]


def committed(folder: Path) -> bool:
    records = (folder / "run").glob("tuning-*/checkpoint_manager_snapshot.json")
    return any("checkpoint_" in record.read_text() for record in records)


def ended(ray: Ray) -> Callable[[], bool]:
    return lambda: ray.status("tune") in {"SUCCEEDED", "FAILED", "STOPPED"}


def test_a_lost_process_costs_no_more_than_the_steps_since_the_last_checkpoint(tmp_path: Path, student: Path) -> None:
    folder = tmp_path / "build"
    with running(tmp_path / "data") as ray:
        submit(ray, folder, str(student))
        # Ray Train's own record: a checkpoint counts from the moment that every rank has handed its part over.
        wait_for(lambda: committed(folder), seconds=240)
        lost = workers(ray)
        assert len(lost) == 2
        with suppress(psutil.NoSuchProcess):
            os.kill(lost[0].pid, signal.SIGKILL)
        wait_for(ended(ray), seconds=400)
        assert ray.status("tune") == "SUCCEEDED", ray.jobs.get("/api/jobs/tune/logs").text
    said = json.loads((folder / "said.json").read_text())
    assert said["candidate"][0] is True
    assert said["candidate"][1] == said["control"][1]
    assert said["steps"] > 1
    assert not said["falls"]
    assert said["last"] == [2 * said["candidate"][1], 2 * said["candidate"][1]]
    assert (folder / "candidate" / "model.safetensors").exists()
    assert (folder / "control" / "model.safetensors").exists()
    assert not (folder / "run").exists()


def test_a_student_that_cannot_be_loaded_is_said_in_its_own_words(tmp_path: Path) -> None:
    folder = tmp_path / "build"
    began = time.monotonic()
    with running(tmp_path / "data") as ray:
        submit(ray, folder, str(tmp_path / "nowhere"))
        wait_for(ended(ray), seconds=240)
        assert ray.status("tune") == "SUCCEEDED", ray.jobs.get("/api/jobs/tune/logs").text
    assert "cannot be loaded" in json.loads((folder / "said.json").read_text())["error"]
    assert time.monotonic() - began < 300
