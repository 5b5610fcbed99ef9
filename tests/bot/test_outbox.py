"""What is sent to GitHub is sent once: answers that get lost, lists that lag behind, crashes, deletions by people."""

from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.apply import apply
from bot.context import Bot
from bot.effects import (
    AddLabels,
    CreateCheckRun,
    CreateComment,
    EditCheckRun,
    EditComment,
    React,
    RemoveLabel,
    State,
    comment_key,
    with_digest,
)
from bot.github_api import GitHubError, Repository
from bot.github_values import CheckRunBody, CheckRunView, CommentView, PullView
from bot.judge import Judge
from bot.look import look
from bot.plan import plan_check_runs, plan_comments, with_marker
from bot.settings import Budget, read_settings
from bot.settle import SECONDS, clear_away, put_on, settle_check_runs, settle_comments, settle_labels
from bot.store import LeaseLostError, Store, open_database, under
from bot.store.creations import SLOT, wait_for
from bot.store.database import stamp
from bot.store.fence import Lease
from tests.bot.test_plan import NOTE, RUN, SHA
from tests.fakes.scripted_github import KEY, PLACE, Answer, Script, github

HOME = f"/repos/{PLACE.repository}"
MARKER = "<!-- espalier:report -->"
REPORT = with_marker(MARKER, "all is well")
COMMENTS = f"{HOME}/issues/7/comments"
LOST: Answer = (502, {}, {"message": "Bad Gateway"})


def told(number: int, body: str = REPORT, *, login: str = "espalier[bot]") -> dict[str, object]:
    return {"id": number, "body": body, "user": {"login": login, "type": "Bot"}, "updated_at": "2026-11-01T00:00:00Z"}


def view(number: int, body: str = REPORT, *, mine: bool = True) -> CommentView:
    return CommentView(id=number, body=body, mine=mine)


@contextmanager
def bot(
    store: Store, folder: Path, script: Script, *, budget: Budget | None = None
) -> Iterator[tuple[Bot, Repository]]:
    settings = replace(
        read_settings({
            "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
            "ESPALIER_DATA_DIR": str(folder),
        }),
        budget=budget,
    )  # fmt: skip
    with github(script) as app:
        made = Bot(settings=settings, store=store, github=app, judge=Judge(processes=0), address="http://127.0.0.1:1")
        with app.repository(PLACE) as repository:
            yield made, repository


def later(made: Bot) -> None:
    """Let so much time pass that every write can be seen."""
    long_ago = stamp(datetime.now(UTC) - timedelta(seconds=SECONDS + 1))
    with made.store.database.change() as connection:
        connection.execute("UPDATE outbox SET at = ?", (long_ago,))


def wanted(
    made: Bot, repository: Repository, listed: tuple[CommentView, ...], text: str = REPORT
) -> tuple[object, ...]:
    """Plan the report as a handling does."""
    standing = settle_comments(made, repository, 7, listed)
    return plan_comments(standing, {MARKER: text}, made.store.outbox.of_pull(PLACE.repository, 7))


def test_a_comment_whose_answer_was_lost_is_found_and_not_written_again(store: Store, tmp_path: Path) -> None:
    script = Script(answers={("POST", COMMENTS): [LOST]})
    with bot(store, tmp_path, script) as (made, repository):
        with pytest.raises(GitHubError):
            apply(made, repository, 7, (CreateComment(body=REPORT),))
        assert wanted(made, repository, (view(5),)) == ()
        entry = made.store.outbox.of_pull(PLACE.repository, 7)[comment_key(REPORT)]
    assert (entry.state, entry.github_id) == (State.SENT, 5)
    assert script.count("POST", COMMENTS) == 1


def test_what_was_sent_a_moment_ago_and_is_not_seen_is_waited_for_and_then_written_again(
    store: Store, tmp_path: Path
) -> None:
    script = Script(answers={("POST", COMMENTS): [LOST]})
    with bot(store, tmp_path, script) as (made, repository):
        with pytest.raises(GitHubError):
            apply(made, repository, 7, (CreateComment(body=REPORT),))
        with pytest.raises(GitHubError, match="is not seen yet") as waits:
            wanted(made, repository, ())
        assert waits.value.wait
        later(made)
        assert wanted(made, repository, ()) == (CreateComment(body=REPORT),)


