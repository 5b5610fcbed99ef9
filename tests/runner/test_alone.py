"""`espalier generate`, `train` and `evaluate`: one part of a build by itself, from the command line."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from runner.__main__ import main
from runner.artifacts import read_job, read_leaf_data, read_result, read_value, write_job, write_leaf_data
from runner.outcomes import TRAIN, TrainOutcome
from runner.student import save_student
from schemas.job import BuildKind
from tests.fakes.git_server import commit_files, git
from tests.runner.demo_leaves import DEMO
from tests.runner.tiny_student import skill_leaf, tiny_student

LEAF = "compositional_skills/signals/lamp_signals"


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_each_part_goes_on_from_what_the_one_before_it_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (DEMO / "taxonomy" / LEAF / "qna.yaml").read_text(encoding="utf-8")
    commit_files(tmp_path, "o/n", {f"{LEAF}/qna.yaml": text})
    cache = ("--cache", str(tmp_path / "cache"))
    assert main(["generate", "--taxonomy", str(tmp_path / "o" / "n"), "--out", str(tmp_path / "out"), *cache]) == 0
    made = capsys.readouterr().out
    (folder,) = (tmp_path / "out" / "builds").iterdir()
    job, result = read_job(folder), read_result(folder)
    assert (job.kind, job.leaves) == (BuildKind.GENERATE, (LEAF,))
    assert job.head_sha == git(tmp_path / "o" / "n", "rev-parse", "HEAD")
    assert result.generated is not None
    assert str(len(read_leaf_data(folder)[0].train)) in made
    assert folder.name in made

    # A leaf and a student so small that training takes seconds.
    save_student(tiny_student(), tmp_path / "base")
    write_job(folder, replace(job, student=str(tmp_path / "base"), leaves=(skill_leaf().leaf,)))
    write_leaf_data(folder, [skill_leaf()])
    assert main(["evaluate", str(folder), *cache]) == 2
    assert "is missing: the step that writes it has not run" in capsys.readouterr().err

    assert main(["train", str(folder), *cache]) == 0
    assert (folder / "students" / "candidate" / "model.safetensors").is_file()
    assert read_value(TrainOutcome, folder, TRAIN).control is not None

    assert main(["evaluate", str(folder), *cache]) == 0
    scored = capsys.readouterr().out
    assert "pr_bench" in scored
    assert "shuffled" in scored  # the table breaks its lines
    assert read_result(folder) == result


def test_a_folder_that_is_no_builds_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path), "--cache", str(tmp_path / "cache")]) == 2
    told = capsys.readouterr().err
    assert "job.json is missing" in told
    assert "bring the folder back" in told
