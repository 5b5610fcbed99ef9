"""Bad input from end to end: what a contributor reads, what an operator reads, and a bot that lives through it.

One real forge, one real bot and one real Ray head for all of it; the student is tiny and untrained, so that a build
takes seconds.
"""

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from espalier.demo.content import contributions
from runner.student import save_student
from schemas.result import FAILURE_LOG
from tests.bot.world import ATTRIBUTION, Pull, Repository, World, forge_server, skill, wait, world
from tests.fakes.git_server import commit_files, git
from tests.fakes.jobs_api import Cluster
from tests.runner.tiny_student import tiny_student

BUILD_SECONDS = 150.0
"""Patience with a build on a busy machine; seconds on an idle one."""
ODD = """\
version: 3
task_description: Say something fitting.
created_by: june
seed_examples:
  - question: What hangs above the quay?
    answer: A rope.
  - question: Who goes there?
    answer: My friend from the mill.
  - question: Sing!
    answer: La.
  - question: Why is it so cold this evening?
    answer: Because winter came early.
  - question: Count the herons.
    answer: Seven.
"""
ODD_LEAF = "compositional_skills/odd/sayings"
LIGHTS = "knowledge/coasts/lights_of_skerrin_coast"
GREETINGS = "compositional_skills/customs/gate_greetings"
MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The world, and the folders with which a test spoils it."""

    world: World
    repository: Repository
    student: Path
    modules: Path
    """A folder that the bot's processes import from first."""
    mounted: bool
    """Whether the artifacts stand on a small disk of their own."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("w")
    student, modules = folder / "student", folder / "modules"
    modules.mkdir()
    save_student(tiny_student(width=128), student)
    settings = {
        "ESPALIER_BUILD_OPTIONS": json.dumps({"seed": 7, "student": str(student)}),
        "PYTHONPATH": str(modules),
    }
    with (
        small_disk(folder / "artifacts") as mounted,
        forge_server(folder / "forge") as forge,
        world(folder, forge, Cluster(), settings=settings) as made,
    ):
        # Documents are gone when they are built from, and one leaf is proposed again and again: the checks that would
        # say so before are off.
        host = forge.address.removeprefix("http://")
        policy = (
            f"document: {{hosts: ['{host}']}}\nchecks: {{document: {{level: 'off'}}, duplicates: {{level: 'off'}}}}\n"
        )
        yield Place(
            world=made, repository=made.repository(policy=policy), student=student, modules=modules, mounted=mounted
        )


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of 64 MiB, where this may be done; tells whether it is there."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def broken_module(here: Place, name: str, error: str) -> Iterator[None]:
    """Let the processes that the bot starts find a broken installation of a package."""
    broken = here.modules / name / "__init__.py"
    broken.parent.mkdir()
    broken.write_text(f"raise {error}\n")
    try:
        yield
    finally:
        shutil.rmtree(broken.parent)


def files_of(leaf: str, *, documents: str = "") -> dict[str, str]:
    """Give the files of a leaf that passes all checks."""
    if leaf == ODD_LEAF:
        return {f"{leaf}/qna.yaml": ODD, f"{leaf}/attribution.txt": ATTRIBUTION}
    filled = {"documents_url": documents, "documents_commit": "1" * 40}
    return next(item.fixed for item in contributions(filled) if f"{leaf}/qna.yaml" in item.fixed)


def built(here: Place, files: Mapping[str, str], *, branch: str) -> Pull:
    """Open a pull request that passes, approve it, and ask for a build."""
    pull = here.repository.open_pull(files, branch=branch)
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier approve\n/espalier build")
    return pull


def told(pull: Pull, *, count: int = 1) -> str:
    """Wait for a failed build's result comment, and give it as one line."""
    wait(lambda: len(pull.comments("<!-- espalier:result")) == count, what="the result comment", seconds=BUILD_SECONDS)
    wait(lambda: pull.conclusion("espalier / build") == "failure", what="the failed check run")
    # Words of strangers are neutralised: zero-width spaces against links, backslashes against markup.
    return " ".join(pull.comments("<!-- espalier:result")[-1].replace("\u200b", "").replace("\\", "").split())


def assert_still_triages(here: Place, branch: str) -> None:
    """Hold the bot to its work: health, and a new pull request with a mistake in it."""
    assert here.world.bot.get("/healthz").text == "ok\n"
    assert here.world.bot.get("/readyz").text == "ready\n"
    leaf = f"compositional_skills/greetings/{branch}"
    pull = here.repository.open_pull({f"{leaf}/qna.yaml": skill(examples=2)}, branch=branch)
    wait(lambda: pull.conclusion() == "failure", what="the failing check run of another pull request")
    wait(lambda: "triage-requested-changes" in pull.labels(), what="its labels")
    wait(lambda: len(pull.comments("<!-- espalier:report -->")) == 1, what="its report")


OPERATOR = "There is nothing for the author to do: an operator has to look. `/espalier build` starts another one."
AUTHOR = "The author's turn: mend that, push, and a triager can ask for another one."


@pytest.mark.loop
def test_a_ray_that_cannot_start_fails_the_build_with_its_reason(here: Place) -> None:
    with broken_module(here, "ray", "ImportError('libray.so: cannot open shared object file')"):
        said = told(built(here, files_of(GREETINGS), branch="no-ray"))
        assert "Ray could not start on this machine: ImportError: libray.so: cannot open shared object file" in said
        assert "look into" in said
        assert "head.log" in said
        assert OPERATOR in said
        assert_still_triages(here, "while-ray-is-broken")


