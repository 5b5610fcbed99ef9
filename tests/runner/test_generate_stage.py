"""The generate stage: from a taxonomy and documents behind real Git hosts to data in the build's folder."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from runner.artifacts import read_leaf_data, read_value
from runner.prompts import read_ask
from runner.rule_teacher import RuleTeacher
from runner.samples import GENERATE, GenerateOutcome, LeafData
from runner.stage import Build
from runner.stages.generate import RETENTION_LEAVES, generate
from runner.teacher import Message
from schemas.codec import encode
from schemas.errors import LeafError, UserError
from schemas.job import BuildKind, Job
from schemas.leaf import Kind
from tests.fakes.chat_endpoint import ChatEndpoint, chatting
from tests.fakes.git_server import GitServer, commit_files, serving
from tests.runner.demo_leaves import DEMO

BELLS = "knowledge/music/bells_of_orrin_vale"
LAMPS = "compositional_skills/signals/lamp_signals"
BROKEN = "compositional_skills/odd/sayings"
ODD = """\
version: 3
created_by: ada
task_description: Say something.
seed_examples:
  - question: What is up?
    answer: The sky.
  - question: Who goes there?
    answer: A friend of mine.
"""


@dataclass(slots=True, kw_only=True)
class Told:
    """A report that remembers."""

    lines: list[tuple[int, int, str, str]] = field(default_factory=list)

    def __call__(self, *, done: int, total: int, unit: str, message: str) -> None:
        self.lines.append((done, total, unit, message))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "host").mkdir()
    with serving(tmp_path / "host") as running:
        yield running


def files_below(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture
def job(server: GitServer) -> Job:
    documents = commit_files(server.root, "documents", files_below(DEMO / "documents"))
    filled = {
        path: text.replace("{{documents_url}}", server.url("documents/.git")).replace("{{documents_commit}}", documents)
        for path, text in files_below(DEMO / "taxonomy").items()
    }
    sha = commit_files(server.root, "taxonomy", {**filled, f"{BROKEN}/qna.yaml": ODD})
    return Job(
        id="b-1",
        kind=BuildKind.CANDIDATE,
        repository="ada/taxonomy",
        taxonomy_url=server.url("taxonomy/.git"),
        head_sha=sha,
        pull_requests=(),
        leaves=(BELLS,),
        document_hosts=(server.host,),
    )


def run(job: Job, folder: Path, told: Told | None = None) -> tuple[LeafData, ...]:
    build = Build(job=job, folder=folder / job.id, cache=folder / "cache", settings={})
    build.folder.mkdir(parents=True, exist_ok=True)
    generate(build, told or Told())
    return read_leaf_data(build.folder)


def outcome(job: Job, folder: Path) -> GenerateOutcome:
    return read_value(GenerateOutcome, folder / job.id, GENERATE)


def test_a_candidate_gets_its_leaf_and_held_out_questions_of_others(job: Job, tmp_path: Path) -> None:
    own, *others = run(job, tmp_path)
    assert own.leaf == BELLS
    assert len(own.mmlu) >= 100
    assert len(others) == 2 * RETENTION_LEAVES
    assert {other.kind for other in others} == set(Kind)
    assert all(not other.train and not other.documents and (other.bench or other.mmlu) for other in others)
    written = outcome(job, tmp_path)
    assert written.teacher == "rules"
    assert written.retention == tuple(other.leaf for other in others)
    assert any("written by rules" in note for note in written.notes)


def test_the_data_is_the_same_from_another_host_and_in_another_folder(
    job: Job, server: GitServer, tmp_path: Path
) -> None:
    first = run(job, tmp_path / "one")
    with serving(server.root) as other:
        moved = replace(job, taxonomy_url=other.url("taxonomy/.git"), document_hosts=(server.host, other.host))
        assert [encode(leaf) for leaf in run(moved, tmp_path / "two")] == [encode(leaf) for leaf in first]
    assert [encode(leaf) for leaf in run(replace(job, seed=5), tmp_path / "three")] != [encode(leaf) for leaf in first]


def test_a_release_builds_the_good_leaves_and_notes_the_bad_one(job: Job, tmp_path: Path) -> None:
    release = replace(job, kind=BuildKind.RELEASE, leaves=(BELLS, BROKEN, "knowledge/not/there", LAMPS))
    assert [data.leaf for data in run(release, tmp_path)] == [BELLS, LAMPS]
    written = outcome(release, tmp_path)
    assert set(written.left_out) == {BROKEN, "knowledge/not/there"}
    assert any(note.startswith(f"{BROKEN} was left out of this release: ") for note in written.notes)
    assert not written.retention


@pytest.mark.parametrize("leaf", [BROKEN, "knowledge/not/there"])
def test_a_candidates_bad_leaf_fails_the_build_by_name(job: Job, tmp_path: Path, leaf: str) -> None:
    with pytest.raises(LeafError) as caught:
        run(replace(job, leaves=(leaf,)), tmp_path)
    assert caught.value.leaf == leaf


def test_a_release_of_bad_leaves_alone_fails(job: Job, tmp_path: Path) -> None:
    with pytest.raises(LeafError, match="compositional_skills/odd/sayings"):
        run(replace(job, kind=BuildKind.RELEASE, leaves=(BROKEN,)), tmp_path)


def test_progress_rises_to_its_total(job: Job, tmp_path: Path) -> None:
    told = Told()
    run(replace(job, leaves=(BELLS, LAMPS)), tmp_path, told)
    done = [line[0] for line in told.lines]
    assert done == sorted(done)
    assert told.lines[-1][0] == told.lines[-1][1] > 50
    assert {line[2] for line in told.lines} == {"prompts"}
    assert any(BELLS in line[3] for line in told.lines)


def rules_reply(messages: object, seed: int) -> str:
    assert isinstance(messages, list)
    chat = [Message(role=message["role"], content=message["content"]) for message in messages]
    assert read_ask(chat)
    return RuleTeacher().chat(chat, seed=seed, max_tokens=1)


def test_the_same_stage_works_with_a_model_behind_a_url_and_a_build_takes_over_what_it_wrote_for_data_alone(
    job: Job, tmp_path: Path
) -> None:
    by_rules = run(job, tmp_path / "rules")
    with chatting(ChatEndpoint(reply=rules_reply)) as endpoint:
        asked = replace(job, teacher_url=endpoint.url, teacher_model="tiny")
        assert [encode(leaf) for leaf in run(asked, tmp_path / "url")] == [encode(leaf) for leaf in by_rules]
        alone = replace(asked, id="b-2", seed=9, kind=BuildKind.GENERATE)
        before = len(endpoint.requests)
        first = run(alone, tmp_path / "url")
        prompts = len(endpoint.requests)
        again = run(replace(alone, id="b-3", kind=BuildKind.CANDIDATE), tmp_path / "url")
        assert len(endpoint.requests) == prompts > before
        assert [encode(leaf) for leaf in again] == [encode(leaf) for leaf in first]
    name = outcome(asked, tmp_path / "url").teacher
    assert name.startswith("tiny at http://127.0.0.1:")
    assert "rules" not in name


def test_a_weak_model_still_gives_a_usable_build(job: Job, tmp_path: Path) -> None:
    with chatting(ChatEndpoint(reply=lambda _messages, _seed: "la la la")) as endpoint:
        asked = replace(job, leaves=(BELLS, LAMPS), teacher_url=endpoint.url, teacher_model="tiny")
        bells, lamps, *_ = run(asked, tmp_path)
    assert len(bells.mmlu) >= 100
    assert len(lamps.bench) >= 40
    assert outcome(asked, tmp_path).teacher.endswith(", completed by rules")
    notes = outcome(asked, tmp_path).notes
    assert sum("rules wrote more training pairs" in note for note in notes) == 2


def test_a_teacher_that_is_not_there_or_not_named_is_the_operators(job: Job, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--teacher-model"):
        run(replace(job, teacher_url="http://127.0.0.1:9/v1"), tmp_path)
    with chatting(ChatEndpoint()) as endpoint, pytest.raises(UserError, match="does not know the model huge") as caught:
        run(replace(job, teacher_url=endpoint.url, teacher_model="huge"), tmp_path)
    assert not isinstance(caught.value, LeafError)
