"""What is handled twice, by a crash before its answer, is done once; and permission is read for each command."""

import json
import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.command import Role
from bot.comment import Invocation
from bot.conditions import require_build
from bot.context import Bot
from bot.events import ButtonPressed, CommentWritten
from bot.facts import LeafFiles
from bot.github_api import Repository
from bot.known import known_for
from bot.labels import label_name
from bot.look import recall, remember
from bot.obey import obey
from bot.orders import Order, from_comment
from bot.present import WAIVE
from bot.press import press
from bot.quota import Amount
from bot.records import Cancel, VoteKind, Word
from bot.releases import mend_current, publish
from bot.report_status import BuildState
from bot.steps import RollBack, StartBuild
from bot.store import Store
from bot.store.database import stamp
from bot.take import take
from bot.verdict import Labels, Situation
from schemas.config import Config, QuotasPolicy, TeamsPolicy
from schemas.errors import UserError
from schemas.job import BuildKind
from tests.bot.results import job as release_of
from tests.bot.results import result
from tests.bot.test_supervisor import HOME, build, running
from tests.bot.test_verdict import CALM, FACTS, FILE, HEAD, PULL
from tests.fakes.scripted_github import PLACE, Answer, Script, github

REPOSITORY = {"full_name": PLACE.repository, "default_branch": "main", "clone_url": "https://x.test/taxonomy.git"}
SEEN = "2026-11-28T10:00:00.000Z"
LEAF = LeafFiles(folder="knowledge/quay", qna=FILE, attribution=None)


def permitted(role: str) -> Answer:
    return (200, {}, {"permission": "read", "role_name": role, "user": None})


def script(login: str, *roles: str) -> Script:
    return Script(
        answers={
            ("GET", HOME): [(200, {}, REPOSITORY)] * 9,
            ("GET", f"{HOME}/collaborators/{login}/permission"): [permitted(role) for role in roles],
        }
    )


def ordered(login: str, *words: str) -> Order:
    invocations = tuple(
        Invocation(name=name, arguments=tuple(rest)) for name, *rest in (text.split() for text in words)
    )  # fmt: skip
    return Order(
        login=login, written_at=datetime.now(UTC), invocations=invocations, source="review-5",
        edition=secrets.token_hex(4),
    )  # fmt: skip


def situation(bot: Bot, *, config: Config | None = None) -> Situation:
    bot.store.pulls.see_head(PLACE.repository, 7, PLACE.installation, head_sha=HEAD, at=SEEN)
    return recall(bot, replace(CALM, facts=replace(FACTS, config=config or Config())))


def test_a_command_that_is_handled_again_has_one_effect_and_the_same_answer(store: Store, tmp_path: Path) -> None:
    asked = script("alder", *["admin"] * 2)
    asked.answers["GET", "/users/june"] = [(200, {}, {"login": "june", "type": "User"})]
    with github(asked) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        order = ordered("alder", "allow june 2 60", "hold We ask.")
        first, second = (obey(bot, repository, PLACE, situation(bot), order) for _ in range(2))
    assert first.replies == second.replies
    assert store.quotas.allowed(PLACE.repository, since=SEEN) == {"june": Amount(builds=2, gpu_minutes=60)}
    hold = store.holds.get(PLACE.repository, 7)
    assert hold is not None
    assert (hold.login, hold.reason) == ("alder", "We ask.")
    assert second.situation.hold == hold


