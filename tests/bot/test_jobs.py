"""One job for each build, and one at a time on the cluster: whatever became of the build that it belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.context import Bot
from bot.dispatch import Endpoint, JobsApi, entrypoint
from bot.effects import State
from bot.head import OutsideCluster
from bot.jobs import Jobs
from bot.judge import Judge
from bot.live import LiveReports
from bot.report_status import BuildState
from bot.settings import Settings, read_settings
from bot.store import LeaseLostError, Store, under
from bot.store.fence import Lease
from bot.supervisor import Supervisor
from schemas.job import BuildKind
from tests.bot.test_supervisor import build
from tests.bot.world import wait
from tests.fakes.jobs_api import Cluster, jobs_api
from tests.fakes.scripted_github import KEY, Script, github


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with jobs_api(tmp_path) as made:
        yield made


def endpoint(cluster: Cluster) -> Endpoint:
    return Endpoint(address=cluster.address, token_file=cluster.token_file)


def settings_in(folder: Path) -> Settings:
    return read_settings({
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATA_DIR": str(folder),
    })  # fmt: skip


@contextmanager
def supervised(store: Store, folder: Path, cluster: Cluster) -> Iterator[Bot]:
    settings = settings_in(folder)
    with github(Script()) as app:
        made = Bot(settings=settings, store=store, github=app, judge=Judge(processes=0), address="http://127.0.0.1:1")
        watching = Supervisor(made, OutsideCluster(at=endpoint(cluster)), LiveReports())
        watching.start()
        try:
            yield made
        finally:
            watching.close()


def queue_release(store: Store, build_id: str) -> None:
    """Queue a build that no head is asked for."""
    made = build(build_id)
    store.builds.add(replace(made, job=replace(made.job, kind=BuildKind.RELEASE, version="v1")))


def state(store: Store, build_id: str) -> BuildState:
    found = store.builds.get(build_id)
    assert found is not None
    return found.state


def test_a_build_that_fails_here_stops_its_job_and_the_next_one_waits_for_that(
    store: Store, tmp_path: Path, cluster: Cluster
) -> None:
    cluster.behaviour = "wait"
    queue_release(store, "first")
    queue_release(store, "second")
    with supervised(store, tmp_path, cluster) as made:
        wait(lambda: "first" in cluster.jobs, what="the first job")
        (made.settings.artifacts / "builds" / "first" / "result.json").write_text("no JSON", encoding="utf-8")
        wait(lambda: state(store, "first") is BuildState.FAILED, what="the failure")
        while cluster.jobs["first"].process.poll() is None:
            assert "second" not in cluster.jobs
        assert cluster.jobs["first"].stopped
        wait(lambda: "second" in cluster.jobs, what="the second job")
    assert store.outbox.jobs() == ("second",)


def test_a_job_that_was_given_out_when_the_bot_died_is_not_given_out_again(
    store: Store, tmp_path: Path, cluster: Cluster
) -> None:
    cluster.behaviour = "wait"
    queue_release(store, "first")
    with supervised(store, tmp_path, cluster):
        wait(lambda: "first" in cluster.jobs, what="the job")
        wait(lambda: (found := store.builds.get("first")) and found.submissions == 1, what="its record")
    process = cluster.jobs["first"].process
    with store.database.change() as connection:  # the bot died before it could note that
        connection.execute("UPDATE builds SET submissions = 0")
        connection.execute("UPDATE outbox SET state = ?", (State.SENDING,))
    with supervised(store, tmp_path, cluster):
        wait(lambda: (found := store.builds.get("first")) and found.submissions == 1, what="its record")
    assert cluster.jobs["first"].process is process


def test_a_job_that_the_cluster_took_though_its_build_was_stopped_meanwhile_is_ended(
    store: Store, tmp_path: Path, cluster: Cluster
) -> None:
    cluster.behaviour = "wait"
    settings = settings_in(tmp_path)
    queue_release(store, "first")
    store.builds.start("first")
    store.builds.ask_stop("first", "The head moved.")
    folder = settings.artifacts / "builds" / "first"
    folder.mkdir(parents=True)
    store.outbox.note_job("first", State.SENDING)
    JobsApi(endpoint(cluster)).submit("first", entrypoint(settings, "first"))
    with supervised(store, tmp_path, cluster):
        wait(lambda: state(store, "first") is BuildState.STOPPED, what="the end of the build")
        wait(lambda: cluster.jobs["first"].process.poll() is not None, what="the end of the job")
        wait(lambda: store.outbox.jobs() == (), what="the cluster to be free")


def test_that_a_job_may_go_on_is_logged_once_for_each_reason(
    store: Store, tmp_path: Path, cluster: Cluster, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.outbox.note_job("first", State.SENT)
    monkeypatch.setattr("bot.jobs.ERROR_SECONDS", 0.0)
    away = replace(endpoint(cluster), address="http://127.0.0.1:9")
    jobs = Jobs(settings_in(tmp_path), store, OutsideCluster(at=away))
    for _ in range(3):
        jobs.wind_up(set())
    assert [record.getMessage() for record in caplog.records] == [
        "the job of build first may go on: the cluster does not answer: ConnectError"
    ]
    cluster.token_file.write_text("wrong", encoding="ascii")
    refusing = Jobs(settings_in(tmp_path), store, OutsideCluster(at=endpoint(cluster)))
    refusing.wind_up(set())
    assert "may go on: the cluster refuses our token (401)" in caplog.records[-1].getMessage()


def test_a_replica_that_comes_back_late_starts_no_job(store: Store, tmp_path: Path, cluster: Cluster) -> None:
    settings = settings_in(tmp_path)
    jobs = Jobs(settings, store, OutsideCluster(at=endpoint(cluster)))
    lost = Lease(name="supervisor", epoch=1, holder="me", expires=0.0)
    with under(lost), pytest.raises(LeaseLostError):
        jobs.submit("first", endpoint(cluster))
    assert not cluster.jobs
