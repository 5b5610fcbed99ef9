"""A build's folder never shows half a file, never leaves its place, and says so when the disk is full."""

import errno
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import artifacts
from runner.disk import new_folder, saying_full, write_atomically
from runner.samples import LeafData
from schemas.codec import decode
from schemas.errors import UserError
from schemas.job import BuildKind, Job
from schemas.leaf import Kind
from schemas.progress import Progress
from schemas.result import Result, Status
from sources.full_disk import is_full_disk

JOB = Job(
    id="b-1",
    kind=BuildKind.CANDIDATE,
    repository="o/n",
    taxonomy_url="https://example.org/o/n.git",
    head_sha="1" * 40,
    pull_requests=(),
    leaves=("knowledge/a",),
)
PROGRESS = Progress(at="now", stage="train", done=1, total=2, unit="steps", rate=None, message="Trains.")
LEAF = LeafData(
    leaf="knowledge/a", kind=Kind.KNOWLEDGE, seeds=1, generated=1, kept=1, train=(), documents=("x",), bench=(),
    mmlu=(), passages=(),
)  # fmt: skip


def test_a_job_and_a_result_come_back_as_they_were_written(tmp_path: Path) -> None:
    artifacts.write_job(tmp_path, JOB)
    result = Result(job_id="b-1", status=Status.STOPPED)
    artifacts.write_result(tmp_path, result)
    assert artifacts.read_job(tmp_path) == JOB
    assert artifacts.read_result(tmp_path) == result
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.json", "result.json"]


def test_a_missing_job_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"job\.json is missing"):
        artifacts.read_job(tmp_path)


def test_a_broken_job_names_the_file_and_the_field(tmp_path: Path) -> None:
    (tmp_path / "job.json").write_text("{}")
    with pytest.raises(UserError, match=r"job\.json: Job\.id is missing\. Mend it there"):
        artifacts.read_job(tmp_path)


@pytest.mark.parametrize("url", ["{}", "file://{}", "file://localhost{}"])
def test_builds_stand_below_a_folder_or_its_file_url(tmp_path: Path, url: str) -> None:
    assert artifacts.build_folder(url.format(tmp_path), "b-1") == tmp_path / "builds" / "b-1"


@pytest.mark.parametrize("url", ["s3://bucket/x", "gs://b", "file://elsewhere/x", ""])
def test_other_artifact_stores_are_refused_with_what_to_set(url: str) -> None:
    with pytest.raises(UserError, match="ESPALIER_ARTIFACTS"):
        artifacts.build_folder(url, "b-1")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "/etc", "A", "b 1", "b\n", "-b"])
def test_an_id_cannot_leave_the_builds_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(UserError):
        artifacts.build_folder(str(tmp_path), name)


@given(name=st.text(max_size=20))
def test_no_name_of_a_value_leaves_its_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("build")
    try:
        artifacts.write_value(folder, name, JOB)
    except UserError:
        assert not list(folder.iterdir())
    else:
        assert [path.parent for path in folder.rglob("*.json")] == [folder / "outcomes"]


def test_values_are_handed_over_by_name(tmp_path: Path) -> None:
    assert not artifacts.has_value(tmp_path, "train")
    artifacts.write_value(tmp_path, "train", PROGRESS)
    assert artifacts.has_value(tmp_path, "train")
    assert artifacts.read_value(Progress, tmp_path, "train") == PROGRESS


def test_leaf_data_is_replaced_as_a_whole(tmp_path: Path) -> None:
    many = tuple(replace(LEAF, leaf=f"knowledge/{number}") for number in range(12))
    artifacts.write_leaf_data(tmp_path, many)
    assert artifacts.read_leaf_data(tmp_path) == many
    artifacts.write_leaf_data(tmp_path, many[:2])
    assert artifacts.read_leaf_data(tmp_path) == many[:2]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_leaf_data_before_generation_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="run the generate stage first"):
        artifacts.read_leaf_data(tmp_path)


def test_progress_is_appended_line_by_line(tmp_path: Path) -> None:
    for done in range(3):
        artifacts.append_progress(tmp_path, replace(PROGRESS, done=done))
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert [decode(Progress, line).done for line in lines] == [0, 1, 2]


@pytest.mark.parametrize("before", [0, 2])
def test_a_line_that_a_killed_writer_left_half_is_taken_away(tmp_path: Path, before: int) -> None:
    for _ in range(before):
        artifacts.append_progress(tmp_path, PROGRESS)
    with (tmp_path / "events.jsonl").open("a") as file:
        file.write('{"at": "no')
    artifacts.append_progress(tmp_path, PROGRESS)
    lines = (tmp_path / "events.jsonl").read_text().splitlines()
    assert [decode(Progress, line) for line in lines] == [PROGRESS] * (before + 1)


def test_the_model_has_its_folder(tmp_path: Path) -> None:
    assert artifacts.model_folder(tmp_path / "b") == tmp_path / "b" / "model"


