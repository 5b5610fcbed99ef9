"""A build without the bot: from a clone and a range of commits to a job, and from a result to a table."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.local_build import Wish, plan_job
from runner.screen import pace, show_result
from schemas.errors import LeafError, UserError
from schemas.job import BuildKind
from schemas.progress import Progress
from schemas.result import Change, Comparison, Control, Failure, Result, Role, Status
from tests.fakes.git_server import commit_files, git, serving

SKILL = """\
version: 3
created_by: ada
task_description: Say it backwards.
seed_examples:
  - question: abc
    answer: cba
"""
A, B = "compositional_skills/a", "compositional_skills/b"
WISH = Wish(
    taxonomy="", base=None, head="HEAD", leaves=(), profile="laptop", seed=4, student=None, teacher_url=None,
    teacher_model=None, document_hosts=("127.0.0.1:1",),
)  # fmt: skip


@pytest.fixture
def wish(tmp_path: Path) -> Wish:
    commit_files(tmp_path, "o/n", {f"{A}/qna.yaml": SKILL})
    commit_files(tmp_path, "o/n", {f"{B}/qna.yaml": SKILL, "README.md": "x"})
    return replace(WISH, taxonomy=str(tmp_path / "o" / "n"))


def test_all_leaves_are_a_release(wish: Wish, tmp_path: Path) -> None:
    job = plan_job(wish, tmp_path / "cache")
    assert (job.kind, job.leaves, job.repository, job.seed) == (BuildKind.RELEASE, (A, B), "o/n", 4)
    assert job.head_sha == git(Path(wish.taxonomy), "rev-parse", "HEAD")
    assert job.document_hosts[-1] == "127.0.0.1:1"
    assert "github.com" in job.document_hosts


def test_a_range_of_commits_gives_the_leaves_that_changed(wish: Wish, tmp_path: Path) -> None:
    job = plan_job(replace(wish, base="HEAD~1"), tmp_path / "cache")
    assert (job.kind, job.leaves) == (BuildKind.CANDIDATE, (B,))
    with pytest.raises(UserError, match="No leaf changed"):
        plan_job(replace(wish, base="HEAD"), tmp_path / "cache")


def test_a_leaf_is_built_by_name_if_it_is_there(wish: Wish, tmp_path: Path) -> None:
    assert plan_job(replace(wish, leaves=(A,)), tmp_path / "cache").leaves == (A,)
    with pytest.raises(LeafError, match="is not in the taxonomy"):
        plan_job(replace(wish, leaves=("knowledge/x",)), tmp_path / "cache")


def test_a_clone_address_is_asked_for_its_branch(wish: Wish, tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        job = plan_job(replace(wish, taxonomy=server.url("o/n/.git"), head="main"), tmp_path / "cache")
        assert job.head_sha == git(Path(wish.taxonomy), "rev-parse", "HEAD")
        with pytest.raises(UserError, match="no branch or tag 'nowhere'"):
            plan_job(replace(wish, taxonomy=server.url("o/n/.git"), head="nowhere"), tmp_path / "cache")
        with pytest.raises(UserError, match="is not there, or is not public"):
            plan_job(replace(wish, taxonomy=server.url("absent")), tmp_path / "cache")


def test_an_empty_taxonomy_is_said_so(tmp_path: Path) -> None:
    commit_files(tmp_path, "empty", {"README.md": "x"})
    with pytest.raises(UserError, match="holds no leaf"):
        plan_job(replace(WISH, taxonomy=str(tmp_path / "empty")), tmp_path / "cache")


def test_the_table_shows_differences_with_their_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    score = Comparison(
        benchmark="pr_bench", leaf="[bold]a", role=Role.TARGET, questions=40, clusters=9, baseline=1.5, candidate=6.25,
        difference=4.75, low=4.0, high=5.5, change=Change.IMPROVED,
    )  # fmt: skip
    control = Control(
        name="shuffled answers", benchmark="pr_bench", leaf="a", questions=40, score=1.4, difference=-0.1, low=-0.4,
        high=0.2, change=Change.UNCLEAR, explanation="",
    )  # fmt: skip
    retained = replace(score, role=Role.RETENTION, leaf="b")
    result = Result(job_id="x", status=Status.SUCCEEDED, comparisons=(score, retained), controls=(control,))
    show_result(result, Path("/somewhere"))
    shown = " ".join(capsys.readouterr().out.split())
    for words in ("+4.750", "[bold]a", "improved", "shuffled", "/somewhere"):
        assert words in shown


def test_a_failed_build_shows_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    failure = Failure(stage="train", message="Free some [space].")
    show_result(Result(job_id="x", status=Status.FAILED, failure=failure), Path("/somewhere"))
    assert "Free some [space]." in capsys.readouterr().out


def test_a_bar_tells_rate_and_time_left() -> None:
    event = Progress(at="", stage="train", done=50, total=150, unit="steps", rate=10.0, message="")
    assert pace(event) == "steps, 10.0/s, 10 s left"
    assert pace(replace(event, rate=None)) == "steps"
