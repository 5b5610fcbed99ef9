"""From data to a published model without Ray: the stages prepare, train, evaluate and publish on a tiny student."""

import errno
import json
from importlib import import_module
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from runner.artifacts import read_value, write_leaf_data, write_value
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
from runner.profiles import profile
from runner.samples import GENERATE, GenerateOutcome
from runner.stage import STAGES, Build
from runner.student import save_student, student_digest
from runner.tuning import TuneTask, Tuning, tune
from schemas.errors import UserError
from schemas.job import BuildKind, Job, PullRequestPart
from schemas.result import Role
from tests.runner.tiny_student import knowledge_leaf, skill_leaf, tiny_student

for _name in ("prepare", "train", "evaluate", "publish"):
    import_module(f"runner.stages.{_name}")

LEAF = "knowledge/lamps"


def _quiet(*, done: int, total: int, unit: str, message: str) -> None:
    assert 0 <= done <= total
    assert unit
    assert message


def _build(tmp_path: Path, *, kind: BuildKind = BuildKind.CANDIDATE) -> Build:
    save_student(tiny_student(), tmp_path / "base")
    job = Job(
        id="b1",
        kind=kind,
        repository="o/r",
        taxonomy_url="http://127.0.0.1/o/r.git",
        head_sha="a" * 40,
        pull_requests=(PullRequestPart(number=7, head_sha="a" * 40, leaves=(LEAF,)),),
        leaves=(LEAF,),
        student=str(tmp_path / "base"),
    )
    folder = tmp_path / "b1"
    write_leaf_data(folder, [knowledge_leaf(), skill_leaf()])
    write_value(folder, GENERATE, GenerateOutcome(teacher="rules", left_out={}, retention=(), notes=()))
    return Build(job=job, folder=folder, cache=tmp_path / "cache", settings=profile("laptop").settings())


def test_a_candidate_is_tuned_beside_its_control_scored_and_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    build = _build(tmp_path)
    told: list[tuple[int, int, str]] = []
    STAGES["prepare"].run(build, _quiet)

    def tell(*, done: int, total: int, unit: str, message: str) -> None:
        assert unit == "steps"
        told.append((done, total, message))

    STAGES["train"].run(build, tell)
    for name in ("evaluate", "publish"):
        STAGES[name].run(build, _quiet)
    prepared = read_value(PrepareOutcome, build.folder, PREPARE)
    trained = read_value(TrainOutcome, build.folder, TRAIN)
    scores = read_value(EvaluateOutcome, build.folder, EVALUATE)
    published = read_value(PublishOutcome, build.folder, PUBLISH)
    assert not prepared.made
    assert [phase.name for phase in trained.phases] == ["knowledge"]
    assert trained.phases[0].last_loss < trained.phases[0].first_loss
    assert (build.folder / (trained.control or "")).is_dir()
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1][0] == told[-1][1] > trained.phases[0].steps
    assert all(message.startswith("candidate: knowledge phase, loss ") for _, _, message in told)
    assert {item.leaf for item in scores.comparisons if item.role is Role.TARGET} == {LEAF}
    assert 3 <= len(scores.samples) <= 5

    folder = build.folder / published.model
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert tokenizer.chat_template
    assert model.generate(torch.tensor([[7, 8, 9]]), attention_mask=torch.ones(1, 3), max_new_tokens=2).shape[1] >= 4
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\n")
    assert "pr_mmlu" in card
    assert "lexical" in card
    provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["job"]["pull_requests"][0]["head_sha"] == "a" * 40
    assert provenance["model_digest"] == published.model_digest
    assert {"data_digest", "seeds", "versions", "base", "teacher", "judge"} <= set(provenance)
    assert "teacher_url" not in provenance["job"]
    (folder / "stale.safetensors").touch()
    STAGES["publish"].run(build, _quiet)
    assert not (folder / "stale.safetensors").exists()
    assert student_digest(folder) == published.model_digest


def test_a_release_has_no_control(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    build = _build(tmp_path, kind=BuildKind.RELEASE)
    for name in ("prepare", "train"):
        STAGES[name].run(build, _quiet)
    assert read_value(TrainOutcome, build.folder, TRAIN).control is None


def _task(tmp_path: Path, *, shuffled: bool = False) -> TuneTask:
    save_student(tiny_student(), tmp_path / "base")
    return TuneTask(
        student=str(tmp_path / "base"), leaves=(knowledge_leaf(),), profile="laptop", seed=3, shuffled=shuffled
    )


def test_tuning_from_a_checkpoint_gives_the_losses_of_an_unbroken_run(tmp_path: Path) -> None:
    task = _task(tmp_path)
    unbroken = Tuning(task)
    for _ in range(8):
        unbroken.advance()
    broken = Tuning(task)
    for _ in range(4):
        broken.advance()
    (tmp_path / "kept").mkdir()
    broken.save(tmp_path / "kept")
    resumed = Tuning(task)
    resumed.load(tmp_path / "kept")
    for _ in range(4):
        resumed.advance()
    assert resumed.resumed
    assert resumed.losses == unbroken.losses


def test_the_control_is_another_student_than_the_candidate(tmp_path: Path) -> None:
    losses = []
    for shuffled in (False, True):
        tuning = Tuning(_task(tmp_path, shuffled=shuffled))
        losses.append([tuning.advance() for _ in range(3)])
    assert losses[0] != losses[1]


def test_a_full_disk_is_one_sentence_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("runner.tuning.save_student", full)
    with pytest.raises(UserError, match="is full: free some space"):
        tune(_task(tmp_path), tmp_path / "target", advance=lambda *_: None)
    assert not (tmp_path / "target").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"base"}


def test_a_build_without_samples_says_so(tmp_path: Path) -> None:
    build = _build(tmp_path)
    write_leaf_data(build.folder, [skill_leaf()])
    STAGES["prepare"].run(build, _quiet)
    with pytest.raises(UserError, match=r"nothing to train on.* more seed examples"):
        STAGES["train"].run(build, _quiet)
