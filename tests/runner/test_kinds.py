"""A precheck and a build of data alone, from job.json to result.json: real small models, real commits, real files."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from runner.artifacts import digest_of, read_leaf_data, write_job
from runner.build import run_build
from runner.samples import LeafData
from runner.stage import STAGES
from runner.student import save_student, student_digest
from schemas import progress
from schemas.codec import decode, encode
from schemas.job import BuildKind, Job, ReleasedModel
from schemas.progress import Progress
from schemas.result import Result, SeedAnswer, Status
from tests.fakes.git_server import commit_files
from tests.runner.demo_leaves import DEMO
from tests.runner.tiny_student import taught, tiny_student

CALLS, QUAY = "compositional_skills/calls", "knowledge/quay"
BIRDS = {"owl": "hoo", "wren": "tik", "crow": "kra"}
PAIRS = [(f"Call the {bird} at {time}.", f"{call} then {word}") for bird, call in BIRDS.items() for time, word in (
    ("dawn", "lo"), ("noon", "mi"))]  # fmt: skip
LAMPS = [(f"What colour is lamp {number}?", colour) for number, colour in enumerate(("red", "blue", "green"))]
MODEL = "builds/v3-0123abcd-99ff/model"
LAMP_SIGNALS = "compositional_skills/signals/lamp_signals"


def skill(pairs: list[tuple[str, str]]) -> str:
    rows = "".join(f"  - question: {question}\n    answer: {answer}\n" for question, answer in pairs)
    return f"version: 3\ntask_description: Call birds\ncreated_by: june\nseed_examples:\n{rows}"


def knowledge(pairs: list[tuple[str, str]]) -> str:
    """Give a leaf whose documents stand on a host that is not there: a precheck has no need of them."""
    rows = "".join(f"      - question: {question}\n        answer: {answer}\n" for question, answer in pairs)
    return (
        "version: 3\ndomain: harbours\ncreated_by: june\nseed_examples:\n"
        "  - context: |\n      Every lamp of the quay has a colour.\n"
        f"    questions_and_answers:\n{rows}"
        "document_outline: Lamps\n"
        f"document:\n  repo: https://127.0.0.1:9/x.git\n  commit: {'c' * 40}\n  patterns: ['*.md']\n"
    )


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give artifacts in which a release stands that knows all the answers."""
    artifacts = tmp_path_factory.mktemp("artifacts")
    torch.set_num_threads(1)
    save_student(taught(tiny_student(), [*PAIRS, *LAMPS]), artifacts / MODEL)
    return artifacts


@pytest.fixture
def job(tmp_path: Path) -> Job:
    sha = commit_files(tmp_path, "o/n", {f"{CALLS}/qna.yaml": skill(PAIRS), f"{QUAY}/qna.yaml": knowledge(LAMPS)})
    save_student(tiny_student(seed=4), tmp_path / "base")
    return Job(
        id="pr7-01234567-abcd",
        kind=BuildKind.PRECHECK,
        repository="o/n",
        taxonomy_url=str(tmp_path / "o" / "n"),
        head_sha=sha,
        pull_requests=(),
        leaves=(CALLS, QUAY),
        student=str(tmp_path / "base"),
    )


def built(job: Job, artifacts: Path) -> Result:
    folder = artifacts / "builds" / job.id
    write_job(folder, job)
    return run_build(folder, artifacts / "cache")


def released(artifacts: Path, *, digest: str | None = None) -> ReleasedModel:
    return ReleasedModel(version="v3", folder=MODEL, digest=digest or student_digest(artifacts / MODEL))


def asked(result: Result, leaf: str) -> list[SeedAnswer]:
    assert result.precheck is not None, result.failure
    return [answer for answer in result.precheck.answers if answer.leaf == leaf]


def test_a_released_model_that_knows_it_all_is_told_to_be_able(job: Job, learned: Path) -> None:
    result = built(replace(job, id="able", model=released(learned)), learned)
    found, made = result.precheck, result.provenance
    assert found is not None, result.failure
    assert made is not None
    assert [(answer.expected, answer.actual) for answer in asked(result, CALLS)] == [(said, said) for _, said in PAIRS]
    assert found.capable
    assert (found.model, found.released) == ("released model v3", True)
    assert [(leaf.leaf, leaf.questions, leaf.score) for leaf in found.leaves] == [(CALLS, 6, 10.0), (QUAY, 3, 10.0)]
    assert (made.base, made.base_digest) == ("released model v3", student_digest(learned / MODEL))
    assert (made.teacher, made.model, made.data_digest, made.counts) == (None, None, None, ())
    assert list(made.seconds) == ["prepare", "precheck"]
    assert result.seconds > 0


