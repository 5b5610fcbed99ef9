"""What people decided, and what builds used: holds, approvals that fall, quotas, the version that is current."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.quota import Amount
from bot.records import Build, Cancel, Ground, Obeyed, Pull, Vote, VoteKind, Word
from bot.report_status import BuildState, Hold
from bot.store import Store
from bot.store.database import now, stamp
from bot.webhook import Delivery
from schemas.job import BuildKind, Job, PullRequestPart

HEAD = "a" * 40


def build(
    build_id: str, *, number: int = 1, kind: BuildKind = BuildKind.CANDIDATE, version: str | None = None
) -> Build:
    part = PullRequestPart(number=number, head_sha=HEAD, leaves=("knowledge/quay",))
    job = Job(
        id=build_id, kind=kind, repository="orchard/taxonomy", taxonomy_url="http://127.0.0.1/x.git", head_sha=HEAD,
        pull_requests=(part,), leaves=part.leaves, version=version,
    )  # fmt: skip
    return Build(job=job, installation=5, state=BuildState.WAITING, asked_by="tamsin", created_at=now())


def at(second: int) -> str:
    """Give a time as GitHub's comments have it, in whole seconds."""
    return f"2026-11-28T10:00:{second:02d}.000Z"


def test_approvals_fall_with_another_base_and_other_words_stand(store: Store) -> None:
    yes = Vote(login="tamsin", kind=VoteKind.APPROVE, base_ref="main")
    no = Vote(login="oskar", kind=VoteKind.REQUEST_CHANGES, base_ref="main")
    for vote in (yes, no):
        store.pulls.vote("r", 1, head_sha=HEAD, vote=vote, written_at=at(1))
    for second in (0, 2):
        store.grounds.see_base("r", 1, base_ref="main", at=at(second))
    assert store.pulls.votes("r", 1, head_sha=HEAD) == (yes, no)
    store.grounds.see_base("r", 1, base_ref="next", at=at(1))
    assert store.pulls.votes("r", 1, head_sha=HEAD) == (no,)
    assert store.grounds.get("r", 1) == Ground(base_ref="next", fell_at=at(1))


def test_approvals_fall_with_a_close_that_is_heard_of_late_and_those_after_it_stand(store: Store) -> None:
    for number, second in ((1, 1), (2, 3)):
        vote = Vote(login="tamsin", kind=VoteKind.APPROVE, base_ref="main")
        store.grounds.see_base("r", number, base_ref="main", at=at(0))
        store.pulls.vote("r", number, head_sha=HEAD, vote=vote, written_at=at(second))
        store.grounds.fall("r", number, at=at(2))
    assert [len(store.pulls.votes("r", number, head_sha=HEAD)) for number in (1, 2)] == [0, 1]
    store.grounds.fall("r", 2, at=at(1), base_ref="older")  # an older change of the base, heard of last
    assert store.grounds.get("r", 2) == Ground(base_ref="main", fell_at=at(2))


def test_a_hold_stands_until_it_is_ended(store: Store) -> None:
    hold = Hold(login="tamsin", reason="the licence", at=at(1))
    store.holds.put("r", 1, hold)
    store.holds.put("r", 1, replace(hold, login="oskar"))
    assert store.holds.get("r", 1) == hold
    assert (store.holds.of("r"), store.holds.of("other")) == ({1}, frozenset())
    for second in (2, 3):
        store.holds.end("r", 1, at=at(second))
    assert store.holds.get("r", 1) is None
    assert store.holds.of("r") == frozenset()


@pytest.mark.parametrize(
    ("first", "second", "held"),
    [
        (("hold", 1, 11), ("unhold", 2, 12), False),
        (("unhold", 2, 12), ("hold", 1, 11), False),
        (("hold", 2, 12), ("unhold", 1, 11), True),
        (("hold", 1, 12), ("unhold", 1, 11), True),  # in one second: the comment's id tells
        (("hold", 1, 11), ("unhold", 1, 11), False),  # in one comment: in its order
        (("hold", 1, 11), ("unhold", 1, 0), False),  # a review has no such id
    ],
)
def test_of_words_on_a_hold_the_later_written_counts_whichever_is_heard_of_first(
    store: Store, first: tuple[str, int, int], second: tuple[str, int, int], *, held: bool
) -> None:
    for word, when, comment in (first, second):
        if word == "hold":
            store.holds.put("r", 1, Hold(login="tamsin", reason="", at=at(when)), comment=comment)
        else:
            store.holds.end("r", 1, at=at(when), comment=comment)
    assert (store.holds.get("r", 1) is not None) is held


