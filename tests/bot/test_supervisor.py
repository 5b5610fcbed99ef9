"""What no crash, no race and no full disk may cost: news of a build, one release at a time, a thread that goes on."""

import time
from pathlib import Path

import pytest

from bot.context import Bot, build_statuses
from bot.dispatch import ClusterError, Endpoint, JobsApi
from bot.events import BuildChanged, parse
from bot.github_api import GitHubApp
from bot.head import OutsideCluster, open_cluster
from bot.judge import Judge
from bot.lanes import Workers
from bot.live import LiveReports
from bot.pages.views import build_view
from bot.records import Build, Merge
from bot.releases import due_releases, order_release
from bot.report_status import BuildState
from bot.settings import read_settings
from bot.store import Item, Store
from bot.store.database import now
from bot.supervisor import Supervisor
from bot.webhook import Delivery
from schemas.codec import encode
from schemas.config import Config
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


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read: "), (" \n", "is empty; write")])
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


def release_answers() -> Script:
    home = {"full_name": PLACE.repository, "default_branch": "main", "clone_url": "http://127.0.0.1/x.git"}
    ref = {"ref": "refs/heads/main", "object": {"type": "commit", "sha": HEAD}}
    leaf = {"path": "knowledge/quay/qna.yaml", "mode": "100644", "type": "blob", "sha": "c" * 40, "size": 5}
    tree = {"sha": HEAD, "tree": [leaf], "truncated": False}
    return Script(
        answers={
            ("GET", HOME): [(200, {}, home)] * 4,
            ("GET", f"{HOME}/git/refs/heads/main"): [(200, {}, ref)] * 4,
            ("GET", f"{HOME}/git/ref/heads/main"): [(200, {}, ref)] * 4,
            ("GET", f"{HOME}/git/trees/{HEAD}?recursive=1"): [(200, {}, tree)] * 4,
        }
    )


def test_of_two_who_ask_for_a_release_at_the_same_time_one_is_told_of_the_other_s(store: Store, tmp_path: Path) -> None:
    store.releases.merged(merge())
    asked = store.releases.unreleased(PLACE.repository)  # both see the same merges, before either has queued anything
    with github(release_answers()) as app, app.repository(PLACE) as repository:
        made = running(store, tmp_path, app)
        order_release(made, repository, asked, config=Config(), asked_by="alder")
        with pytest.raises(UserError, match="waits or runs already"):
            order_release(made, repository, asked, config=Config(), asked_by="the quiet window")
    assert [item.job.version for item in store.builds.queue()] == ["v1"]


def test_a_release_is_due_when_the_last_merge_has_been_quiet_for_long_enough(store: Store, tmp_path: Path) -> None:
    with github(Script()) as app:
        made = running(store, tmp_path, app)
        store.releases.merged(merge("orchard/calm"))
        store.releases.merged(merge("orchard/busy", quiet_until="2999-01-01T00:00:00.000Z"))
        assert [[item.repository for item in merges] for merges in due_releases(made)] == [["orchard/calm"]]


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
