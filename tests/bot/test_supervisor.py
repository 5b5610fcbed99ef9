"""What no crash, no race and no full disk may cost: news of a build, one release at a time, a thread that goes on."""

import json
import logging
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.context import Bot, build_statuses
from bot.dispatch import ClusterError, Endpoint, JobsApi, ran_seconds
from bot.events import BuildChanged, parse
from bot.github_api import GitHubApp
from bot.head import OutsideCluster, open_cluster
from bot.judge import Judge
from bot.lanes import Workers
from bot.live import LiveReports
from bot.pages.views import build_view
from bot.records import Build, Merge
from bot.releases import deciding
from bot.report_status import BuildState
from bot.settings import read_settings
from bot.store import Item, Store
from bot.store.database import now
from bot.supervisor import Supervisor
from bot.webhook import Delivery
from schemas.codec import encode
from schemas.errors import UserError
from schemas.job import BuildKind, Job, PullRequestPart
from schemas.result import Result, Status
from tests.bot.world import wait
from tests.fakes.jobs_api import jobs_api
from tests.fakes.scripted_github import KEY, PLACE, Script, github

HEAD = "a" * 40
PART = PullRequestPart(number=7, head_sha=HEAD, leaves=("knowledge/quay",))
HOME = "/repos/orchard/taxonomy"


def running(store: Store, folder: Path, app: GitHubApp) -> Bot:
    settings = read_settings({
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATA_DIR": str(folder),
    })  # fmt: skip
    judge = Judge(processes=0)  # nothing is judged here
    return Bot(settings=settings, store=store, github=app, judge=judge, address="http://127.0.0.1:1")


def supervisor(bot: Bot) -> Supervisor:
    cluster = OutsideCluster(at=Endpoint(address="http://127.0.0.1:9", token_file=None))
    return Supervisor(bot, cluster, LiveReports())


def build(build_id: str = "pr7-a") -> Build:
    job = Job(
        id=build_id, kind=BuildKind.CANDIDATE, repository=PLACE.repository, taxonomy_url="http://127.0.0.1/x.git",
        head_sha=HEAD, pull_requests=(PART,), leaves=PART.leaves,
    )  # fmt: skip
    return Build(
        job=job, installation=PLACE.installation, state=BuildState.WAITING, asked_by="tamsin", created_at=now()
    )


def merge(repository: str = PLACE.repository, *, quiet_until: str | None = None) -> Merge:
    return Merge(
        repository=repository, installation=PLACE.installation, part=PART, merged_at=now(),
        quiet_until=quiet_until or now(),
    )  # fmt: skip


def test_the_end_of_a_build_is_told_though_the_bot_died_before_it_could(store: Store, tmp_path: Path) -> None:
    store.builds.add(build())
    store.builds.start("pr7-a")
    store.builds.end("pr7-a", BuildState.FAILED, reason="no", result=None)
    with github(Script()) as app:
        made = running(store, tmp_path, app)
        for _ in range(2):  # twice, and told once
            watching = supervisor(made)
            watching.start()
            watching.close()
    item = store.inbox.take()
    assert item is not None
    assert parse(item.delivery) == BuildChanged(place=PLACE, number=7, build_id="pr7-a")
    assert store.inbox.take() is None


def follow(made: Bot, *, cluster: Endpoint) -> Supervisor:
    watching = Supervisor(made, OutsideCluster(at=cluster), LiveReports())
    watching.start()
    return watching