def test_a_comment_that_a_list_does_not_show_yet_is_asked_for_by_its_id(store: Store, tmp_path: Path) -> None:
    one = f"{HOME}/issues/comments/5"
    script = Script(answers={("POST", COMMENTS): [(201, {}, told(5))], ("GET", one): [(200, {}, told(5))]})
    with bot(store, tmp_path, script) as (made, repository):
        apply(made, repository, 7, (CreateComment(body=REPORT),))
        assert wanted(made, repository, ()) == ()


def test_a_comment_that_a_person_deleted_is_not_written_again_until_there_is_something_new_to_say(
    store: Store, tmp_path: Path
) -> None:
    script = Script(answers={("POST", COMMENTS): [(201, {}, told(5))]})
    with bot(store, tmp_path, script) as (made, repository):
        apply(made, repository, 7, (CreateComment(body=REPORT),))
        for _ in range(2):
            assert wanted(made, repository, ()) == ()  # its id is answered with 404
        assert wanted(made, repository, (), "news") == (CreateComment(body=with_marker(MARKER, "news")),)
    assert script.count("GET", f"{HOME}/issues/comments/5") == 1


def test_a_list_that_shows_what_stood_before_the_last_edit_does_not_undo_a_later_one(
    store: Store, tmp_path: Path
) -> None:
    script = Script(
        answers={
            ("POST", COMMENTS): [(201, {}, told(5))],
            ("PATCH", f"{HOME}/issues/comments/5"): [(200, {}, told(5))],
        }
    )
    news = with_marker(MARKER, "news")
    with bot(store, tmp_path, script) as (made, repository):
        apply(made, repository, 7, (CreateComment(body=REPORT),))
        apply(made, repository, 7, (EditComment(id=5, body=news),))
        assert wanted(made, repository, (view(5, REPORT),)) == (EditComment(id=5, body=REPORT),)
        assert wanted(made, repository, (view(5, news),), "news") == ()


def test_an_edit_of_a_comment_that_a_person_deleted_meanwhile_ends_quietly(store: Store, tmp_path: Path) -> None:
    with bot(store, tmp_path, Script(answers={("POST", COMMENTS): [(201, {}, told(5))]})) as (made, repository):
        apply(made, repository, 7, (CreateComment(body=REPORT),))
        apply(made, repository, 7, (EditComment(id=5, body=with_marker(MARKER, "news")),))
        assert wanted(made, repository, (), "news") == ()


def test_a_comment_with_our_marker_that_somebody_else_wrote_is_never_taken_for_ours(
    store: Store, tmp_path: Path
) -> None:
    script = Script(answers={("POST", COMMENTS): [LOST]})
    with bot(store, tmp_path, script) as (made, repository):
        with pytest.raises(GitHubError):
            apply(made, repository, 7, (CreateComment(body=REPORT),))
        later(made)
        assert wanted(made, repository, (view(3, mine=False),)) == (CreateComment(body=REPORT),)


def test_a_comment_is_reacted_to_once_and_again_when_it_was_edited(store: Store, tmp_path: Path) -> None:
    path = f"{HOME}/issues/comments/5/reactions"
    script = Script(answers={("POST", path): [(201, {}, {"id": 1}), (200, {}, {"id": 1})]})
    with bot(store, tmp_path, script) as (made, repository):
        for body in ("/espalier help", "/espalier help", "/espalier status"):
            apply(made, repository, 7, (React(comment_id=5, content="+1", body=body),))
    assert script.count("POST", path) == 2


def test_what_was_on_its_way_before_a_look_came_to_its_end_is_over(store: Store, tmp_path: Path) -> None:
    labels = f"{HOME}/issues/7/labels"
    script = Script(answers={("POST", labels): [LOST], ("POST", COMMENTS): [(201, {}, told(5))]})
    with bot(store, tmp_path, script) as (made, repository):
        apply(made, repository, 7, (CreateComment(body=REPORT),))
        with pytest.raises(GitHubError):
            apply(made, repository, 7, (AddLabels(names=("new",)),))
        clear_away(made, repository, 7)
        assert [entry.key for entry in made.store.outbox.of_pull(PLACE.repository, 7).values()] == [comment_key(REPORT)]