def test_questions_on_knowledge_are_asked_alone_and_need_no_document(job: Job, learned: Path) -> None:
    """The model was taught the bare questions: it could not answer them below a context that it never saw."""
    result = built(replace(job, id="alone", leaves=(QUAY,), model=released(learned)), learned)
    assert [answer.context for answer in asked(result, QUAY)] == [None] * 3
    assert [answer.actual for answer in asked(result, QUAY)] == [colour for _, colour in LAMPS]
    assert result.provenance is not None
    assert any("were asked alone" in note for note in result.provenance.notes)


def test_before_the_first_release_the_base_is_asked_and_the_result_says_so(job: Job, tmp_path: Path) -> None:
    result = built(job, tmp_path)
    found, made = result.precheck, result.provenance
    assert found is not None, result.failure
    assert made is not None
    assert not found.released
    assert found.model == job.student
    assert not found.capable
    assert found.score is not None
    assert found.score < 3
    assert any(note.startswith("Nothing was released for this repository yet") for note in made.notes)


def test_the_policys_threshold_decides_for_each_leaf(job: Job, tmp_path: Path) -> None:
    result = built(replace(job, capable_score=1.0), tmp_path)
    assert result.precheck is not None
    assert (result.precheck.threshold, result.precheck.capable) == (1.0, True)


def test_an_expected_answer_without_a_word_is_shown_and_not_judged(job: Job, tmp_path: Path) -> None:
    pairs = [*PAIRS[:2], ("Draw the owl.", '"🦉"'), ("Draw the crow.", '"🐦‍⬛"')]
    sha = commit_files(tmp_path, "o/n", {f"{CALLS}/qna.yaml": skill(pairs)})
    result = built(replace(job, head_sha=sha, leaves=(CALLS,)), tmp_path)
    assert [answer.score is None for answer in asked(result, CALLS)] == [False, False, True, True]
    assert result.precheck is not None
    assert result.precheck.leaves[0].questions == 2
    assert result.provenance is not None
    assert any(note.startswith("2 of the expected answers hold no word") for note in result.provenance.notes)


def test_a_released_model_that_is_gone_or_another_one_is_the_operators(job: Job, learned: Path, tmp_path: Path) -> None:
    gone = built(replace(job, model=released(learned)), tmp_path)
    assert gone.failure is not None
    assert f"The current model v3 is not in {MODEL} below the artifacts any more" in gone.failure.message
    other = built(replace(job, id="other", model=released(learned, digest="0" * 64)), learned)
    assert other.failure is not None
    assert "is not what was released as v3" in other.failure.message
    assert not other.failure.contributor


def test_a_link_in_a_released_models_place_is_not_followed(job: Job, learned: Path, tmp_path: Path) -> None:
    (tmp_path / MODEL).parent.mkdir(parents=True)
    (tmp_path / MODEL).symlink_to(learned / MODEL)
    result = built(replace(job, model=released(learned)), tmp_path)
    assert result.failure is not None
    assert "is not in builds/" in result.failure.message


@pytest.mark.parametrize("kind", [BuildKind.PRECHECK, BuildKind.GENERATE])
def test_exactly_the_commit_that_was_named_is_read_though_the_branch_went_on(
    kind: BuildKind, job: Job, tmp_path: Path
) -> None:
    """A push after the order changes the leaf and takes the other away; neither reaches the build."""
    signals = (DEMO / "taxonomy" / LAMP_SIGNALS / "qna.yaml").read_text(encoding="utf-8")
    first = commit_files(tmp_path, "o/n", {f"{LAMP_SIGNALS}/qna.yaml": signals})
    commit_files(tmp_path, "o/n", {f"{LAMP_SIGNALS}/qna.yaml": signals.replace("lamp", "pushed later")})
    named = replace(job, kind=kind, head_sha=first, leaves=(LAMP_SIGNALS,))
    result = built(named, tmp_path)
    assert result.status is Status.SUCCEEDED, result.failure
    assert "lamp" in encode(result)
    assert "pushed later" not in encode(result)


