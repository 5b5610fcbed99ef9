"""What the bot remembers: deliveries once and in order, votes, builds, merges and versions."""

import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.records import Build, HandLabel, Merge, Pull, Vote
from bot.report_status import BuildState, TriageState
from bot.store import Store, StoreError, open_database
from bot.store.database import STEPS, now
from bot.store.inbox import MAX_ATTEMPTS
from bot.webhook import Delivery
from schemas.errors import UserError
from schemas.job import BuildKind, Job, PullRequestPart
from schemas.progress import Progress
from schemas.result import Result, Status

HEAD, OTHER = "a" * 40, "b" * 40


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(open_database(tmp_path / "bot.sqlite3"))
    yield opened
    opened.close()


def delivery(guid: str) -> Delivery:
    return Delivery(guid=guid, event="pull_request", body=b'{"n": 1}')


def build(build_id: str = "pr1-a", *, kind: BuildKind = BuildKind.CANDIDATE, version: str | None = None) -> Build:
    part = PullRequestPart(number=1, head_sha=HEAD, leaves=("knowledge/quay",))
    job = Job(
        id=build_id, kind=kind, repository="orchard/taxonomy", taxonomy_url="http://127.0.0.1/x.git", head_sha=HEAD,
        pull_requests=(part,), leaves=part.leaves, version=version,
    )  # fmt: skip
    return Build(job=job, installation=5, state=BuildState.WAITING, asked_by="tamsin", created_at=now())


def test_a_redelivery_is_kept_once(store: Store) -> None:
    assert store.inbox.add(delivery("one"), lane="r#1")
    assert not store.inbox.add(delivery("one"), lane="r#1")
    assert store.inbox.counts() == {"pending": 1}


def test_what_people_did_to_labels_is_forgotten_when_the_head_moves(store: Store) -> None:
    place = ("orchard/taxonomy", 7)
    store.heads.note_label(*place, head_sha=HEAD, label=HandLabel(name="Skill", present=True))
    store.heads.note_label(*place, head_sha=HEAD, label=HandLabel(name="skill", present=False))
    assert store.heads.labels(*place, head_sha=HEAD) == (HandLabel(name="skill", present=False),)
    assert store.heads.labels(*place, head_sha=OTHER) == ()
    store.heads.forget_labels(*place, ["SKILL", "other"])
    assert store.heads.labels(*place, head_sha=HEAD) == ()


def test_a_sign_off_is_waived_for_one_head_alone(store: Store) -> None:
    store.heads.waive_sign_off("orchard/taxonomy", 7, head_sha=HEAD, login="tamsin")
    assert store.heads.sign_off_waived_by("orchard/taxonomy", 7, head_sha=HEAD) == "tamsin"
    assert store.heads.sign_off_waived_by("orchard/taxonomy", 7, head_sha=OTHER) is None
    assert store.heads.sign_off_waived_by("orchard/taxonomy", 8, head_sha=HEAD) is None