@pytest.mark.loop
def test_a_missing_document_and_a_leaf_without_yield_are_told_to_their_authors_alone(here: Place) -> None:
    nowhere = f"{here.world.forge.address}/orchard/nowhere.git"
    missing = built(here, files_of(LIGHTS, documents=nowhere), branch="missing")
    odd = built(here, files_of(ODD_LEAF), branch="odd")
    assert_still_triages(here, "while-others-are-built")

    said = told(missing)
    assert f"at the stage `generate`, on `{LIGHTS}`: document.repo {nowhere} is not there, or is not public." in said
    assert "Open the address in a private browser window, and give one that anybody can clone." in said
    assert AUTHOR in said

    said = told(odd)
    assert f"at the stage `generate`, on `{ODD_LEAF}`: {ODD_LEAF}: generation yielded no" in said
    assert "Let the seed examples share their wordings and repeat their parts in other combinations" in said
    assert AUTHOR in said


@pytest.mark.loop
def test_a_defect_of_the_program_leaves_its_traceback_to_the_operator(here: Place) -> None:
    with broken_module(here, "torch", "IndexError('an index that nobody thought of')"):
        said = told(built(here, files_of(GREETINGS), branch="defect"))
    (log,) = (here.world.artifacts / "builds").glob(f"*/{FAILURE_LOG}")
    assert f"an operator finds the cause in builds/{log.parent.name}/{FAILURE_LOG} below the artifacts" in said
    assert OPERATOR in said
    assert "IndexError" in log.read_text()
    page = here.world.bot.get(f"/builds/{log.parent.name}").text
    assert f"<code>builds/{log.parent.name}/{FAILURE_LOG}</code>" in page
    assert "IndexError" not in page + said
    assert_still_triages(here, "after-a-defect")


@pytest.mark.loop
def test_a_disk_that_fills_up_while_training_is_the_operators(here: Place) -> None:
    if not here.mounted:
        pytest.skip("a small disk can only be mounted by root; the test with a limit on files does without")
    weights = (here.student / "model.safetensors").stat().st_size
    disk = os.statvfs(here.world.artifacts)
    # Room for the baseline's copy and the data, and not for the checkpoints of two students beside them.
    room = 2 * weights + MIB // 2
    ballast = here.world.artifacts / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - room)
    try:
        said = told(built(here, files_of(GREETINGS), branch="full"))
        assert "at the stage `train`: The disk that holds" in said
        assert "is full: free some space there, then start the build again." in said
        assert OPERATOR in said
        assert_still_triages(here, "while-the-disk-is-full")
    finally:
        ballast.unlink()


def test_no_delivery_failed_and_no_thread_ended_by_any_of_it(here: Place) -> None:
    for state in ("pending", "running"):
        name = f'espalier_deliveries{{state="{state}"}}'
        wait(lambda name=name: name not in here.world.bot.get("/metrics").text, what=f"no {state} delivery")
    metrics = here.world.bot.get("/metrics").text
    assert 'espalier_deliveries{state="failed"}' not in metrics
    assert "espalier_up 1" in metrics
    assert "Traceback" not in here.world.bot.log.read_text()


def espalier(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "espalier", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_files_that_may_not_grow_are_a_full_disk_to_a_build_without_the_bot(tmp_path: Path) -> None:
    student = tmp_path / "student"
    save_student(tiny_student(width=128), student)
    commit_files(tmp_path, "taxonomy", files_of(GREETINGS))
    most = (student / "model.safetensors").stat().st_size - 1

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))

    out = tmp_path / "out"
    options = ("--leaf", GREETINGS, "--student", str(student), "--cache", str(tmp_path / "cache"), "--no-ray")
    done = espalier("build", "--taxonomy", str(tmp_path / "taxonomy"), "--out", str(out), *options, preexec_fn=limit)
    assert done.returncode == 1
    assert "is full: free some space there, then start the build again." in " ".join(done.stdout.split())
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("{folder}/plain", "{folder}/plain is not a Git repository: name the folder of a taxonomy's clone."),
        ("{folder}/absent", "{folder}/absent is not there: name the folder of a taxonomy's clone."),
        ("{folder}/empty", "{folder}/empty has no commit 'HEAD': name a branch, a tag or a SHA of it."),
        ("{forge}/orchard/nowhere.git", "is not there, or is not public. Give --taxonomy a folder or an address that"),
        ("{forge}/healthz/page", "Give --taxonomy a folder or an address that `git clone` takes."),
    ],
)
def test_a_taxonomy_that_is_no_git_repository_is_one_sentence(
    here: Place, tmp_path: Path, address: str, words: str
) -> None:
    (tmp_path / "plain").mkdir()
    (tmp_path / "empty").mkdir()
    git(tmp_path / "empty", "init", "--quiet")
    filled = {"folder": tmp_path, "forge": here.world.forge.address}
    done = espalier("build", "--taxonomy", address.format(**filled), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert words.format(**filled) in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("command", "advice"),
    [
        (("forge", "--data", "{folder}", "--port", "{port}"), "give another with --port"),
        (("serve",), "set ESPALIER_PORT"),
        (("head", "--data", "{folder}", "--port", "{port}"), "choose another --port"),
        (("demo", "--exit", "--data", "{folder}", "--forge-port", "{port}"), "give another with --forge-port"),
        (("demo", "--exit", "--data", "{folder}", "--bot-port", "{port}"), "give another with --bot-port"),
    ],
)
def test_a_port_in_use_is_one_sentence(here: Place, tmp_path: Path, command: tuple[str, ...], advice: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        words = [word.format(folder=tmp_path / "new", port=port) for word in command]
        done = espalier(*words, env={**os.environ, **here.world.bot.environment, "ESPALIER_PORT": port})
    said = " ".join((done.stdout + done.stderr).split())
    assert done.returncode == (1 if command[0] == "demo" else 2)
    assert f"Port {port} " in said
    assert "in use" in said
    assert advice in said
    assert said.count(". ") == 0