@pytest.mark.parametrize("kind", [BuildKind.PRECHECK, BuildKind.GENERATE, BuildKind.CANDIDATE])
def test_a_commit_that_is_not_there_ends_the_build_and_no_other_is_taken(
    kind: BuildKind, job: Job, tmp_path: Path
) -> None:
    result = built(replace(job, kind=kind, head_sha="d" * 40), tmp_path)
    assert result.status is Status.FAILED
    assert result.failure is not None
    assert "d" * 40 in result.failure.message


def events(artifacts: Path, job: Job) -> list[Progress]:
    lines = (artifacts / "builds" / job.id / "events.jsonl").read_text().splitlines()
    return [decode(Progress, line) for line in lines]


def test_each_kind_runs_the_stages_that_its_reports_tell_of(job: Job, tmp_path: Path) -> None:
    built(job, tmp_path)  # which loads all stages
    for kind in BuildKind:
        mine = sorted((stage for stage in STAGES.values() if kind in stage.kinds), key=lambda stage: stage.order)
        assert tuple(stage.name for stage in mine) == progress.STAGES[kind]
    told = events(tmp_path, job)
    assert {event.stage for event in told} == {"prepare", "precheck"}
    last = told[-1]
    assert (last.done, last.total, last.unit) == (9, 9, "questions")


@pytest.fixture
def data_job(tmp_path: Path) -> Job:
    files = {
        f"{path.parent.relative_to(DEMO / 'taxonomy').as_posix()}/qna.yaml": path.read_text(encoding="utf-8")
        for path in (DEMO / "taxonomy" / "compositional_skills").rglob("qna.yaml")
    }
    sha = commit_files(tmp_path, "o/n", files)
    return Job(
        id="data",
        kind=BuildKind.GENERATE,
        repository="o/n",
        taxonomy_url=str(tmp_path / "o" / "n"),
        head_sha=sha,
        pull_requests=(),
        leaves=(LAMP_SIGNALS,),
    )


def own(job: Job, artifacts: Path) -> list[LeafData]:
    return [leaf for leaf in read_leaf_data(artifacts / "builds" / job.id) if leaf.leaf in job.leaves]


def test_data_alone_comes_with_samples_yield_and_files_and_no_student(data_job: Job, tmp_path: Path) -> None:
    result = built(data_job, tmp_path)
    made, data = result.provenance, result.generated
    assert data is not None, result.failure
    assert made is not None
    (leaf,) = own(data_job, tmp_path)
    (count,) = made.counts
    assert (count.leaf, count.train, count.bench) == (LAMP_SIGNALS, len(leaf.train), len(leaf.bench))
    assert count.dropped == leaf.dropped
    assert (made.base, made.judge, made.model) == (None, None, None)
    assert made.teacher == "rules"
    assert 1 <= len(data.samples) <= 4
    held = {item.question for item in leaf.bench}
    assert {(item.question, item.answer) for item in data.samples} <= {(x.question, x.answer) for x in leaf.train}
    assert not {item.question for item in data.samples} & held
    (file,) = data.files
    path = tmp_path / "builds" / "data" / "data" / file.name
    assert (file.leaf, file.size) == (LAMP_SIGNALS, path.stat().st_size)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not (tmp_path / "cache" / "students").exists()
    assert {event.stage for event in events(tmp_path, data_job)} == {"generate"}


def test_a_build_of_the_same_head_takes_the_data_over_and_generates_nothing(data_job: Job, tmp_path: Path) -> None:
    first = built(data_job, tmp_path)
    kept = tmp_path / "cache" / "stages" / "generate"
    before = {path: path.stat().st_ctime_ns for path in kept.rglob("*.json")}
    assert before
    candidate = replace(data_job, id="candidate", kind=BuildKind.CANDIDATE)
    folder = tmp_path / "builds" / candidate.id
    write_job(folder, candidate)
    only = {"generate": STAGES["generate"]}
    run_build(folder, tmp_path / "cache", registry=only)  # which ends there: nothing was trained
    assert {path: path.stat().st_ctime_ns for path in kept.rglob("*.json")} == before
    assert first.provenance is not None
    assert digest_of(*read_leaf_data(folder)) == first.provenance.data_digest
    prompts = [event.done for event in events(tmp_path, candidate) if event.unit == "prompts"]
    assert len(prompts) <= 3  # begun and ended, with no prompt between