def test_a_cluster_that_does_not_answer_is_told_in_the_report_and_on_the_pages_and_forgotten_when_it_does(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store.builds.add(build())
    store.builds.start("pr7-a")
    store.builds.submit("pr7-a")
    with github(Script()) as app:
        made = running(store, tmp_path, app)
        watching = follow(made, cluster=Endpoint(address="http://127.0.0.1:9", token_file=None))
        try:
            wait(lambda: made.silences.of("pr7-a") is not None, what="the silence")
            (status,) = build_statuses(made, store.builds.of_pull(PLACE.repository, 7))
            assert status.trouble is not None
            assert "UTC: the cluster does not answer: ConnectError. I try again" in status.trouble
            assert "give the build up after 5 minutes" in status.trouble
            view = build_view(made, "pr7-a")
            assert view is not None
            assert view.row.trouble == status.trouble
            folder = made.settings.artifacts / "builds" / "pr7-a"
            folder.mkdir(parents=True)
            result = Result(job_id="pr7-a", status=Status.STOPPED)
            (folder / "result.json").write_text(encode(result))
            wait(lambda: store.builds.queue() == (), what="the end of the build")
        finally:
            watching.close()
        assert made.silences.of("pr7-a") is None
    assert [record.getMessage() for record in caplog.records if "stopped" in record.getMessage()] in (
        [], ["build pr7-a stopped"]
    )  # fmt: skip


def test_a_token_that_the_cluster_refuses_is_said_to_be_the_token(tmp_path: Path) -> None:
    with jobs_api(tmp_path) as cluster:
        wrong = tmp_path / "wrong"
        wrong.write_text("nonsense", encoding="ascii")
        with pytest.raises(ClusterError, match=r"the cluster refuses our token \(401\)"):
            JobsApi(Endpoint(address=cluster.address, token_file=wrong)).status("pr7-a")


@pytest.mark.parametrize(("text", "words"), [(None, r"cannot be read .*: name a file"), (" \n", "is empty; write")])
def test_a_token_that_is_missing_is_told_at_the_start(tmp_path: Path, text: str | None, words: str) -> None:
    token = tmp_path / "token"
    if text is not None:
        token.write_text(text, encoding="ascii")
    settings = read_settings({
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATA_DIR": str(tmp_path), "ESPALIER_RAY_ADDRESS": "http://127.0.0.1:9",
        "ESPALIER_RAY_TOKEN_FILE": str(token),
    })  # fmt: skip
    with pytest.raises(UserError, match=words) as error:
        open_cluster(settings)
    assert "ESPALIER_RAY_TOKEN_FILE" in str(error.value)


def limit_pages(store: Store, pages: int) -> None:
    with store.database.transaction() as connection:
        connection.execute(f"PRAGMA max_page_count = {pages}")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_worker_outlives_a_full_disk_and_notes_the_end_of_what_it_had_in_hand(store: Store) -> None:
    handled: list[str] = []

    def handler(item: Item) -> bool:
        handled.append(item.delivery.guid)
        limit_pages(store, 1)  # SQLite raises it to what there is: nothing more fits
        store.inbox.add(Delivery(guid="more", event="push", body=bytes(range(256)) * 4000), lane="r#2")
        return True

    store.inbox.add(Delivery(guid="one", event="push", body=b"{}"), lane="r#1")
    workers = Workers(store, handler, threads=1)
    workers.start()
    try:
        wait(lambda: handled, what="the delivery")
        time.sleep(0.2)
        assert workers.alive
        limit_pages(store, 100_000)
        wait(lambda: len(handled) > 1, what="the delivery to be handled again")
    finally:
        limit_pages(store, 100_000)
        workers.close()


def test_a_worker_outlives_an_error_whose_words_cannot_be_stored(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL + 1, logger="bot.lanes")  # a test's report cannot hold those words either
    handled: list[str] = []

    def handler(item: Item) -> bool:
        handled.append(item.delivery.guid)
        if item.delivery.guid == "one":
            raise OSError("no such file: \udcff")  # as the system gives a name that is no UTF-8
        return True

    for number, guid in enumerate(("one", "two")):
        store.inbox.add(Delivery(guid=guid, event="push", body=b"{}"), lane=f"r#{number}")
    workers = Workers(store, handler, threads=1)
    workers.start()
    try:
        wait(lambda: store.inbox.counts().get("done"), what="the next delivery")
        assert workers.alive
        assert handled == ["one", "two"]
    finally:
        workers.close()


OTHER_HEAD = "b" * 40


def pull_at(head: str) -> Script:
    """Give a GitHub with one pull request, whose head is `head` now."""
    told = {
        "number": 7, "title": "t", "body": None, "user": None, "state": "open", "base": {"ref": "main", "sha": HEAD},
        "head": {"ref": "leaf", "sha": head, "repo": None}, "labels": [], "html_url": "http://forge/orchard/pull/7",
        "author_association": "NONE", "merged_at": None, "url": f"{HOME}/pulls/7",
    }  # fmt: skip
    home = {"full_name": PLACE.repository, "default_branch": "main", "clone_url": "http://127.0.0.1/x.git"}
    return Script(
        answers={("GET", HOME): [(200, {}, home)] * 9, ("GET", f"{HOME}/pulls/7"): [(200, {}, told)] * 9}
    )  # fmt: skip


def of_kind(kind: BuildKind) -> Build:
    asked = build()
    return replace(asked, job=replace(asked.job, kind=kind))


def outcome(store: Store) -> Build:
    ended = store.builds.get("pr7-a")
    assert ended is not None
    return ended


def ran(store: Store) -> float:
    return float(store.database.rows("SELECT gpu_seconds FROM builds WHERE id = ?", "pr7-a")[0]["gpu_seconds"])


@pytest.mark.parametrize("kind", [BuildKind.PRECHECK, BuildKind.GENERATE])
def test_a_precheck_or_data_alone_needs_no_approval_and_the_time_that_it_ran_is_kept(
    kind: BuildKind, store: Store, tmp_path: Path
) -> None:
    store.builds.add(of_kind(kind))
    with github(pull_at(HEAD)) as app, jobs_api(tmp_path) as cluster:
        made = running(store, tmp_path, app)
        watching = follow(made, cluster=Endpoint(address=cluster.address, token_file=cluster.token_file))
        try:
            wait(lambda: store.builds.queue() == (), what="the end of the build")
        finally:
            watching.close()
        assert list(cluster.jobs) == ["pr7-a"]
    ended = outcome(store)
    assert ended.state is BuildState.SUCCEEDED
    assert ended.result is not None
    assert (ended.result.precheck is not None, ended.result.generated is not None) == (
        kind is BuildKind.PRECHECK, kind is BuildKind.GENERATE
    )  # fmt: skip
    assert ran(store) > 0


@pytest.mark.parametrize("kind", [BuildKind.PRECHECK, BuildKind.GENERATE, BuildKind.CANDIDATE])
def test_a_head_that_moved_before_the_dispatch_stops_it_and_says_so(
    kind: BuildKind, store: Store, tmp_path: Path
) -> None:
    store.builds.add(of_kind(kind))
    with github(pull_at(OTHER_HEAD)) as app, jobs_api(tmp_path) as cluster:
        made = running(store, tmp_path, app)
        watching = follow(made, cluster=Endpoint(address=cluster.address, token_file=cluster.token_file))
        try:
            wait(lambda: store.builds.queue() == (), what="the end of the build")
        finally:
            watching.close()
        assert cluster.jobs == {}
    ended = outcome(store)
    assert ended.state is BuildState.STOPPED
    assert ended.reason == (
        "The head moved from aaaaaaa to bbbbbbb after this was asked for, so it was not started."
    )  # fmt: skip
    assert ran(store) == 0


def told(*, model: str = "model", file: str = "0000.json", job_id: str = "pr7-a") -> dict[str, object]:
    """Give a result as JSON that no value of ours could become."""
    texts = dict.fromkeys(("base", "base_digest", "teacher", "judge", "model_digest", "data_digest"), "x")
    made = {**texts, "model": model, "seeds": {}, "counts": [], "seconds": {}, "versions": {}}
    files = [{"name": file, "leaf": "knowledge/quay", "size": 1, "sha256": "0" * 64}]
    data = {"samples": [], "files": files}
    return {"job_id": job_id, "status": "succeeded", "provenance": made, "generated": data}


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (told(model="../../../etc"), "Provenance.model must be a plain name within the build's own folder"),
        (told(file="../job.json"), "DataFile.name must be a plain name"),
        (told(file="/etc/passwd"), "DataFile.name must be a plain name"),
        (told(job_id="v9-00000000-0000"), "names another job"),
    ],
)
@pytest.mark.parametrize("kind", [BuildKind.RELEASE, BuildKind.GENERATE])
def test_a_result_that_names_what_lies_outside_its_folder_is_refused_and_publishes_nothing(
    kind: BuildKind, result: dict[str, object], words: str, store: Store, tmp_path: Path
) -> None:
    asked = of_kind(kind)
    store.builds.add(replace(asked, job=replace(asked.job, version="v1")))
    store.builds.start("pr7-a")
    store.builds.submit("pr7-a")
    with github(Script()) as app:
        made = running(store, tmp_path, app)
        folder = made.settings.artifacts / "builds" / "pr7-a"
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(result))
        watching = follow(made, cluster=Endpoint(address="http://127.0.0.1:9", token_file=None))
        try:
            wait(lambda: store.builds.queue() == (), what="the end of the build")
        finally:
            watching.close()
    ended = outcome(store)
    assert ended.state is BuildState.FAILED
    assert ended.reason is not None
    assert words in ended.reason
    assert not (made.settings.artifacts / "models").exists()
    assert store.releases.models() == ()


