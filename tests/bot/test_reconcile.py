"""What no webhook told of is found: after an outage everything stands as if there had been none, and nobody helped."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot.events import CommentWritten, Place, PullChanged, parse
from bot.github_api import GitHubApp
from bot.github_values import HookDelivery, ListedComment, ListedPull
from bot.reconcile import missed_comments, missed_pulls, missed_webhooks, news_of_comment, news_of_pull
from bot.records import Pull as Row
from bot.settings import read_settings
from tests.bot.world import ADMIN, ATTRIBUTION, Pull, World, forge_server, wait, world
from tests.fakes.jobs_api import jobs_api
from tests.fakes.relay import STRAIGHT, Way

PLACE = Place(repository="orchard/taxonomy", installation=5)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SHA, OTHER = "a" * 40, "b" * 40


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, engine: dict[str, str]) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    settings = {"ESPALIER_RECONCILE_MINUTES": "0.03", **engine}
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, settings=settings, relayed=True) as made,
    ):
        yield made


def leaf(word: str = "lantern", *, examples: int = 5) -> dict[str, str]:
    """Give a leaf that repeats no other."""
    folder = f"compositional_skills/greetings/{word}"
    rows = "".join(
        f"  - question: What does the {word} say to {number}?\n    answer: The {word} says {word * (number + 1)}.\n"
        for number in range(examples)
    )
    text = f"version: 3\ntask_description: Speak as a {word} does\ncreated_by: june\nseed_examples:\n{rows}"
    return {f"{folder}/qna.yaml": text, f"{folder}/attribution.txt": ATTRIBUTION}


def rounds(here: World) -> int:
    return here.bot.log.read_text(encoding="utf-8").count("reconciliation: ")


def after_a_round(here: World) -> None:
    """Wait for a whole round that begins from now on."""
    seen = rounds(here)
    wait(lambda: rounds(here) >= seen + 2, what="two rounds")


@pytest.mark.parametrize("lost", ["the webhooks failed", "the webhooks were lost"])
def test_after_an_outage_everything_stands_as_if_there_had_been_none(here: World, lost: str) -> None:
    assert here.relay is not None
    taxonomy = here.repository(policy="build:\n  quiet_minutes: 0\n")
    pushed = taxonomy.open_pull(leaf("beacon", examples=2), branch="pushed")
    voted, merged = (taxonomy.open_pull(leaf(name), branch=name) for name in ("harbour", "rudder"))
    for pull, conclusion in ((pushed, "failure"), (voted, "success"), (merged, "success")):
        wait(lambda pull=pull, conclusion=conclusion: pull.conclusion() == conclusion, what="the first look")  # type: ignore[misc] # bound
    after_a_round(here)

    if lost == "the webhooks failed":
        here.bot.end()
    else:
        here.relay.way = Way(lost=1.0)
    pushed.push(leaf("beacon"))
    opened = taxonomy.open_pull(leaf("anchor"), branch="late")
    closed = taxonomy.open_pull(leaf("compass"), branch="gone")
    here.contributor.ask("PATCH", f"{taxonomy.path}/pulls/{closed.number}", state="closed")
    voted.comment("/espalier approve")
    merged.merge()
    if lost == "the webhooks failed":
        here.bot.start()

    wait(lambda: pushed.labels() == {"skill", "triage-follow-up"}, what="the labels of the pushed one")
    wait(lambda: opened.conclusion() == "success", what="the new one's check run")
    wait(lambda: "triage-approved" in voted.labels(), what="the approval")
    wait(lambda: len(release_builds(here, taxonomy.name)) == 1, what="the release of the merged one")
    here.relay.way = STRAIGHT
    after_a_round(here)
    after_a_round(here)
    for pull in (pushed, voted, merged, opened):
        assert len(pull.comments("<!-- espalier:report -->")) == 1
        assert len(pull.check_runs("espalier / triage")) == 1
    assert len(release_builds(here, taxonomy.name)) == 1


def release_builds(here: World, name: str) -> list[Path]:
    jobs = (here.artifacts / "builds").glob("v*/job.json")
    return [path for path in jobs if f"orchard/{name}" in path.read_text(encoding="utf-8")]


def test_a_command_that_was_heard_is_not_heard_again(here: World) -> None:
    pull = here.repository().open_pull(leaf())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier aprove")
    wait(lambda: pull.comments("did you mean"), what="the hint")
    before = effects(here, pull)
    after_a_round(here)
    after_a_round(here)
    assert effects(here, pull) == before


def effects(here: World, pull: Pull) -> list[object]:
    """Give what the forge did for the bot in this pull request's repository."""
    return [done for done in here.forge.faults.done if done[1].startswith(pull.repository.path)]


def test_what_fails_in_one_repository_stops_no_other(here: World) -> None:
    assert here.relay is not None
    gone, other = here.repository(), here.repository()
    gone.open_pull(leaf())
    here.owner.ask("DELETE", gone.path)
    after_a_round(here)
    here.relay.way = Way(lost=1.0)
    pull = other.open_pull(leaf())
    wait(lambda: pull.conclusion() == "success", what="the check run")
    here.relay.way = STRAIGHT


def test_an_old_webhook_that_arrives_late_takes_nothing_from_the_head_of_today(here: World) -> None:
    assert here.relay is not None
    pull = here.repository().open_pull(leaf())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    here.relay.met.clear()
    here.relay.way = Way(lost=1.0)
    pull.push(leaf("beacon"))
    wait(lambda: len(here.relay.met) > 0, what="the webhooks to be lost")
    time.sleep(0.5)  # there are several
    here.relay.way = STRAIGHT
    pull.push(leaf("rudder"))
    wait(lambda: pull.conclusion() == "success", what="the check run of the new head")

    app = GitHubApp(read_settings(here.bot.environment))
    attempts = app.hook_deliveries(since=datetime.now(UTC) - timedelta(minutes=1))
    with here.store() as store:
        late = [attempt for attempt in attempts if not store.inbox.knows(attempt.guid)]
        for attempt in late:
            app.redeliver(attempt.id)
        wait(lambda: all(store.inbox.knows(attempt.guid) for attempt in late), what="the late webhooks")
    app.close()
    assert late
    pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")


