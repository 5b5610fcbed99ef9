"""A build ends with a result, whatever happens in it, and says to the right person what to do."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runner.artifacts import read_result, write_job, write_leaf_data, write_value
from runner.build import run_build
from runner.outcomes import (
    EVALUATE,
    PREPARE,
    PUBLISH,
    TRAIN,
    EvaluateOutcome,
    PrepareOutcome,
    PublishOutcome,
    TrainOutcome,
)
from runner.samples import GENERATE, GenerateOutcome, LeafData, Origin, Sample
from runner.stage import Build, Report, Stage, StageFunction
from schemas.codec import decode
from schemas.errors import LeafError, UserError
from schemas.job import BuildKind, Job
from schemas.leaf import Kind
from schemas.progress import Progress
from schemas.result import Result, Status

LEAF = "compositional_skills/a"
JOB = Job(
    id="b-1",
    kind=BuildKind.CANDIDATE,
    repository="o/n",
    taxonomy_url="https://example.org/o/n.git",
    head_sha="1" * 40,
    pull_requests=(),
    leaves=(LEAF,),
    seed=5,
)
SAMPLE = Sample(leaf=LEAF, cluster="c", origin=Origin.SEED, context=None, question="q", answer="a")
DATA = LeafData(
    leaf=LEAF, kind=Kind.SKILL, seeds=1, generated=3, kept=2, train=(SAMPLE, SAMPLE), documents=(), bench=(), mmlu=(),
    passages=(), notes=("A note on the leaf.",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def signals() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_job(tmp_path / "builds" / "b-1", JOB)
    return tmp_path / "builds" / "b-1"


def whole(build: Build, report: Report) -> None:
    """Hand over what all stages would."""
    report(done=1, total=1, unit="leaves", message="all at once")
    write_leaf_data(build.folder, [DATA, replace(DATA, leaf="compositional_skills/other")])
    write_value(build.folder, PREPARE, PrepareOutcome(name="tiny", path="/x", digest="d", made=False, seconds=0.0))
    write_value(
        build.folder, GENERATE, GenerateOutcome(teacher="rules", left_out={"c": "bare"}, retention=(), notes=("One.",))
    )
    write_value(build.folder, TRAIN, TrainOutcome(model="m", control=None, phases=(), seeds={"train": 5}, seconds=1.0))
    write_value(
        build.folder,
        EVALUATE,
        EvaluateOutcome(judge="lexical", comparisons=(), controls=(), samples=(), notes=("Two.",)),
    )
    write_value(build.folder, PUBLISH, PublishOutcome(model="model", model_digest="md"))


def registry(**functions: StageFunction) -> dict[str, Stage]:
    return {
        name: Stage(name=name, order=10 * (len(functions) - place), run=function)
        for place, (name, function) in enumerate(functions.items())
    }


def raising(error: BaseException) -> StageFunction:
    def fail(_build: Build, _report: Report) -> None:
        raise error

    return fail


def built(folder: Path, **functions: StageFunction) -> Result:
    result = run_build(folder, folder.parent / "cache", registry=registry(**functions))
    assert read_result(folder) == result
    assert not (folder / ".reserve").exists()
    return result


def events(folder: Path) -> list[Progress]:
    return [decode(Progress, line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_stages_run_by_their_order_and_what_they_wrote_becomes_the_result(folder: Path) -> None:
    ran: list[str] = []

    def first(_build: Build, _report: Report) -> None:
        ran.append("first")

    def last(build: Build, report: Report) -> None:
        ran.append("last")
        whole(build, report)

    result = built(folder, last=last, first=first)
    assert ran == ["first", "last"]
    assert result.status is Status.SUCCEEDED
    made = result.provenance
    assert made is not None
    assert made.left_out == {"c": "bare"}
    assert (made.base, made.teacher, made.judge, made.model) == ("tiny", "rules", "lexical", "model")
    assert made.seeds == {"build": 5, "train": 5}
    assert [(count.leaf, count.train) for count in made.counts] == [(LEAF, 2)]
    assert list(made.seconds) == ["first", "last"]
    assert set(made.versions) == {"python", "torch", "transformers", "ray"}
    assert made.notes == ("One.", "A note on the leaf.", "Two.")


def test_a_fault_of_a_leaf_is_told_to_its_contributor(folder: Path) -> None:
    result = built(folder, generate=raising(LeafError("Add a question.", leaf=LEAF)))
    assert result.status is Status.FAILED
    assert result.failure is not None
    assert (result.failure.stage, result.failure.message) == ("generate", "Add a question.")
    assert (result.failure.leaf, result.failure.contributor) == (LEAF, True)


def test_a_fault_that_an_operator_can_mend_is_told_as_it_stands(folder: Path) -> None:
    result = built(folder, train=raising(UserError("Start the teacher.")))
    assert result.failure is not None
    assert (result.failure.message, result.failure.contributor) == ("Start the teacher.", False)
    assert not (folder / "failure.log").exists()


def test_a_defect_of_ours_is_raised_again_and_its_words_are_kept_from_the_result(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        built(folder, train=raising(ZeroDivisionError("secret detail")))
    failure = read_result(folder).failure
    assert failure is not None
    assert "builds/b-1/failure.log" in failure.message
    assert "secret" not in failure.message
    log = (folder / "failure.log").read_text()
    assert log.startswith("Traceback")
    assert log.endswith("ZeroDivisionError: secret detail\n")


def test_a_full_disk_is_a_failed_build_with_its_reason(folder: Path) -> None:
    result = built(folder, train=raising(RuntimeError("write failed: No space left on device")))
    assert result.failure is not None
    assert "is full: free some space" in result.failure.message


def test_an_unknown_profile_is_said_so(folder: Path) -> None:
    write_job(folder, replace(JOB, profile="moon"))
    result = built(folder, train=whole)
    assert result.failure is not None
    assert "no profile 'moon'" in result.failure.message


def test_a_cache_that_cannot_be_made_is_a_failed_build_that_says_so(folder: Path) -> None:
    result = run_build(folder, Path("/proc/x"), registry={})
    assert result.failure is not None
    assert "The folder /proc/x cannot be made" in result.failure.message
    assert "ESPALIER_CACHE_DIR" in result.failure.message


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("base", "--cache", "/proc/x"), "The folder /proc/x cannot be made (No such file or directory): give another"),
        (("build", "--taxonomy", ".", "--out", "x", "--profile", "nope"), "invalid choice: 'nope' (choose from"),
    ],
)
def test_what_the_command_line_cannot_use_is_said_in_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    ended = run(*arguments)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_stage_that_hands_nothing_over_is_a_failure_and_no_empty_result(folder: Path) -> None:
    assert built(folder, train=lambda _build, _report: None).status is Status.FAILED


def test_a_build_that_is_stopped_says_where(folder: Path) -> None:
    def slow(_build: Build, _report: Report) -> None:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        time.sleep(30)

    began = time.monotonic()
    result = built(folder, train=slow)
    assert time.monotonic() - began < 5
    assert result.status is Status.STOPPED
    assert result.failure is not None
    assert result.failure.stage == "train"


def test_progress_has_first_and_last_report_of_a_stage_and_few_between(folder: Path) -> None:
    def busy(build: Build, report: Report) -> None:
        for done in range(1, 1001):
            report(done=done, total=1000, unit="steps", message=f"step {done}")
        whole(build, lambda **_: None)

    built(folder, train=busy)
    lines = [event for event in events(folder) if event.stage == "train"]
    assert (lines[0].done, lines[-1].done, lines[-1].message) == (1, 1000, "step 1000")
    assert len(lines) < 10
    assert lines[-1].rate is not None
    assert lines[-1].rate > 1000
    assert lines[-1].seconds_left == 0


def test_the_first_line_is_there_before_the_first_stage_works(folder: Path) -> None:
    seen: list[Progress] = []
    built(folder, train=lambda _build, _report: seen.extend(events(folder)))
    assert seen[0].message == "the build starts"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "runner", *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("run", "--artifacts", "s3://b", "--id", "b-1"), "ESPALIER_ARTIFACTS"),
        (("run", "--artifacts", "/nowhere", "--id", "b-1"), "job.json is missing"),
        (("head", "--data", "{tmp}", "--port", "12345"), "10002 to 19999"),
        (("build", "--taxonomy", "{tmp}", "--out", "{tmp}/out"), "is not a Git repository"),
    ],
)
def test_misuse_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    done = run(*(argument.format(tmp=tmp_path) for argument in arguments))
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_in_use_is_one_sentence(tmp_path: Path, unused_listener: Callable[[], int]) -> None:
    done = run("head", "--data", str(tmp_path), "--port", str(unused_listener()))
    assert done.returncode == 2
    assert "is in use" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture
def unused_listener() -> Iterator[Callable[[], int]]:
    with socket.socket() as held:

        def listen() -> int:
            held.bind(("127.0.0.1", 0))
            held.listen()
            return int(held.getsockname()[1])

        yield listen


def test_a_folder_for_a_head_that_cannot_be_made_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run("head", "--data", str(tmp_path / "file" / "data"))
    assert done.returncode == 2
    assert "choose another --data" in done.stderr
    assert done.stderr.count("\n") == 1