def test_a_redelivery_of_one_that_failed_is_taken_again(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    item = store.inbox.take(busy=())
    assert item is not None
    store.inbox.fail(item, "no")
    assert store.inbox.failures() == {"one": "no"}
    assert store.inbox.add(delivery("one"), lane="r#1")
    again = store.inbox.take(busy=())
    assert again is not None
    assert again.attempts == 1


def test_a_busy_lane_is_passed_over_and_its_order_is_kept(store: Store) -> None:
    for guid, lane in (("one", "r#1"), ("two", "r#1"), ("three", "r#2")):
        store.inbox.add(delivery(guid), lane=lane)
    first = store.inbox.take(busy=())
    second = store.inbox.take(busy={"r#1"})
    assert first is not None
    assert second is not None
    assert (first.delivery, second.delivery.guid) == (delivery("one"), "three")
    assert store.inbox.take(busy={"r#1"}) is None
    store.inbox.finish(first)
    third = store.inbox.take(busy=())
    assert third is not None
    assert third.delivery.guid == "two"


def test_what_was_in_hand_when_the_process_ended_is_handed_out_again(store: Store, tmp_path: Path) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    store.inbox.take(busy=())
    store.close()
    again = Store(open_database(tmp_path / "bot.sqlite3"))
    assert again.inbox.recover() == 1
    item = again.inbox.take(busy=())
    assert item is not None
    assert item.attempts == 2
    again.close()


def test_a_delivery_that_is_put_back_waits_and_fails_in_the_end(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    for _ in range(MAX_ATTEMPTS):
        item = store.inbox.take(busy=())
        assert item is not None
        store.inbox.retry(item, "GitHub is away", seconds=0)
    assert store.inbox.take(busy=()) is None
    assert store.inbox.counts() == {"failed": 1}
    store.inbox.add(delivery("two"), lane="r#1")
    item = store.inbox.take(busy=())
    assert item is not None
    store.inbox.retry(item, "GitHub is away", seconds=60)
    assert store.inbox.take(busy=()) is None


def test_threads_never_take_the_same_delivery(store: Store) -> None:
    for number in range(40):
        store.inbox.add(delivery(str(number)), lane=f"r#{number}")
    taken: list[str] = []

    def work() -> None:
        while (item := store.inbox.take(busy=())) is not None:
            taken.append(item.delivery.guid)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken, key=int) == [str(number) for number in range(40)]


def test_a_change_that_raises_leaves_nothing(store: Store) -> None:
    def change() -> None:
        with store.database.change() as connection:
            connection.execute("INSERT INTO policies VALUES ('r', 'kept?', NULL)")
            connection.execute("INSERT INTO build_pulls VALUES ('no such build', 'r', 1)")

    with pytest.raises(sqlite3.IntegrityError):
        change()
    assert store.pulls.policy("r") == ("", None)


def test_a_head_is_known_from_when_it_was_first_seen(store: Store) -> None:
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-01T00:00:00.000Z")
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-02T00:00:00.000Z")
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert pull.head_seen_at == "2026-01-01T00:00:00.000Z"
    store.pulls.see_head("r", 1, 5, head_sha=OTHER, at="2026-01-03T00:00:00.000Z")
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-04T00:00:00.000Z")
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert pull.head_seen_at == "2026-01-04T00:00:00.000Z"


def test_a_pull_request_is_kept_as_it_stands_and_its_seen_head_stays(store: Store) -> None:
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-01T00:00:00.000Z")
    pull = Pull(
        repository="r", number=1, installation=5, title="Add", author="june", state="open", head_sha=OTHER,
        head_seen_at="", triage=TriageState.NEEDED, labels=("skill", "theirs"), own_labels=("skill",), url="u",
        updated_at="",
    )  # fmt: skip
    store.pulls.save(pull)
    kept = store.pulls.get("r", 1)
    assert kept is not None
    assert (kept.head_sha, kept.triage, kept.labels) == (HEAD, TriageState.NEEDED, ("skill", "theirs"))
    assert store.pulls.list(repository="r", state="open") == (kept,)
    assert store.pulls.list(state="merged") == ()


def test_votes_belong_to_one_head_and_the_last_word_counts(store: Store) -> None:
    store.pulls.vote("r", 1, head_sha=HEAD, vote=Vote(login="tamsin", approves=False))
    store.pulls.vote("r", 1, head_sha=HEAD, vote=Vote(login="tamsin", approves=True))
    assert store.pulls.votes("r", 1, head_sha=HEAD) == (Vote(login="tamsin", approves=True),)
    assert store.pulls.votes("r", 1, head_sha=OTHER) == ()


def test_a_broken_policy_leaves_the_last_good_one(store: Store) -> None:
    store.pulls.save_policy("r", good="approvals: 2", problem=None)
    store.pulls.save_policy("r", good=None, problem="line 3")
    assert store.pulls.policy("r") == ("approvals: 2", "line 3")
    store.pulls.save_policy("r", good="", problem=None)
    assert store.pulls.policy("r") == ("", None)


def test_builds_queue_in_the_order_they_were_asked_for(store: Store) -> None:
    for name in ("pr1-a", "pr1-b", "pr1-c"):
        store.builds.add(build(name))
    store.builds.start("pr1-b")
    assert [item.id for item in store.builds.queue()] == ["pr1-b", "pr1-a", "pr1-c"]
    progress = Progress(at=now(), stage="train", done=1, total=2, unit="steps", rate=None, message="m")
    store.builds.progress("pr1-b", progress)
    store.builds.submit("pr1-b")
    store.builds.ask_stop("pr1-b", "first")
    store.builds.ask_stop("pr1-b", "second")
    kept = store.builds.get("pr1-b")
    assert kept is not None
    assert (kept.progress, kept.submissions, kept.stop_reason) == (progress, 1, "first")
    result = Result(job_id="pr1-b", status=Status.STOPPED)
    store.builds.end("pr1-b", BuildState.STOPPED, reason="first", result=result)
    store.builds.post("pr1-b", BuildState.STOPPED)
    kept = store.builds.get("pr1-b")
    assert kept is not None
    assert (kept.state, kept.result, kept.posted) == (BuildState.STOPPED, result, BuildState.STOPPED)
    assert [item.id for item in store.builds.of_pull("orchard/taxonomy", 1)] == ["pr1-c", "pr1-b", "pr1-a"]
    assert store.builds.counts() == {"stopped": 1, "waiting": 2}


def test_a_merge_waits_until_a_release_holds_it(store: Store) -> None:
    part = PullRequestPart(number=1, head_sha=HEAD, leaves=("knowledge/quay",))
    merge = Merge(repository="r", installation=5, part=part, merged_at=now(), quiet_until=now())
    store.releases.merged(merge)
    store.releases.merged(merge)
    assert store.releases.unreleased("r") == (merge,)
    store.builds.add(build("v1-a", kind=BuildKind.RELEASE, version="v1"))
    store.releases.put_in((merge,), "v1-a")
    assert store.releases.unreleased("r") == ()
    store.builds.end("v1-a", BuildState.FAILED, reason="no", result=None)
    assert [item.build_id for item in store.releases.unreleased("r")] == ["v1-a"]
    store.builds.end("v1-a", BuildState.SUCCEEDED, reason=None, result=None)
    store.releases.publish(version=1, repository="r", build_id="v1-a")
    store.releases.publish(version=1, repository="r", build_id="v1-a")
    assert store.releases.unreleased() == ()
    assert [model.name for model in store.releases.models()] == ["v1"]


def test_a_database_of_a_later_version_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    open_database(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={len(STEPS) + 1}")
    connection.close()
    with pytest.raises(UserError, match="later version"):
        open_database(path)


def test_a_file_that_is_no_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_text("not a database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(UserError, match="cannot be opened"):
        open_database(path)


def test_a_command_that_was_carried_out_is_known(store: Store) -> None:
    assert not store.pulls.was_obeyed("r", 9, "build")
    store.pulls.note_obeyed("r", 9, "build")
    store.pulls.note_obeyed("r", 9, "build")
    assert store.pulls.was_obeyed("r", 9, "build")
    assert not store.pulls.was_obeyed("r", 9, "approve")


def test_a_full_disk_costs_no_more_than_the_change_that_met_it(store: Store) -> None:
    pages = store.database.rows("PRAGMA page_count")[0][0]
    store.database.rows(f"PRAGMA max_page_count = {pages}")
    large = Delivery(guid="large", event="push", body=os.urandom(200_000))
    with pytest.raises(StoreError, match="full"):
        store.inbox.add(large, lane="r")
    assert store.inbox.counts() == {}
    store.database.rows(f"PRAGMA max_page_count = {pages + 1000}")
    assert store.inbox.add(large, lane="r")


def test_news_of_an_older_head_that_comes_late_does_not_replace_the_newer(store: Store) -> None:
    store.pulls.see_head("r", 1, 5, head_sha=HEAD, at="2026-01-02T00:00:00.000Z")
    store.pulls.see_head("r", 1, 5, head_sha=OTHER, at="2026-01-01T00:00:00.000Z")
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert (pull.head_sha, pull.head_seen_at) == (HEAD, "2026-01-02T00:00:00.000Z")


def test_the_head_of_a_pull_request_that_is_older_than_the_bot_is_known_from_the_first_look(store: Store) -> None:
    before = now()
    store.pulls.save(
        Pull(
            repository="r",
            number=1,
            installation=5,
            title="Add",
            author="june",
            state="open",
            head_sha=HEAD,
            head_seen_at="",
            triage=None,
            labels=(),
            own_labels=(),
            url="u",
            updated_at="",
        )
    )
    pull = store.pulls.get("r", 1)
    assert pull is not None
    assert before <= pull.head_seen_at <= now()