def test_a_build_that_nobody_remembers_leaves_no_check_run_in_progress(here: World) -> None:
    file = here.artifacts.parent / "bot" / "espalier.sqlite3"
    if not file.exists():
        pytest.skip("the database is on a server, and is not lost with a disk of the bot's")
    pull = here.repository().open_pull(leaf())
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    wait(lambda: pull.check_runs("espalier / build"), what="the build's check run")
    here.bot.end()
    here.cluster.behaviour = "succeed"
    file.unlink()  # a disk was lost
    here.bot.start()
    wait(lambda: pull.conclusion("espalier / build") == "cancelled", what="the end of the check run")
    assert len(pull.comments("<!-- espalier:report -->")) == 1


def test_a_suspended_installation_waits_quietly_and_is_caught_up_with(here: World) -> None:
    assert here.relay is not None
    taxonomy = here.repository()
    suspend(here, suspended=True)
    pull = taxonomy.open_pull(leaf())
    after_a_round(here)
    assert pull.conclusion() is None
    suspend(here, suspended=False)
    wait(lambda: pull.conclusion() == "success", what="the check run")


def suspend(here: World, *, suspended: bool) -> None:
    """Suspend the one installation of the App, or let it work again."""
    app = GitHubApp(read_settings(here.bot.environment))
    (installation,) = app.installations()
    app.close()
    assert installation.suspended is not suspended
    headers = {"Authorization": f"Bearer {ADMIN}"}
    path = f"{here.forge.address}/_forge/installations/{installation.id}"
    httpx.patch(path, json={"suspended": suspended}, headers=headers, trust_env=False).raise_for_status()


def listed(number: int = 7, *, state: str = "open", head_sha: str = SHA, at: datetime = NOON) -> ListedPull:
    return ListedPull(number=number, state=state, head_sha=head_sha, updated_at=at)


def row(*, state: str = "open", head_sha: str = SHA) -> Row:
    return Row(
        repository=PLACE.repository, number=7, installation=5, title="", author="", state=state, head_sha=head_sha,
        head_seen_at="", triage=None, labels=(), own_labels=(), url="", updated_at="",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pull", "known", "is_news"),
    [
        (listed(), None, True),
        (listed(), row(), False),
        (listed(head_sha=OTHER), row(), True),
        (listed(state="closed"), row(), True),
        (listed(state="merged"), row(), True),
        (listed(), row(state="closed"), True),
        (listed(state="merged"), None, True),
        (listed(state="closed"), None, False),
        (listed(at=NOON + timedelta(minutes=2)), None, False),
    ],
)
def test_a_pull_request_is_news_where_it_stands_otherwise_than_we_remember(
    pull: ListedPull, known: Row | None, *, is_news: bool
) -> None:
    remembered = {} if known is None else {7: known}
    found = missed_pulls((pull,), remembered, before=NOON + timedelta(minutes=1))
    assert found == ((pull,) if is_news else ())


def written(
    comment: int, body: str = "/espalier approve", *, edited: bool = False, by_bot: bool = False
) -> ListedComment:
    return ListedComment(
        number=7, on_pull=True, id=comment, author="tamsin", by_bot=by_bot, body=body, edited=edited, updated_at=NOON
    )


def test_only_unheard_commands_of_people_are_news_and_an_edit_by_nobody_knows_whom_is_none() -> None:
    comments = (
        written(1), written(2), written(3, "fine"), written(4, edited=True), written(5, by_bot=True),
    )  # fmt: skip
    found = missed_comments(comments, {2}, app="espalier", before=NOON + timedelta(seconds=1))
    assert [comment.id for comment in found] == [1]
    assert missed_comments(comments, {2}, app="espalier", before=NOON) == ()


def test_missed_news_is_read_as_the_webhook_would_have_been() -> None:
    event = parse(news_of_pull(PLACE, listed()))
    assert event == PullChanged(place=PLACE, number=7, action="missed", head_sha=SHA, as_of=NOON)
    heard = parse(news_of_comment(PLACE, written(1)))
    assert isinstance(heard, CommentWritten)
    assert (heard.author, heard.body, heard.previous, heard.author_is_bot) == ("tamsin", "/espalier approve", "", False)


def test_the_same_news_is_one_delivery_and_other_news_another() -> None:
    guids = {news_of_pull(PLACE, pull).guid for pull in (listed(), listed(), listed(head_sha=OTHER))}
    assert len(guids) == 2
    assert all(len(guid) <= 64 for guid in guids)


def attempt(number: int, guid: str, status: int = 502, *, at: datetime = NOON) -> HookDelivery:
    return HookDelivery(id=number, guid=guid, status_code=status, delivered_at=at)


def test_a_webhook_is_asked_for_again_until_it_arrived_or_was_refused_too_often() -> None:
    attempts = (
        attempt(9, "young", at=NOON + timedelta(hours=1)),
        attempt(8, "twice"), attempt(2, "twice"),
        attempt(7, "thrice"), attempt(6, "thrice"), attempt(5, "thrice"),
        attempt(4, "arrived", 202), attempt(1, "arrived"),
        attempt(3, "kept"),
    )  # fmt: skip
    assert missed_webhooks(attempts, {"kept"}, before=NOON + timedelta(minutes=1)) == (2,)
