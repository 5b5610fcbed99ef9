"""A whole build whose teacher is a model behind a real OpenAI-compatible server: `transformers serve`.

The model is the tiny base student itself, which writes little that can be used: what it gave, and that rules wrote the
rest, has to be told with the scores.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from espalier.demo.content import contributions, documents, taxonomy
from runner.__main__ import _default_cache
from runner.artifacts import read_leaf_data, read_result
from runner.generation import generate_leaf
from runner.rule_teacher import RuleTeacher
from runner.samples import Origin
from runner.sources import read_document, read_taxonomy
from runner.student import base_student
from schemas.result import Status
from tests.bot.world import free_port, wait
from tests.fakes.git_server import GitServer, commit_files, serving

pytestmark = [pytest.mark.loop, pytest.mark.timeout(1800)]

LEAF = "knowledge/coasts/lights_of_skerrin_coast"
MODEL = "laptop-base"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running server, and what it has logged."""

    url: str
    log: Path

    @property
    def calls(self) -> int:
        """How many chats it was asked for."""
        return self.log.read_text().count("[Request received]")


@contextmanager
def transformers_serve(folder: Path, model: Path) -> Iterator[Served]:
    """Serve a model's folder, under its own name, until the block ends."""
    shutil.copytree(model, folder / MODEL)
    port, log = free_port(), folder / "serve.log"
    command = Path(sys.executable).with_name("transformers")
    options = ("--host", "127.0.0.1", "--port", str(port), "--device", "cpu")
    quiet = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    with log.open("wb") as file:
        server = subprocess.Popen(
            [command, "serve", MODEL, *options], cwd=folder, env={**os.environ, **quiet}, stdout=file, stderr=file
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait(lambda: answers(server, url, log), what="transformers serve", seconds=180)
        yield Served(url=f"{url}/v1", log=log)
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def answers(server: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    """Tell whether a server answers, and fail where it has ended."""
    assert server.poll() is None, log.read_text()[-2000:]
    try:
        return httpx.get(f"{url}/health", timeout=5, trust_env=False).is_success
    except httpx.HTTPError:
        time.sleep(0.5)
        return False


def commit_taxonomy(host: GitServer) -> None:
    """Commit the demo's documents, its taxonomy, and on top of that the contributed leaf."""
    sha = commit_files(host.root, "documents", documents())
    filled = {"documents_url": host.url("documents/.git"), "documents_commit": sha, "documents_host": host.host}
    commit_files(host.root, "taxonomy", taxonomy(filled))
    leaf = next(item.fixed for item in contributions(filled) if f"{LEAF}/qna.yaml" in item.fixed)
    commit_files(host.root, "taxonomy", leaf)


def test_a_build_is_taught_by_a_model_behind_a_real_server(tmp_path: Path) -> None:
    base = base_student(_default_cache(), lambda **_: None)
    cache, out = tmp_path / "cache", tmp_path / "out"
    cache.mkdir()
    (cache / "students").symlink_to(base.parent)
    (tmp_path / "host").mkdir()
    (tmp_path / "served").mkdir()
    with serving(tmp_path / "host") as host, transformers_serve(tmp_path / "served", base) as teacher:
        commit_taxonomy(host)
        command = [sys.executable, "-m", "espalier", "build", "--taxonomy", str(host.root / "taxonomy")]
        command += ["--base", "HEAD~1", "--out", str(out), "--cache", str(cache), "--document-host", host.host]
        command += ["--teacher-url", teacher.url, "--teacher-model", MODEL]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1500, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        calls = teacher.calls
        by_rules = own_pairs(host, cache)
    (folder,) = (out / "builds").iterdir()
    result = read_result(folder)
    assert result.status is Status.SUCCEEDED
    made = result.provenance
    assert made is not None
    assert made.teacher.startswith(f"{MODEL} at {teacher.url.removesuffix('/v1')}")

    # Every passage was put to the model: as many chats as the plan of prompts says, or more.
    assert calls >= 20
    (count,) = made.counts
    assert count.leaf == LEAF
    assert count.generated >= count.kept - count.seeds > 0

    # What it gave is told, and stands in the data as far as it could be used.
    data = next(leaf for leaf in read_leaf_data(folder) if leaf.leaf == LEAF)
    told = [
        re.match(rf"Of (\d+) pairs that {MODEL} at \S+ wrote for {LEAF}, (\d+) could be used", n) for n in made.notes
    ]
    amounts = [(int(found[1]), int(found[2])) for found in told if found]
    assert data.completed == bool(amounts) == made.teacher.endswith(", completed by rules")
    own = {
        (sample.question, sample.answer)
        for sample in data.train
        if sample.origin is Origin.TEACHER and (sample.question, sample.answer) not in by_rules
    }
    usable = amounts[0][1] if amounts else len(own)
    assert usable == 0 or own
    if amounts:
        assert count.generated > amounts[0][0] > 0


def own_pairs(host: GitServer, cache: Path) -> set[tuple[str, str]]:
    """Give the pairs that rules write for the leaf, whichever of them are held out."""
    sha = (host.root / "taxonomy" / ".git" / "refs" / "heads" / "main").read_text().strip()
    leaf = read_taxonomy(str(host.root / "taxonomy"), sha, cache).leaf(LEAF)
    assert leaf.document is not None
    files = read_document(leaf.document, hosts=(host.host,), cache=cache)
    data = generate_leaf(leaf, files, teacher=RuleTeacher(), seed=0)
    held_out = {(question.question, question.choices[question.gold]) for question in data.mmlu}
    return {(sample.question, sample.answer) for sample in data.train} | held_out