def test_a_refused_write_is_noted_with_its_reason_and_planned_anew(store: Store, tmp_path: Path) -> None:
    locked: Answer = (403, {}, {"message": "Unable to create comment because issue is locked."})
    with bot(store, tmp_path, Script(answers={("POST", COMMENTS): [locked]})) as (made, repository):
        with pytest.raises(GitHubError) as error:
            apply(made, repository, 7, (CreateComment(body=REPORT),))
        assert error.value.wait is None
        entry = made.store.outbox.of_pull(PLACE.repository, 7)[comment_key(REPORT)]
        assert entry.state is State.FAILED
        assert wanted(made, repository, ()) == (CreateComment(body=REPORT),)


def test_a_replica_that_comes_back_late_writes_nothing_to_github(store: Store, tmp_path: Path) -> None:
    script = Script()
    lost = Lease(name=f"{PLACE.repository}#7", epoch=1, holder="me", expires=0.0)
    with bot(store, tmp_path, script) as (made, repository):
        with under(lost), pytest.raises(LeaseLostError):
            apply(made, repository, 7, (CreateComment(body=REPORT),))
        assert made.store.outbox.of_pull(PLACE.repository, 7) == {}
    assert script.count("POST", COMMENTS) == 0


def seen(body: CheckRunBody, *, annotations: int, run_id: int = 3) -> CheckRunView:
    done = with_digest(body)
    return CheckRunView(
        id=run_id, name=done.name, external_id=done.external_id, status="in_progress", summary=done.summary,
        annotations=annotations,
    )  # fmt: skip


def test_a_check_run_that_was_cut_off_between_its_annotations_goes_on_with_those_that_lack(
    store: Store, tmp_path: Path
) -> None:
    notes = tuple(replace(NOTE, start_line=line, end_line=line) for line in range(1, 121))
    body = replace(RUN, annotations=notes)
    script = Script(answers={("POST", f"{HOME}/check-runs"): [LOST]})
    with bot(store, tmp_path, script) as (made, repository):
        with pytest.raises(GitHubError):
            apply(made, repository, 7, (CreateCheckRun(body=with_digest(body)),))
        with pytest.raises(GitHubError, match="is not seen yet"):
            settle_check_runs(made, repository, 7, {SHA: ()})
        runs, own = settle_check_runs(made, repository, 7, {SHA: (seen(body, annotations=50),)})
        (effect,) = plan_check_runs(runs, (body,), own)
    assert isinstance(effect, EditCheckRun)
    assert (effect.id, effect.body.annotations) == (3, notes[50:])


def test_a_check_run_that_a_list_does_not_show_is_asked_for_by_its_id_and_edited(store: Store, tmp_path: Path) -> None:
    run = with_digest(RUN)
    data = {
        "id": 3, "name": run.name, "external_id": "7", "status": "completed",
        "output": {"summary": run.summary, "annotations_count": 1},
    }  # fmt: skip
    script = Script(
        answers={("POST", f"{HOME}/check-runs"): [(201, {}, data)], ("GET", f"{HOME}/check-runs/3"): [(200, {}, data)]}
    )
    with bot(store, tmp_path, script) as (made, repository):
        apply(made, repository, 7, (CreateCheckRun(body=run),))
        runs, own = settle_check_runs(made, repository, 7, {SHA: ()})
        assert plan_check_runs(runs, (RUN,), own) == ()


def test_what_we_did_to_labels_a_moment_ago_is_known_though_a_read_does_not_show_it(
    store: Store, tmp_path: Path
) -> None:
    labels = f"{HOME}/issues/7/labels"
    script = Script(answers={("POST", labels): [(200, {}, [])], ("DELETE", f"{labels}/old"): [(200, {}, [])]})
    pull = PullView(
        number=7, title="", body="", author="june", state="open", base_ref="main", base_sha=SHA, head_sha=SHA,
        labels=("Old", "theirs"), url="", first_contribution=False, merged_at=None,
    )  # fmt: skip
    with bot(store, tmp_path, script) as (made, repository):
        apply(made, repository, 7, (AddLabels(names=("new",)), RemoveLabel(name="old")))
        assert settle_labels(made, repository, pull).labels == ("theirs", "new")
        assert put_on(made, repository, replace(pull, labels=("New", "old", "theirs"))) == {"New"}
        later(made)
        assert settle_labels(made, repository, pull).labels == ("Old", "theirs")