def test_the_same_inputs_have_the_same_digest_and_others_another() -> None:
    assert artifacts.digest_of(JOB, {"b": 1, "a": 2}) == artifacts.digest_of(replace(JOB), {"a": 2, "b": 1})
    assert artifacts.digest_of(JOB, "x") != artifacts.digest_of(JOB, "y")
    with pytest.raises(TypeError):
        artifacts.digest_of(object())


def test_a_folders_digest_follows_names_and_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    first = artifacts.digest_of_folder(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert artifacts.digest_of_folder(tmp_path) != first
    (tmp_path / "b").rename(tmp_path / "a")
    assert artifacts.digest_of_folder(tmp_path) == first
    with pytest.raises(FileNotFoundError):
        artifacts.digest_of_folder(tmp_path / "absent")


def test_what_was_made_once_is_not_made_again(tmp_path: Path) -> None:
    made: list[Path] = []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "x").write_text("content")

    first = artifacts.cached("train", "d1", cache=tmp_path, make=make)
    assert artifacts.cached("train", "d1", cache=tmp_path, make=make) == first
    assert (first / "x").read_text() == "content"
    artifacts.cached("train", "d2", cache=tmp_path, make=make)
    assert len(made) == 2


def test_what_failed_while_it_was_made_is_not_kept(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        artifacts.cached("train", "d1", cache=tmp_path, make=fail)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_what_nobody_asked_for_in_a_month_is_forgotten(tmp_path: Path) -> None:
    def nothing(folder: Path) -> None:
        assert not list(folder.iterdir())

    old = artifacts.cached("train", "old", cache=tmp_path, make=nothing)
    used = artifacts.cached("train", "used", cache=tmp_path, make=nothing)
    for kept in (old, used):
        os.utime(kept, (0, 0))
    artifacts.cached("train", "used", cache=tmp_path, make=nothing)
    artifacts.cached("train", "new", cache=tmp_path, make=nothing)
    assert sorted(path.name for path in (tmp_path / "stages" / "train").iterdir()) == ["new", "used"]


def test_two_builds_that_make_the_same_thing_both_end_well(tmp_path: Path) -> None:
    with new_folder(tmp_path / "x") as first:
        (first / "a").write_text("1")
        with new_folder(tmp_path / "x") as second:
            (second / "a").write_text("1")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_a_new_folder_takes_the_place_of_the_old_one_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "old").write_text("1")
    with new_folder(tmp_path / "b") as fresh:
        (fresh / "deep").mkdir()
        (fresh / "deep" / "f").write_text("1")
    assert [path.name for path in (tmp_path / "b").rglob("*")] == ["deep", "f"]


def within(limit: int, work: Callable[[], None]) -> int:
    """Run work in a child that may write no file past `limit` bytes; 7 if it told of a full disk."""

    def child() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            work()
        except UserError as error:
            os._exit(7 if "is full: free some space" in str(error) else 8)
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    process.join()
    return process.exitcode or 0


def test_a_full_disk_is_said_and_leaves_the_old_result_whole(tmp_path: Path) -> None:
    artifacts.write_result(tmp_path, Result(job_id="b-1", status=Status.SUCCEEDED))
    assert within(20, lambda: artifacts.write_result(tmp_path, Result(job_id="b-1", status=Status.FAILED))) == 7
    assert artifacts.read_result(tmp_path).status is Status.SUCCEEDED
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_full_disk_leaves_no_half_line_of_progress(tmp_path: Path) -> None:
    artifacts.append_progress(tmp_path, PROGRESS)
    whole = (tmp_path / "events.jsonl").read_bytes()
    assert within(len(whole) + 10, lambda: artifacts.append_progress(tmp_path, PROGRESS)) == 7
    assert (tmp_path / "events.jsonl").read_bytes() == whole


def test_a_full_disk_keeps_the_data_of_the_last_run(tmp_path: Path) -> None:
    artifacts.write_leaf_data(tmp_path, [LEAF])
    assert within(20, lambda: artifacts.write_leaf_data(tmp_path, [LEAF, LEAF])) == 7
    assert artifacts.read_leaf_data(tmp_path) == (LEAF,)


@pytest.mark.parametrize(
    "words",
    ["[Errno 28] No space left on device", 'Os { code: 28, kind: StorageFull, message: "…" }', "Disk quota exceeded"],
)
def test_a_full_disk_is_known_by_its_words_too(tmp_path: Path, words: str) -> None:
    with pytest.raises(UserError, match="is full"), saying_full(tmp_path):
        raise RuntimeError(words)


def test_a_full_disk_behind_another_error_is_found() -> None:
    outer = RuntimeError("training failed")
    outer.__cause__ = OSError(errno.ENOSPC, "x")
    assert is_full_disk(outer)
    assert not is_full_disk(ValueError("3 of 28"))


def test_other_errors_pass_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "file" / "x", "text")