def test_a_hold_that_is_written_again_outlasts_an_unhold_from_between(store: Store) -> None:
    first = Hold(login="tamsin", reason="the licence", at=at(1))
    store.holds.put("r", 1, first)
    store.holds.put("r", 1, Hold(login="oskar", reason="", at=at(3)))
    assert store.holds.is_late("r", 1, Word(at=at(2)))
    store.holds.end("r", 1, at=at(2))
    assert store.holds.get("r", 1) == first


ORDERS = [
    (Word(at=at(1), comment=11), True),
    (Word(at=at(3), comment=13), False),
    (Word(at=at(2), comment=11), True),  # in one second: the comment's id tells
    (Word(at=at(2), comment=12), False),  # in one comment: in its order
    (Word(at=at(2)), False),  # a review has no such id
    (Word(at="2026-11-28T10:00:02.900Z"), False),  # a button, by a clock that has more than seconds
]


@pytest.mark.parametrize(("order", "late"), ORDERS)
def test_an_order_that_was_written_before_a_cancel_comes_late(store: Store, order: Word, *, late: bool) -> None:
    store.cancels.note("r", 1, Cancel(at=at(2), comment=12))
    store.cancels.note("r", 1, Cancel(at=at(1), comment=11))  # an older one, heard of last
    assert store.cancels.is_late("r", 1, order, login="tamsin") is late
    assert not store.cancels.is_late("r", 2, order, login="tamsin")


def test_a_cancel_of_ones_own_builds_concerns_nobody_elses(store: Store) -> None:
    store.cancels.note("r", 1, Cancel(whose="june", at=at(3)))
    store.cancels.note("r", 1, Cancel(at=at(1)))
    assert [store.cancels.is_late("r", 1, Word(at=at(2)), login=who) for who in ("June", "oskar")] == [True, False]
    assert [store.cancels.is_late("r", 1, Word(at=at(0)), login=who) for who in ("June", "oskar")] == [True, True]


def test_of_a_person_s_words_within_a_second_the_later_comment_counts(store: Store) -> None:
    later = Vote(login="tamsin", kind=VoteKind.UNCERTAIN, base_ref="main", comment=12)
    for vote in (later, replace(later, kind=VoteKind.APPROVE, comment=11)):
        store.pulls.vote("r", 1, head_sha=HEAD, vote=vote, written_at=at(1))
    assert store.pulls.votes("r", 1, head_sha=HEAD) == (later,)


def save_pull(store: Store, number: int, author: str) -> None:
    pull = Pull(
        repository="orchard/taxonomy", number=number, installation=5, title="t", author=author, state="open",
        head_sha=HEAD, head_seen_at="", triage=None, labels=(), own_labels=(), url="u", updated_at=now(),
    )  # fmt: skip
    store.pulls.save(pull)


def test_what_builds_used_is_counted_for_their_author_and_for_the_repository(store: Store) -> None:
    since = stamp(datetime.now(UTC) - timedelta(hours=1))
    save_pull(store, 1, "June")
    save_pull(store, 2, "wren")
    for name, number in (("pr1-a", 1), ("pr1-b", 1), ("pr1-c", 1), ("pr2-a", 2)):
        store.builds.add(build(name, number=number))
    store.builds.add(build("v1-a", kind=BuildKind.RELEASE, version="v1"))
    store.builds.end("pr1-b", BuildState.STOPPED, reason="never ran", result=None)
    begun = stamp(datetime.now(UTC) - timedelta(minutes=30))
    for name in ("pr1-a", "v1-a"):
        store.builds.start(name)
        store.builds.submit(name)
        with store.database.change() as connection:
            connection.execute("UPDATE builds SET started_at = ? WHERE id = ?", (begun, name))
    running = store.quotas.used("orchard/taxonomy", since=since, author="june")
    assert (running.builds, round(running.gpu_minutes)) == (2, 30)
    for name in ("pr1-a", "v1-a"):
        store.builds.end(name, BuildState.SUCCEEDED, reason=None, result=None, gpu_seconds=1800.0)
    june, all_of_it = (store.quotas.used("orchard/taxonomy", since=since, author=who) for who in ("june", None))
    assert (june.builds, round(june.gpu_minutes)) == (2, 30)
    assert (all_of_it.builds, round(all_of_it.gpu_minutes)) == (3, 30)
    assert store.quotas.used("orchard/taxonomy", since=now()).builds == 0
    assert store.quotas.used("other", since=since).builds == 0
    assert round(store.builds.usual_seconds()[BuildKind.CANDIDATE]) == 1800


