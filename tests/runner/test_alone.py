"""`espalier generate`, `train` and `evaluate`: one part of a build by itself, from the command line."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from runner.artifacts import read_job, read_leaf_data, read_result, write_job, write_leaf_data
from runner.outcomes import TRAIN, TrainOutcome
from runner.student import save_student
from schemas.codec import decode
from schemas.job import BuildKind
from tests.fakes.git_server import commit_files, git
from tests.runner.demo_leaves import DEMO
from tests.runner.tiny_student import skill_leaf, tiny_student

LEAF = "compositional_skills/signals/lamp_signals"


def espalier(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "espalier", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_each_part_goes_on_from_what_the_one_before_it_left(tmp_path: Path) -> None:
    text = (DEMO / "taxonomy" / LEAF / "qna.yaml").read_text(encoding="utf-8")
    commit_files(tmp_path, "o/n", {f"{LEAF}/qna.yaml": text})
    cache = ("--cache", str(tmp_path / "cache"))
    made = espalier("generate", "--taxonomy", str(tmp_path / "o" / "n"), "--out", str(tmp_path / "out"), *cache)
    assert made.returncode == 0, made.stderr
    (folder,) = (tmp_path / "out" / "builds").iterdir()
    job, result = read_job(folder), read_result(folder)
    assert (job.kind, job.leaves) == (BuildKind.GENERATE, (LEAF,))
    assert job.head_sha == git(tmp_path / "o" / "n", "rev-parse", "HEAD")
    assert result.generated is not None
    assert f"{len(read_leaf_data(folder)[0].train)}" in made.stdout
    assert str(folder.name) in made.stdout

    # A leaf and a student so small that training takes seconds.
    save_student(tiny_student(), tmp_path / "base")
    write_job(folder, replace(job, student=str(tmp_path / "base"), leaves=(skill_leaf().leaf,)))
    write_leaf_data(folder, [skill_leaf()])
    early = espalier("evaluate", str(folder), *cache)
    assert early.returncode == 2
    assert "is missing: the step that writes it has not run" in early.stderr
    assert "Traceback" not in early.stderr

    trained = espalier("train", str(folder), *cache)
    assert trained.returncode == 0, trained.stderr
    assert (folder / "students" / "candidate" / "model.safetensors").is_file()
    outcome = decode(TrainOutcome, (folder / "outcomes" / f"{TRAIN}.json").read_bytes())
    assert outcome.control is not None

    scored = espalier("evaluate", str(folder), *cache)
    assert scored.returncode == 0, scored.stderr
    assert "pr_bench" in scored.stdout
    assert "shuffled" in scored.stdout  # the table breaks its lines
    assert read_result(folder) == result


def test_a_folder_that_is_no_builds_is_one_sentence(tmp_path: Path) -> None:
    ended = espalier("train", str(tmp_path), "--cache", str(tmp_path / "cache"))
    assert ended.returncode == 2
    assert "job.json is missing" in ended.stderr
    assert "Traceback" not in ended.stderr
