"""A Ray of our own: it starts with a token, runs jobs, and whatever happens to its starter leaves no process behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from runner.artifacts import read_result, write_job
from schemas.job import BuildKind, Job
from schemas.result import Status

pytestmark = pytest.mark.loop

HEAD = (sys.executable, "-m", "runner", "head", "--data")
# A build whose one stage waits: what `python -m runner run` does, with a registry of its own.
WAITING = """
import sys, time
from pathlib import Path
from runner.build import run_build
from runner.stage import Stage
folder = Path(sys.argv[1])
def wait(build, report):
    report(done=1, total=2, unit="naps", message="asleep")
    time.sleep(600)
run_build(folder, folder / "cache", registry={"train": Stage(name="train", order=1, run=wait)})
"""


class Ray:
    """A head that runs, and its Jobs API."""

    def __init__(self, process: subprocess.Popen[bytes], place: dict[str, str]) -> None:
        self.process = process
        self.token_file = Path(place["token_file"])
        self.jobs = httpx.Client(
            base_url=place["address"],
            headers={"Authorization": f"Bearer {self.token_file.read_text()}"},
            trust_env=False,
            timeout=30,
        )

    def submit(self, job_id: str, entrypoint: str) -> None:
        self.jobs.post("/api/jobs/", json={"entrypoint": entrypoint, "submission_id": job_id}).raise_for_status()

    def status(self, job_id: str) -> str:
        answer: dict[str, str] = self.jobs.get(f"/api/jobs/{job_id}").raise_for_status().json()
        return answer["status"]


def wait_for(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it did not come to pass"
        time.sleep(0.1)


def of_head(data: Path) -> list[str]:
    """Find every process that this head or its jobs are, by what they all inherit."""
    mark = f"RAY_AUTH_TOKEN_PATH={data / 'ray' / 'token'}".encode()
    found = []
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            own = Path(f"/proc/{process.pid}/environ").read_bytes()
            if mark in own or str(data) in " ".join(process.cmdline()):
                found.append(" ".join(process.cmdline()))
    return found


@contextmanager
def running(data: Path) -> Iterator[Ray]:
    process = subprocess.Popen([*HEAD, str(data)], stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    try:
        ray = Ray(process, json.loads(process.stdout.readline()))
        with ray.jobs:
            yield ray
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()
        wait_for(lambda: not of_head(data), seconds=30)


def test_a_job_runs_is_stopped_and_nothing_is_left(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "builds" / "b-1"
    write_job(folder, Job(
        id="b-1", kind=BuildKind.RELEASE, repository="o/n", taxonomy_url="/x", head_sha="1" * 40, pull_requests=(),
        leaves=(),
    ))  # fmt: skip
    (tmp_path / "waiting.py").write_text(WAITING)
    with running(data) as ray:
        address = ray.jobs.base_url
        assert ray.token_file.stat().st_mode & 0o777 == 0o600
        assert httpx.get(f"{address}/api/jobs/", trust_env=False).status_code == 401
        assert all(host.startswith("127.") or host == "::1" for host in listened_hosts(ray.process.pid))

        began = time.monotonic()
        ray.submit("trivial", "echo fine")
        wait_for(lambda: ray.status("trivial") == "SUCCEEDED")
        assert time.monotonic() - began < 30

        ray.submit("b-1", f"{sys.executable} {tmp_path / 'waiting.py'} {folder}")
        wait_for(lambda: (folder / "events.jsonl").exists() and "asleep" in (folder / "events.jsonl").read_text())
        ray.jobs.post("/api/jobs/b-1/stop").raise_for_status()
        wait_for((folder / "result.json").exists)
        assert read_result(folder).status is Status.STOPPED
    assert not list((data / "ray").glob("espalier-ray-*"))
    assert not ray.token_file.exists()


def listened_hosts(pid: int) -> set[str]:
    tree = psutil.Process(pid).children(recursive=True)
    return {
        connection.laddr.ip.removeprefix("::ffff:")
        for process in tree
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_head_that_is_ended_or_killed_takes_its_jobs_along(tmp_path: Path, number: signal.Signals) -> None:
    with running(tmp_path / "data") as ray:
        ray.submit("long", "sleep 600")
        wait_for(lambda: ray.status("long") == "RUNNING")
        wait_for(lambda: "sleep 600" in of_head(tmp_path / "data"))
        os.killpg(ray.process.pid, number)
        wait_for(lambda: not of_head(tmp_path / "data"), seconds=20)
        assert ray.process.wait() == (0 if number == signal.SIGTERM else -number)


def test_a_head_ends_with_its_parent(tmp_path: Path) -> None:
    starter = (
        "import subprocess, sys\n"
        "head = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, start_new_session=True)\n"
        "print(head.stdout.readline(), flush=True)\n"
        "import time; time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", starter, *HEAD, str(tmp_path / "data")], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        assert b"address" in parent.stdout.readline()
    parent.kill()
    parent.wait()
    wait_for(lambda: not of_head(tmp_path / "data"), seconds=20)


def test_a_second_head_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    with running(tmp_path / "data"):
        done = subprocess.run([*HEAD, str(tmp_path / "data")], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "runs in" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_long_data_folder_still_gives_sockets_a_short_path(tmp_path: Path) -> None:
    with running(tmp_path / ("long" * 30)) as ray:
        ray.submit("trivial", "echo fine")
        wait_for(lambda: ray.status("trivial") == "SUCCEEDED")


def test_a_ray_that_cannot_start_says_why_in_one_sentence(tmp_path: Path) -> None:
    # Too small an object store is refused by Ray itself; the sentence carries Ray's own reason.
    script = (
        "import sys, runner.head as head\n"
        "from runner.__main__ import main\n"
        "head.OBJECT_STORE = 1\n"
        "sys.exit(main(['head', '--data', sys.argv[1]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Ray could not start: ")
    assert "object store" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not of_head(tmp_path)


def test_ray_is_not_started_for_a_parent_that_is_gone() -> None:
    done = subprocess.run([sys.executable, "-m", "runner.ray_command", "0", "start", "--head"], check=False)
    assert done.returncode == 1