def test_minutes_count_on_the_day_on_which_they_run_and_a_build_on_the_day_on_which_it_was_asked_for(
    store: Store,
) -> None:
    midnight = datetime.now(UTC) - timedelta(minutes=30)
    save_pull(store, 1, "june")
    for name, began, ended, seconds in (
        ("pr1-a", -60, -10, 3000.0),  # all of it on the day before
        ("pr1-b", -10, 20, 1500.0),  # over midnight, after some waiting for the cluster
        ("pr1-c", 5, 15, 600.0),  # asked for on the day before, and begun on this one
        ("pr1-d", -5, None, 0.0),  # still runs
    ):
        store.builds.add(replace(build(name), created_at=stamp(midnight - timedelta(hours=2))))
        started_at, ended_at = (
            None if minutes is None else stamp(midnight + timedelta(minutes=minutes)) for minutes in (began, ended)
        )
        state = BuildState.RUNNING if ended is None else BuildState.SUCCEEDED
        with store.database.change() as connection:
            connection.execute(
                "UPDATE builds SET state = ?, started_at = ?, ended_at = ?, gpu_seconds = ? WHERE id = ?",
                (state, started_at, ended_at, seconds, name),
            )
    used = store.quotas.used("orchard/taxonomy", since=stamp(midnight), author="june")
    assert (used.builds, round(used.gpu_minutes)) == (0, 20 + 10 + 30)


def test_a_build_that_was_never_given_to_the_cluster_used_none_of_its_time(store: Store) -> None:
    save_pull(store, 1, "june")
    store.builds.add(build("pr1-a"))
    store.builds.start("pr1-a")
    store.builds.end("pr1-a", BuildState.STOPPED, reason="the head moved", result=None)
    used = store.quotas.used("orchard/taxonomy", since="2026-01-01T00:00:00.000Z")
    assert (used.builds, used.gpu_minutes) == (1, 0.0)


def test_what_an_author_is_allowed_adds_up_on_one_day(store: Store) -> None:
    today = stamp(datetime.now(UTC) - timedelta(minutes=1))
    for builds in (2, 3):
        store.quotas.allow("r", "June", builds=builds, gpu_minutes=10, by="alder", since=today)
    assert store.quotas.allowed("r", since=today) == {"june": Amount(builds=5, gpu_minutes=20)}
    tomorrow = stamp(datetime.now(UTC) + timedelta(days=1))
    assert store.quotas.allowed("r", since=tomorrow) == {}
    store.quotas.allow("r", "june", builds=1, gpu_minutes=1, by="alder", since=tomorrow)
    assert store.quotas.allowed("r", since=today) == {"june": Amount(builds=1, gpu_minutes=1)}


def test_a_version_that_was_published_can_be_made_current_again(store: Store) -> None:
    for version in (1, 2):
        store.releases.publish(version=version, repository="r", build_id=f"v{version}-a")
    store.releases.publish(version=3, repository="other", build_id="v3-a")
    current = store.releases.current("r")
    assert current is not None
    assert current.name == "v2"
    assert store.releases.make_current("r", 1, by="alder", word=Word(at=now()))
    store.releases.publish(version=2, repository="r", build_id="v2-a")  # once more, after a crash
    assert [model.name for model in (store.releases.current("r"), store.releases.current()) if model] == ["v1", "v1"]
    assert store.releases.current("nobody's") is None
    store.releases.publish(version=4, repository="r", build_id="v4-a")
    assert [model.name for model in (store.releases.current("r"), store.releases.current()) if model] == ["v4", "v4"]