def test_all_refusals_of_one_order_stand_in_one_reply_with_a_line_for_each(store: Store, tmp_path: Path) -> None:
    words = ("allow june", "approve", "aprove `@everyone`", "hold We ask.", "release", "help")
    with github(script("tamsin", *["read"] * 13)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        first, second = (obey(bot, repository, PLACE, situation(bot), ordered("tamsin", *words)) for _ in range(2))
        other = obey(bot, repository, PLACE, situation(bot), ordered("tamsin", "approve"))
        again = obey(bot, repository, PLACE, situation(bot), ordered("tamsin", "approve", "release"))
    assert first.replies == second.replies
    helped, refused = first.replies.values()
    assert "| `/espalier approve [SHA]` |" in helped
    assert refused.splitlines() == [
        "@tamsin",
        f"- `/espalier allow june`: `/espalier allow` is for {Role.APPROVER.people}.",
        f"- `/espalier approve`: `/espalier approve` is for {Role.TRIAGER.people}.",
        "- `` /espalier aprove `@everyone` ``: There is no such command; did you mean `/espalier approve`?",
        f"- `/espalier hold We ask.`: `/espalier hold` is for {Role.TRIAGER.people}.",
        f"- `/espalier release`: `/espalier release` is for {Role.APPROVER.people}.",
    ]
    (alone,) = other.replies.values()
    assert alone == f"@tamsin `/espalier approve` is for {Role.TRIAGER.people}."
    # An edit that adds commands is answered by itself: what stood there before it is not lost.
    assert len({*first.replies, *other.replies, *again.replies}) == 4


def test_commands_beyond_the_tenth_are_refused_and_the_same_answer_is_given_once(store: Store, tmp_path: Path) -> None:
    words = ("help", "help me", *(f"explain {number}" for number in range(8)), "hold We ask.")
    with github(script("alder", *["admin"] * 10)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        obeyed = obey(bot, repository, PLACE, situation(bot), ordered("alder", *words))
    helped, refused = obeyed.replies.values()
    assert "| `/espalier approve [SHA]` |" in helped
    assert refused.splitlines()[-1] == (
        "- `/espalier hold We ask.`: I take 10 commands at once; write this one, and what follows, in another comment."
    )
    assert store.holds.get(PLACE.repository, 7) is None


@pytest.mark.parametrize("login", ["jnue", "renovate[bot]"])
def test_nothing_is_allowed_to_a_login_that_nobody_has(store: Store, tmp_path: Path, login: str) -> None:
    with github(script("alder", "admin")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        order = ordered("alder", f"allow {login} 2 60")
        (refusal,) = obey(bot, repository, PLACE, situation(bot), order).replies.values()
    assert f"GitHub knows no account `{login}`, so nothing was allowed." in refusal
    assert "`/espalier allow june`" in refusal
    assert len(refusal.splitlines()) == 1
    assert store.quotas.allowed(PLACE.repository, since=SEEN) == {}
    assert store.pulls.obeyed(PLACE.repository) == ()


def test_permission_is_read_when_the_command_runs(store: Store, tmp_path: Path) -> None:
    with github(script("tamsin", "triage", "read")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        taken = obey(bot, repository, PLACE, situation(bot), ordered("tamsin", "approve"))
        late = obey(bot, repository, PLACE, situation(bot), ordered("tamsin", "uncertain"))
    assert [vote.kind for vote in taken.situation.votes] == [VoteKind.APPROVE]
    assert [vote.kind for vote in late.situation.votes] == [VoteKind.APPROVE]
    (refusal,) = late.replies.values()
    assert "is for triagers" in refusal


def test_an_empty_list_of_the_policy_lets_nobody_in_and_a_login_in_it_does(store: Store, tmp_path: Path) -> None:
    teams = {"nobody": TeamsPolicy(triagers=()), "tamsin": TeamsPolicy(triagers=("Tamsin",))}
    with github(script("tamsin", *["read"] * 2)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        out = obey(
            bot, repository, PLACE, situation(bot, config=Config(teams=teams["nobody"])), ordered("tamsin", "uncertain")
        )
        let_in = obey(
            bot, repository, PLACE, situation(bot, config=Config(teams=teams["tamsin"])), ordered("tamsin", "uncertain")
        )
    assert out.situation.votes == ()
    assert [vote.kind for vote in let_in.situation.votes] == [VoteKind.UNCERTAIN]


def test_words_on_a_hold_are_taken_in_the_order_they_were_written(store: Store, tmp_path: Path) -> None:
    early, late = datetime(2026, 11, 28, 11, tzinfo=UTC), datetime(2026, 11, 28, 12, tzinfo=UTC)
    with github(script("tamsin", *["triage"] * 4)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)

        def give(words: str, written_at: datetime, comment: str) -> str:
            order = replace(ordered("tamsin", words), written_at=written_at, source=f"review-{comment}")
            return "".join(obey(bot, repository, PLACE, situation(bot), order).replies.values())

        assert "is not on hold." in give("unhold", late, "2")
        assert "this pull request is not on hold. Write it once more" in give("hold", early, "1")
        assert store.holds.get(PLACE.repository, 7) is None
        assert give("hold", late, "4") == ""
        assert "this pull request stays on hold" in give("unhold", early, "3")
    assert store.holds.get(PLACE.repository, 7) is not None


def given(bot: Bot, repository: Repository, login: str, words: str, written_at: datetime) -> str:
    """Obey an order of its own on what may be built; give the answer."""
    found = situation(bot)
    found = recall(bot, replace(found, facts=replace(found.facts, leaves=(LEAF,))))
    source = f"review-{login}-{words}-{written_at:%M%S}"
    order = replace(ordered(login, words), written_at=written_at, source=source)
    return "".join(obey(bot, repository, PLACE, found, order).replies.values())


def kinds(store: Store) -> list[tuple[BuildKind, bool]]:
    return [(build.job.kind, build.stop_reason is not None) for build in store.builds.queue()]


EARLY, MIDDLE, LATE = (datetime(2026, 11, 28, 11, minute, tzinfo=UTC) for minute in (1, 2, 3))


def test_an_order_that_is_heard_of_after_the_cancel_that_followed_it_starts_nothing(
    store: Store, tmp_path: Path
) -> None:
    with github(script("tamsin", *["triage"] * 4)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        assert "No build of this pull request waits or runs." in given(bot, repository, "tamsin", "cancel", MIDDLE)
        assert "were cancelled after you wrote" in given(bot, repository, "tamsin", "generate", EARLY)
        assert kinds(store) == []
        given(bot, repository, "tamsin", "generate", LATE)
    assert kinds(store) == [(BuildKind.GENERATE, False)]


def test_a_cancel_that_is_heard_of_after_a_later_order_stops_what_was_ordered_before_it_alone(
    store: Store, tmp_path: Path
) -> None:
    with github(script("tamsin", *["triage"] * 4)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        given(bot, repository, "tamsin", "precheck", EARLY)
        given(bot, repository, "tamsin", "generate", LATE)
        assert "it goes on: [`pr7-generate-" in given(bot, repository, "tamsin", "cancel", MIDDLE)
        assert kinds(store) == [(BuildKind.PRECHECK, True), (BuildKind.GENERATE, False)]
        given(bot, repository, "tamsin", "cancel", LATE)
    assert kinds(store) == [(BuildKind.PRECHECK, True), (BuildKind.GENERATE, True)]


def test_who_is_no_triager_calls_off_nothing_but_their_own_orders(store: Store, tmp_path: Path) -> None:
    asked = script("tamsin", *["triage"] * 2)
    asked.answers["GET", f"{HOME}/collaborators/june/permission"] = [permitted("read")] * 2
    with github(asked) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        assert "is for whoever started the build" in given(bot, repository, "june", "cancel", LATE)
        assert store.cancels.of(PLACE.repository, 7) == ()
        store.builds.add(replace(build(), asked_by="june"))
        store.builds.end("pr7-a", BuildState.FAILED, reason="no", result=None)
        assert "No build of this pull request waits" in given(bot, repository, "june", "cancel", LATE)
        given(bot, repository, "tamsin", "generate", EARLY)
    assert store.cancels.of(PLACE.repository, 7) == (Cancel(whose="june", at=stamp(LATE)),)
    assert kinds(store) == [(BuildKind.GENERATE, False)]


def test_an_order_that_was_refused_is_refused_when_it_is_handled_again_and_taken_when_it_is_written_again(
    store: Store, tmp_path: Path
) -> None:
    with github(script("tamsin", "read", *["triage"] * 3)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        order = replace(ordered("tamsin", "hold We ask."), edition="11:00")
        first, again = (obey(bot, repository, PLACE, situation(bot), order) for _ in range(2))
        assert first.replies == again.replies
        assert "is for triagers" in "".join(again.replies.values())
        assert store.holds.get(PLACE.repository, 7) is None
        obey(bot, repository, PLACE, situation(bot), replace(order, edition="11:05"))
    assert store.holds.get(PLACE.repository, 7) is not None


def test_the_same_words_twice_in_one_order_are_refused_and_taken_apart(store: Store, tmp_path: Path) -> None:
    with github(script("tamsin", "read", "triage", "triage")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        order = replace(ordered("tamsin", "hold", "hold"), edition="11:00")
        first, again = (obey(bot, repository, PLACE, situation(bot), order) for _ in range(2))
    assert first.replies == again.replies
    assert "is for triagers" in "".join(first.replies.values())
    assert store.holds.get(PLACE.repository, 7) is not None


def test_a_command_of_any_length_is_remembered(store: Store, tmp_path: Path) -> None:
    reason = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in range(9_000))
    with github(script("tamsin", "read", "triage")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        for edition in ("refused", "taken", "taken"):
            order = replace(ordered("tamsin", f"hold {reason}"), edition=edition)
            obey(bot, repository, PLACE, situation(bot), order)
    hold = store.holds.get(PLACE.repository, 7)
    assert hold is not None
    assert hold.reason == reason


def test_an_approval_that_was_written_before_a_close_is_refused_after_it(store: Store, tmp_path: Path) -> None:
    closed_at = datetime(2026, 11, 28, 11, tzinfo=UTC)
    with github(script("tamsin", *["triage"] * 2)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        store.grounds.fall(PLACE.repository, 7, at=stamp(closed_at))
        before, after = (
            obey(bot, repository, PLACE, situation(bot), replace(ordered("tamsin", words), written_at=written_at))
            for words, written_at in (
                (f"approve {HEAD}", closed_at),
                ("approve", closed_at + timedelta(seconds=1)),
            )
        )
    assert before.situation.votes == ()
    assert "was closed, or given another base branch" in "".join(before.replies.values())
    assert [vote.kind for vote in after.situation.votes] == [VoteKind.APPROVE]


def test_half_a_command_is_not_kept(store: Store, tmp_path: Path) -> None:
    """A rollback whose files are gone is refused, and nothing of it is remembered."""
    for version in (1, 2):
        store.releases.publish(version=version, repository=PLACE.repository, build_id=f"v{version}-a")
    with github(script("alder", "admin")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        (refusal,) = obey(bot, repository, PLACE, situation(bot), ordered("alder", "rollback v1")).replies.values()
    assert "no longer among the artifacts" in refusal
    current = store.releases.current(PLACE.repository)
    assert current is not None
    assert current.name == "v2"
    assert store.pulls.obeyed(PLACE.repository) == ()


def published(bot: Bot, *versions: int) -> None:
    """Publish versions, with their files."""
    for version in versions:
        asked = replace(release_of(kind=BuildKind.RELEASE), id=f"v{version}-a", version=f"v{version}")
        (bot.settings.artifacts / "builds" / asked.id / "model").mkdir(parents=True)
        made = replace(build(asked.id), job=replace(asked, repository=PLACE.repository))
        assert publish(bot, made, result())


def shown(bot: Bot) -> str:
    """Give the version that current.json names."""
    return str(json.loads((bot.settings.artifacts / "models" / "current.json").read_text())["version"])


def test_a_rollback_that_is_not_kept_is_not_shown_and_one_that_is_kept_is_decided_on_by_one_alone(
    store: Store, tmp_path: Path
) -> None:
    with github(script("alder", "admin")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        published(bot, 1, 2)
        found = situation(bot, config=Config(quotas=QuotasPolicy(author_builds=0)))
        order = ordered("alder", "rollback v1")
        half = (RollBack(version="v1"), StartBuild(kind=BuildKind.GENERATE))
        with pytest.raises(UserError, match="has used 0 of 0 builds"):
            take(bot, repository, PLACE, found, order, order.invocations[0], half, answer="")
        assert shown(bot) == "v2"
        decisions = "SELECT epoch FROM leases WHERE name = 'ordering'"
        before = store.database.rows(decisions)[0]["epoch"]
        obey(bot, repository, PLACE, situation(bot), order)
    assert shown(bot) == "v1"
    assert store.database.rows(decisions)[0]["epoch"] == before + 1


def test_a_current_version_that_cannot_be_shown_is_shown_later(store: Store, tmp_path: Path) -> None:
    with github(script("alder", "admin")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        published(bot, 1, 2)
        file = bot.settings.artifacts / "models" / "current.json"
        file.unlink()
        file.mkdir()
        obey(bot, repository, PLACE, situation(bot), ordered("alder", "rollback v1"))
        file.rmdir()
        mend_current(bot)
    assert shown(bot) == "v1"


def test_a_press_that_is_handled_late_counts_from_when_it_came_and_stays_refused(store: Store, tmp_path: Path) -> None:
    pressed = ButtonPressed(
        place=PLACE, number=7, head_sha="", button="rollback", login="alder", about="v2", press="rollback-v2"
    )
    with github(script("alder", *["admin"] * 2)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        published(bot, 1, 2)
        ahead = [stamp(datetime.now(UTC) + timedelta(minutes=minutes)) for minutes in (1, 2)]
        assert store.releases.make_current(PLACE.repository, 1, by="oskar", word=Word(at=ahead[1], comment=11))
        late = press(bot, repository, situation(bot), pressed, received_at=ahead[0])
        assert "chosen or published after you wrote" in "".join(late.replies.values())
        assert store.pulls.obeyed(PLACE.repository) == ()


def test_a_press_on_a_check_run_that_was_refused_stays_so_and_another_press_counts(
    store: Store, tmp_path: Path
) -> None:
    pressed = ButtonPressed(place=PLACE, number=7, head_sha=HEAD, button=WAIVE.identifier, login="tamsin")
    with github(script("tamsin", "triage", *["admin"] * 2)) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        first, again = (press(bot, repository, situation(bot), pressed, received_at=SEEN) for _ in range(2))
        assert first.replies == again.replies
        assert "is for approvers" in "".join(again.replies.values())
        other = press(bot, repository, situation(bot), pressed, received_at=stamp(EARLY))
    assert "is for approvers" not in "".join(other.replies.values())


def test_a_review_that_was_edited_is_another_edition_though_its_time_is_the_same() -> None:
    written = CommentWritten(
        place=PLACE, number=7, comment_id=5, author="tamsin", author_is_bot=False, body="/espalier hold",
        previous="", written_at=EARLY, review=True,
    )  # fmt: skip
    editions = {from_comment(replace(written, body=body), ()).edition for body in (written.body, "/espalier unhold")}
    assert len(editions) == 2
    assert from_comment(written, ()).edition in editions


def test_the_label_of_a_hold_is_named_by_the_policy() -> None:
    assert label_name("on-hold", Config(labels={"on-hold": "parked"})) == "parked"


def test_two_pull_requests_that_ask_at_the_same_time_do_not_both_get_the_last_build(
    store: Store, tmp_path: Path
) -> None:
    config = Config(quotas=QuotasPolicy(author_builds=1))
    with github(script("tamsin")) as app, app.repository(PLACE) as repository:
        bot = running(store, tmp_path, app)
        asked = []
        for number in (7, 8):
            facts = replace(FACTS, number=number, leaves=(LEAF,), config=config)
            found = recall(bot, replace(CALM, pull=replace(PULL, number=number), facts=facts))
            remember(bot, PLACE, found, Labels(wanted=frozenset(), unwanted=frozenset()))
            order = replace(ordered("tamsin", "generate"), source=f"review-{number}")
            # Both see that there is a build left, before either has queued anything.
            require_build(known_for(bot, found, order, (), Role.TRIAGER), BuildKind.GENERATE)
            asked.append((found, order))
        first, second = (
            (repository, PLACE, found, order, order.invocations[0], (StartBuild(kind=BuildKind.GENERATE),))
            for found, order in asked
        )
        take(bot, *first, answer="")
        with pytest.raises(UserError, match="`june` has used 1 of 1 builds"):
            take(bot, *second, answer="")
    assert [[part.number for part in build.job.pull_requests] for build in store.builds.queue()] == [[7]]
    assert [done.source for done in store.pulls.obeyed(PLACE.repository)] == ["review-7"]