def test_a_release_is_published_once_nobody_else_decides(store: Store, tmp_path: Path) -> None:
    asked = of_kind(BuildKind.RELEASE)
    store.builds.add(replace(asked, job=replace(asked.job, version="v1")))
    store.builds.start("pr7-a")
    store.builds.submit("pr7-a")
    with github(Script()) as app:
        made = running(store, tmp_path, app)
        folder, models = made.settings.artifacts / "builds" / "pr7-a", made.settings.artifacts / "models"
        (folder / "model").mkdir(parents=True)
        watching = follow(made, cluster=Endpoint(address="http://127.0.0.1:9", token_file=None))
        try:
            begun = "SELECT 1 FROM leases WHERE name = 'ordering' AND holder = ''"
            wait(lambda: store.database.rows(begun), what="the look at the current version")
            with deciding(made):
                (folder / "result.json").write_text(json.dumps(told()))
                wait((models / "v1.json").exists, what="the first try")
                first = (models / "v1.json").read_bytes()
                wait(lambda: (models / "v1.json").read_bytes() != first, what="the second try")
                assert store.releases.models() == ()
                assert not (models / "current.json").exists()
            wait(lambda: store.builds.queue() == (), what="the end of the build")
        finally:
            watching.close()
        assert json.loads((models / "current.json").read_text())["version"] == "v1"
    assert outcome(store).state is BuildState.SUCCEEDED
    assert [model.name for model in store.releases.models()] == ["v1"]


@pytest.mark.parametrize(
    ("submissions", "measured", "seconds"),
    [
        (1, 12.5, 12.5),
        (1, 900.0, 60.0),
        (1, float("inf"), 60.0),
        (1, float("nan"), 60.0),
        (1, 0.0, 60.0),
        (0, 12.5, 0.0),
    ],
)
def test_a_job_ran_for_as_long_as_it_says_and_no_longer_than_it_had_the_slot(
    submissions: int, measured: float, seconds: float
) -> None:
    started = replace(build(), started_at="2026-01-02T03:04:00.000Z", submissions=submissions)
    until = datetime(2026, 1, 2, 3, 5, tzinfo=UTC)
    result = Result(job_id="pr7-a", status=Status.SUCCEEDED, seconds=measured)
    assert ran_seconds(started, result, until=until) == seconds


def test_a_job_that_left_no_result_is_held_to_have_run_while_it_had_the_slot() -> None:
    started = replace(build(), started_at="2026-01-02T03:04:00.000Z", submissions=2)
    assert ran_seconds(started, None, until=datetime(2026, 1, 2, 3, 5, tzinfo=UTC)) == 60