@pytest.mark.parametrize(
    ("first", "second", "current"),
    [
        (Word(at=at(1), comment=11), Word(at=at(2), comment=12), "v2"),
        (Word(at=at(2), comment=12), Word(at=at(1), comment=11), "v1"),
        (Word(at=at(1), comment=12), Word(at=at(1), comment=11), "v1"),
    ],
)
def test_of_two_rollbacks_the_later_written_counts_whichever_is_heard_of_first(
    store: Store, first: Word, second: Word, current: str
) -> None:
    for version in (1, 2, 3):
        store.releases.publish(version=version, repository="r", build_id=f"v{version}-a")
    with store.database.change() as connection:
        connection.execute("UPDATE current_models SET said_at = ?", (at(0),))
    assert store.releases.make_current("r", 1, by="alder", word=first)
    assert store.releases.make_current("r", 2, by="alder", word=second) is (current == "v2")
    found = store.releases.current("r")
    assert found is not None
    assert found.name == current


def test_a_rollback_that_was_written_before_a_release_was_published_does_not_undo_it(store: Store) -> None:
    for version in (1, 2):
        store.releases.publish(version=version, repository="r", build_id=f"v{version}-a")
    early = Word(at=stamp(datetime.now(UTC) - timedelta(minutes=1)), comment=11)
    assert not store.releases.make_current("r", 1, by="alder", word=early)


def test_the_version_that_was_made_current_last_is_current_of_all_whenever_that_was_written(store: Store) -> None:
    for version, repository in ((1, "r"), (2, "r"), (3, "other")):
        store.releases.publish(version=version, repository=repository, build_id=f"v{version}-a")
    with store.database.change() as connection:
        connection.execute("UPDATE current_models SET said_at = ? WHERE repository = 'r'", (at(0),))
    # Written before v3 was published, and heard of after that.
    assert store.releases.make_current("r", 1, by="alder", word=Word(at=at(1), comment=11))
    current = store.releases.current()
    assert current is not None
    assert current.name == "v1"


def test_a_refusal_is_forgotten_once_no_delivery_from_before_it_may_be_handled_again(store: Store) -> None:
    store.pulls.note_refusal("r", "5", "build", edition="first", reason="no")
    assert store.pulls.forget_refusals() == 0
    store.inbox.add(Delivery(guid="failed", event="push", body=b"{}"), lane="r#1")
    with store.database.change() as connection:
        connection.execute("UPDATE refused SET at = '2020-01-02T00:00:00.000Z'")
        connection.execute("UPDATE deliveries SET received_at = '2020-01-01T00:00:00.000Z'")
    assert store.pulls.forget_refusals() == 0
    item = store.inbox.take()
    assert item is not None
    store.inbox.fail(item, "no")
    assert store.pulls.forget_refusals() == 0
    store.letters.dismiss("failed")
    assert store.pulls.forget_refusals() == 1
    assert store.pulls.refusal("r", "5", "build", edition="first") is None


def test_a_refusal_is_known_of_one_edition_and_the_first_of_it_stays(store: Store) -> None:
    for reason in ("no", "never"):
        store.pulls.note_refusal("r", "5", "build", edition="first", reason=reason)
    asked = ("r", "5", "build")
    assert [store.pulls.refusal(*asked, edition=edition) for edition in ("first", "second")] == ["no", None]


def test_changes_within_a_change_are_kept_together_or_not_at_all(store: Store) -> None:
    def half() -> None:
        with store.database.change():
            store.holds.put("r", 1, Hold(login="tamsin", reason="", at=now()))
            store.pulls.note_obeyed("r", Obeyed(source="comment-1", words="hold"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert store.holds.get("r", 1) is None
    assert store.pulls.obeyed("r") == ()
    with store.database.change():
        store.holds.put("r", 1, Hold(login="tamsin", reason="", at=now()))
    assert store.holds.get("r", 1) is not None
