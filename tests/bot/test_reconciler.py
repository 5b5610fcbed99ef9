"""A round of reconciliation goes on past whatever fails, and takes no dead letter for news."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.context import Bot
from bot.github_api import GitHubApp
from bot.judge import Judge
from bot.published import publish_model
from bot.reconcile import news_of_pull
from bot.reconciler import Reconciler
from bot.records import Pull
from bot.settings import read_settings
from bot.store import Store
from schemas.job import BuildKind
from tests.bot.results import job, result
from tests.bot.test_reconcile import listed
from tests.fakes.scripted_github import KEY, PLACE, Answer, Script, github

HOOKS = "/app/hook/deliveries?per_page=100"
MORE_HOOKS = "/app/hook/deliveries?cursor=v1_2&per_page=100"
PULLS = "/repos/orchard/taxonomy/pulls?direction=desc&per_page=100&sort=updated&state=open"
NEWEST = "/repos/orchard/taxonomy/pulls?direction=desc&per_page=1&sort=updated&state=closed"
CLOSED = "/repos/orchard/taxonomy/pulls?direction=desc&per_page=100&sort=updated&state=closed"
SHA = "a" * 40
NOON = "2026-11-01T12:00:00Z"
PULL = {
    "number": 7, "state": "open", "merged_at": None, "updated_at": NOON, "created_at": NOON, "head": {"sha": SHA},
}  # fmt: skip
REFUSED: Answer = (404, {}, {"message": "Not Found"})


def attempt(number: int, guid: str, status: int = 502) -> dict[str, object]:
    return {"id": number, "guid": guid, "status_code": status, "delivered_at": "2999-01-01T00:00:00Z"}


def old(number: int, guid: str) -> dict[str, object]:
    """Give an attempt that lies back far enough to count, and not too far to be repeated."""
    at = (datetime.now(UTC) - timedelta(hours=20)).isoformat()
    return {**attempt(number, guid), "delivered_at": at}


def a_round(store: Store, folder: Path, script: Script, *, suspended: bool = True) -> int:
    """Make a round, where a second installation may be suspended, and give what it counted."""
    installations = [{"id": PLACE.installation, "suspended_at": None}]
    script.answers[("GET", "/app/installations?page=1&per_page=100")] = [
        (200, {}, [{"id": 6, "suspended_at": NOON}, *installations] if suspended else installations)
    ]
    repositories = {"total_count": 1, "repositories": [{"full_name": PLACE.repository}]}
    script.answers[("GET", "/installation/repositories?page=1&per_page=100")] = [(200, {}, repositories)]
    script.answers[("GET", PULLS)] = [(200, {}, [PULL])]
    with github(script) as app:
        reconciler = Reconciler(running(store, folder, app), app)
        reconciler.round()
        return reconciler.missed


def running(store: Store, folder: Path, app: GitHubApp) -> Bot:
    settings = read_settings({
        "ESPALIER_APP_ID": "7", "ESPALIER_PRIVATE_KEY": KEY, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_DATA_DIR": str(folder),
    })  # fmt: skip
    return Bot(settings=settings, store=store, github=app, judge=Judge(processes=0), address="http://127.0.0.1:1")


def test_a_webhook_that_github_will_not_repeat_stops_no_other_and_the_lists_are_read_all_the_same(
    store: Store, tmp_path: Path
) -> None:
    more = f'<http://127.0.0.1/api/v3{MORE_HOOKS}>; rel="next"'
    script = Script(
        answers={
            ("GET", HOOKS): [(200, {"link": more}, [attempt(3, "young"), old(2, "two")])],
            ("GET", MORE_HOOKS): [(200, {}, [old(1, "one")])],
            ("POST", "/app/hook/deliveries/1/attempts"): [REFUSED],
            ("POST", "/app/hook/deliveries/2/attempts"): [(202, {}, {})],
        }
    )
    counted = a_round(store, tmp_path, script)
    assert counted == 1 + 1  # the webhook that GitHub sends again, and the pull request
    assert script.count("POST", "/app/hook/deliveries/1/attempts") == 1
    assert script.count("POST", "/app/hook/deliveries/2/attempts") == 1
    assert script.count("POST", "/app/hook/deliveries/3/attempts") == 0
    item = store.inbox.take()
    assert item is not None
    assert item.lane == f"{PLACE.repository}#7"


def test_a_github_that_tells_nothing_of_webhooks_is_compared_by_its_lists(store: Store, tmp_path: Path) -> None:
    a_round(store, tmp_path, Script(answers={("GET", HOOKS): [REFUSED]}))
    assert store.inbox.take() is not None


def test_news_that_failed_stays_with_the_dead_letters(store: Store, tmp_path: Path) -> None:
    a_round(store, tmp_path, Script(answers={("GET", HOOKS): [(200, {}, [])]}))
    item = store.inbox.take()
    assert item is not None
    assert item.delivery == news_of_pull(PLACE, listed())
    store.inbox.fail(item, "no")
    a_round(store, tmp_path, Script(answers={("GET", HOOKS): [(200, {}, [])]}))
    assert store.inbox.take() is None
    assert [letter.guid for letter in store.letters.list("failed", limit=9)] == [item.delivery.guid]


def test_a_round_forgets_old_refusals_and_shows_the_version_that_is_current(store: Store, tmp_path: Path) -> None:
    store.pulls.note_refusal(PLACE.repository, "5", "build", edition="first", reason="no")
    with store.database.change() as connection:
        connection.execute("UPDATE refused SET at = '2020-01-01T00:00:00.000Z'")
    store.releases.publish(version=3, repository=PLACE.repository, build_id="b-7-0123456")
    artifacts = tmp_path / "artifacts"
    (artifacts / "builds" / "b-7-0123456" / "model").mkdir(parents=True)
    publish_model(artifacts, job(kind=BuildKind.RELEASE), result(), at=NOON)
    a_round(store, tmp_path, Script(answers={("GET", HOOKS): [(200, {}, [])]}))
    assert store.pulls.refusal(PLACE.repository, "5", "build", edition="first") is None
    assert '"v3"' in (artifacts / "models" / "current.json").read_text()


def pull_row(number: int, *, state: str = "open") -> Pull:
    return Pull(
        repository=PLACE.repository, number=number, installation=PLACE.installation, title="t", author="june",
        state=state, head_sha=SHA, head_seen_at="", triage=None, labels=(), own_labels=(), url="u", updated_at="",
    )  # fmt: skip


def lanes(store: Store) -> list[str]:
    """Give the lanes of what came, in its order."""
    return [letter.lane for letter in store.letters.list("pending", limit=9)]


def test_closed_pull_requests_are_not_listed_where_none_changed_and_those_believed_open_are_looked_at(
    store: Store, tmp_path: Path
) -> None:
    for row in (pull_row(7), pull_row(8), pull_row(9, state="merged")):
        store.pulls.save(row)
    store.rounds.note(f"pulls {PLACE.repository}", datetime.fromisoformat(NOON) + timedelta(seconds=1))
    old = {**PULL, "number": 9, "state": "closed", "merged_at": NOON}
    script = Script(answers={("GET", HOOKS): [(200, {}, [])], ("GET", NEWEST): [(200, {}, [old])]})
    assert a_round(store, tmp_path, script) == 1
    assert lanes(store) == [f"{PLACE.repository}#8"]
    assert (script.count("GET", NEWEST), script.count("GET", CLOSED)) == (1, 0)


def test_closed_pull_requests_are_listed_where_one_changed_since_the_last_time(store: Store, tmp_path: Path) -> None:
    store.pulls.save(pull_row(7))
    store.rounds.note(f"pulls {PLACE.repository}", datetime.fromisoformat(NOON) - timedelta(hours=1))
    merged = {**PULL, "number": 8, "state": "closed", "merged_at": NOON}
    answers: list[Answer] = [(200, {}, [merged])]
    script = Script(answers={("GET", HOOKS): [(200, {}, [])], ("GET", NEWEST): [*answers], ("GET", CLOSED): [*answers]})
    assert a_round(store, tmp_path, script) == 1
    assert lanes(store) == [f"{PLACE.repository}#8"]


@pytest.mark.parametrize("suspended", [True, False])
def test_a_repository_that_is_gone_is_no_longer_told_of_and_one_that_is_suspended_is(
    store: Store, tmp_path: Path, *, suspended: bool
) -> None:
    for mark in ("pulls orchard/elsewhere", "comments orchard/elsewhere"):
        store.rounds.note(mark, datetime.fromisoformat(NOON))
    a_round(store, tmp_path, Script(answers={("GET", HOOKS): [(200, {}, [])]}), suspended=suspended)
    kept = {"webhooks", f"pulls {PLACE.repository}", f"comments {PLACE.repository}"}
    elsewhere = {"pulls orchard/elsewhere", "comments orchard/elsewhere"}
    assert store.rounds.all().keys() == (kept | elsewhere if suspended else kept)


def test_a_repository_that_cannot_be_understood_stops_no_other(store: Store, tmp_path: Path) -> None:
    script = Script(answers={("GET", HOOKS): [(200, {}, [])]})
    pulls = [{**PULL, "updated_at": "no time"}], [PULL]
    repositories = {
        "total_count": 2, "repositories": [{"full_name": "orchard/broken"}, {"full_name": PLACE.repository}],
    }  # fmt: skip
    script.answers |= {
        ("GET", "/app/installations?page=1&per_page=100"): [
            (200, {}, [{"id": PLACE.installation, "suspended_at": None}])
        ],
        ("GET", "/installation/repositories?page=1&per_page=100"): [(200, {}, repositories)],
        ("GET", PULLS.replace(PLACE.repository, "orchard/broken")): [(200, {}, pulls[0])],
        ("GET", PULLS): [(200, {}, pulls[1])],
    }
    with github(script) as app:
        reconciler = Reconciler(running(store, tmp_path, app), app)
        reconciler.round()
    assert reconciler.missed == 1
    assert store.rounds.all().keys() >= {f"pulls {PLACE.repository}"}
