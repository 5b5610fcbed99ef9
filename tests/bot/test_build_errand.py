"""A build that a workflow run follows outlasts GitHub's outages, and leaves no job behind that nobody follows."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import build_errand as module
from bot.build_errand import BuildErrand
from bot.github_api import GitHubError
from bot.records import Build
from bot.report_status import BuildState
from bot.settings import read_workflow
from bot.store.database import now
from schemas.errors import UserError
from schemas.job import BuildKind, Job, PullRequestPart
from tests.bot.world import wait
from tests.fakes.jobs_api import Cluster, jobs_api

HEAD = "a" * 40
ID = "pr7-a"
OUTAGE = GitHubError("GitHub answered 502", status=502, wait=0.01)
REFUSAL = GitHubError("GitHub answered 401", status=401, wait=None)
LOST = UserError("#7 knows no build pr7-a")


class Scripted(BuildErrand):
    """A build whose pull request answers as it is told to."""

    news: list[Exception | str]
    """What comes of each look at the memory after the first: an error, or a reason to stop."""
    hidden = 0
    """How often showing a state fails."""

    def follow(self, *news: Exception | str, hidden: int = 0) -> "Scripted":
        self.news, self.hidden, self.looks, self.shown = list(news), hidden, 0, list[BuildState]()
        return self

    def _ordered(self) -> Build:
        self.looks += 1
        told = self.news.pop(0) if self.looks > 1 and self.news else None
        if isinstance(told, Exception):
            raise told
        part = PullRequestPart(number=7, head_sha=HEAD, leaves=())
        job = Job(
            id=ID, kind=BuildKind.CANDIDATE, repository="orchard/taxonomy", taxonomy_url="/x", head_sha=HEAD,
            pull_requests=(part,), leaves=(),
        )  # fmt: skip
        return Build(
            job=job, installation=0, state=BuildState.WAITING, asked_by="tamsin", created_at=now(), stop_reason=told
        )

    def _outdated(self, build: Build) -> str | None:
        return None if build.job.head_sha == HEAD else "moved"

    def _show(self, build: Build) -> None:
        if self.hidden:
            self.hidden -= 1
            raise OUTAGE
        self.shown.append(build.state)


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    for name in ("LOOPBACK_SECONDS", "WATCH_SECONDS", "STATUS_SECONDS"):
        monkeypatch.setattr(module, name, 0.05)
    with jobs_api(tmp_path) as made:
        yield made


@pytest.fixture
def errand(cluster: Cluster, tmp_path: Path) -> Scripted:
    settings, workflow = read_workflow({
        "GITHUB_TOKEN": "t", "GITHUB_REPOSITORY": "orchard/taxonomy", "GITHUB_API_URL": "http://127.0.0.1:9",
        "GITHUB_SERVER_URL": "http://127.0.0.1:9", "GITHUB_RUN_ID": "1",
        "ESPALIER_RAY_ADDRESS": cluster.address, "ESPALIER_RAY_TOKEN_FILE": str(cluster.token_file),
        "ESPALIER_DATA_DIR": str(tmp_path / "data"), "ESPALIER_CACHE_DIR": str(tmp_path / "cache"),
    })  # fmt: skip
    return Scripted(settings, workflow, number=7, build_id=ID)


def test_outages_while_it_runs_and_while_it_is_shown_end_no_build(errand: Scripted, cluster: Cluster) -> None:
    cluster.behaviour = "wait"
    outcome = errand.follow(OUTAGE, OUTAGE, "@tamsin cancelled it.", hidden=2).carry_out()
    assert (outcome.state, outcome.reason) == (BuildState.STOPPED, "@tamsin cancelled it.")
    assert errand.shown == [BuildState.RUNNING, BuildState.STOPPED]


def test_a_build_that_its_pull_request_forgot_fails_and_its_job_is_stopped(errand: Scripted, cluster: Cluster) -> None:
    cluster.behaviour = "wait"
    outcome = errand.follow(LOST).carry_out()
    assert (outcome.state, outcome.reason) == (BuildState.FAILED, str(LOST))
    wait(lambda: cluster.jobs[ID].status == "STOPPED", what="the end of the job")


def test_a_refusal_for_good_stops_the_job(errand: Scripted, cluster: Cluster) -> None:
    cluster.behaviour = "wait"
    with pytest.raises(GitHubError, match="401"):
        errand.follow(REFUSAL).carry_out()
    wait(lambda: cluster.jobs[ID].status == "STOPPED", what="the end of the job")


def test_an_outage_that_lasts_is_told_in_the_end(errand: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GITHUB_PATIENCE", 0.2)
    with pytest.raises(GitHubError, match="502"):
        errand.follow(hidden=1_000).carry_out()