def test_a_pull_request_that_reads_as_older_than_the_news_of_it_is_read_again(store: Store, tmp_path: Path) -> None:
    side = {"ref": "main", "sha": SHA}
    pull = {
        "number": 7, "title": "t", "body": "", "state": "open", "merged_at": None, "user": {"login": "june"},
        "base": side, "head": side, "labels": [], "html_url": "", "author_association": "NONE", "review_comments": 0,
        "updated_at": "2026-11-01T12:00:00Z",
    }  # fmt: skip
    script = Script(answers={("GET", f"{HOME}/pulls/7"): [(200, {}, pull)]})
    news = datetime(2026, 11, 1, 12, 0, 1, tzinfo=UTC)
    with bot(store, tmp_path, script) as (made, repository), pytest.raises(GitHubError, match="before this") as waits:
        look(made, repository, PLACE, 7, as_of=news, fresh=True)
    assert waits.value.wait is not None


def test_a_budget_that_is_used_up_puts_the_delivery_back_and_keeps_no_thread(store: Store, tmp_path: Path) -> None:
    script = Script(answers={("POST", COMMENTS): [(201, {}, told(number)) for number in range(1, 9)]})
    with bot(store, tmp_path, script, budget=Budget(a_minute=2, an_hour=500)) as (made, repository):
        bodies = [with_marker(f"<!-- espalier:reply {number} -->", "so") for number in range(3)]
        with pytest.raises(GitHubError, match="as much as it may for now") as waits:
            apply(made, repository, 7, [CreateComment(body=body) for body in bodies])
        states = [entry.state for entry in made.store.outbox.of_pull(PLACE.repository, 7).values()]
    assert waits.value.wait is not None
    assert 0 < waits.value.wait <= 60 + SLOT
    assert sorted(states) == [State.PLANNED, State.SENT, State.SENT]
    assert script.count("POST", COMMENTS) == 2


def test_replicas_that_create_at_the_same_moment_keep_within_one_budget(database_url: str) -> None:
    first, second = (Store(open_database(database_url)) for _ in range(2))
    budget = Budget(a_minute=1, an_hour=500)
    with ThreadPoolExecutor(1) as threads:
        with first.database.change():
            assert first.creations.take(5, budget) == 0.0
            beside = threads.submit(second.creations.take, 5, budget)
            futures.wait([beside], timeout=0.5)  # it could be done by now if it did not wait for us
        assert beside.result() > 0.0
    assert second.creations.left(budget) == {"5": 0}
    for store in (first, second):
        store.close()


def test_who_created_nothing_lately_is_not_told_of(store: Store) -> None:
    budget = Budget(a_minute=2, an_hour=500)
    assert store.creations.take(5, budget) == 0.0
    assert store.creations.left(budget) == {"5": 1}
    with store.database.change() as connection:
        connection.execute("UPDATE creations SET slot = slot - 1000 WHERE made > 0")
    assert store.creations.left(budget) == {}
    assert store.creations.take(5, budget) == 0.0
    assert store.creations.left(budget) == {"5": 1}


@pytest.mark.parametrize(
    ("made", "wait"),
    [((), 0.0), (((100, 79),), 0.0), (((100, 80),), 70.0), (((95, 40), (100, 40)), 20.0), (((90, 80),), 0.0)],
)
def test_a_wait_ends_when_enough_of_what_was_made_lies_a_minute_back(
    made: tuple[tuple[int, int], ...], wait: float
) -> None:
    assert wait_for(made, now=1000.0, within=60, most=80) == wait


def test_writes_that_stopped_half_way_are_found_and_old_ones_forgotten(store: Store, tmp_path: Path) -> None:
    script = Script(answers={("POST", COMMENTS): [LOST]})
    with bot(store, tmp_path, script) as (made, repository):
        with pytest.raises(GitHubError):
            apply(made, repository, 7, (CreateComment(body=REPORT),))
        assert made.store.outbox.unfinished(before=stamp(datetime.now(UTC) - timedelta(minutes=1))) == ()
        assert made.store.outbox.unfinished(before="9999")[0][:2] == (PLACE.repository, 7)
        assert made.store.outbox.prune() == 0
        with made.store.database.change() as connection:
            connection.execute("UPDATE outbox SET at = '2020'")
        assert made.store.outbox.prune() == 1
