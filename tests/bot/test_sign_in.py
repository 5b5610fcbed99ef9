"""Signing in on a real forge, and what a signed-in person may do on the pages: what they may on GitHub, no more."""

import json
import re
from collections.abc import Iterator
from typing import cast
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bot.webhook import sign
from tests.bot.browser import Browser
from tests.bot.world import ATTRIBUTION, Json, Pull, World, skill, wait

LEAF = "compositional_skills/greetings/lantern"
GOOD = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}


@pytest.fixture
def browser() -> Iterator[Browser]:
    made = Browser()
    yield made
    made.client.close()


def sign_in(here: World, browser: Browser, login: str, *, to: str = "/deliveries") -> None:
    """Sign in with the forge as somebody."""
    browser.open(f"{here.bot.address}/sign-in?to={to}")
    browser.send("/_page/user", login=login)
    consent = next(action for action in browser.forms() if action.startswith("/login/oauth/authorize"))
    browser.send(consent)
    assert browser.page is not None
    assert str(browser.page.url) == f"{here.bot.address}{to}"
    assert f"<span>{login}</span>" in browser.page.text


def dead_letter(here: World, repository: str, guid: str) -> None:
    """Deliver what cannot be handled: news of a pull request that is not there."""
    assert deliver(here, repository, guid).status_code == 202
    wait(lambda: guid in failed(here), what="the dead letter")


def deliver(here: World, repository: str, guid: str) -> httpx.Response:
    """Deliver news of a pull request that is not there, as GitHub does."""
    pull = {"number": 9999, "head": {"sha": "a" * 40}, "base": {"ref": "main"}}
    payload = {
        "action": "edited", "repository": {"full_name": f"orchard/{repository}"},
        "installation": {"id": here.installation}, "pull_request": pull,
    }  # fmt: skip
    body = json.dumps(payload).encode()
    headers = {
        "X-GitHub-Event": "pull_request", "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": sign(here.bot.environment["ESPALIER_WEBHOOK_SECRET"], body),
    }  # fmt: skip
    address = f"{here.bot.address}/webhooks/github"
    return httpx.post(address, content=body, headers=headers, timeout=30, trust_env=False)


def failed(here: World) -> str:
    return here.bot.get("/deliveries").text.partition('id="waiting"')[0]


def test_somebody_who_has_not_signed_in_sees_what_failed_and_no_button(here: World, browser: Browser) -> None:
    dead_letter(here, here.repository().name, "seen-1")
    page = browser.open(f"{here.bot.address}/deliveries").text
    assert "seen-1" in page
    assert "#9999" in page
    assert "GitHub answered 404" in page
    assert browser.forms() == {}
    assert 'href="/sign-in?to=/deliveries"' in page
    assert "form-action 'self'" in here.bot.get("/").headers["content-security-policy"]


def test_a_triager_has_a_failed_delivery_tried_again_and_a_contributor_has_not(here: World, browser: Browser) -> None:
    dead_letter(here, here.repository().name, "retry-1")
    sign_in(here, browser, "june")
    refused = browser.send("/deliveries/retry-1/retry")
    assert refused.status_code == 403
    assert "This is for triagers" in refused.text
    assert 'outcome="failed"} 2' in here.bot.get("/metrics").text

    browser.client.cookies.clear()
    sign_in(here, browser, "tamsin")
    assert browser.send("/deliveries/retry-1/retry").status_code == 200
    wait(lambda: 'outcome="failed"} 3' in here.bot.get("/metrics").text, what="the second try")


def test_a_triager_dismisses_a_failed_delivery_and_a_contributor_does_not(here: World, browser: Browser) -> None:
    repository = here.repository().name
    dead_letter(here, repository, "dismiss-1")
    sign_in(here, browser, "june")
    refused = browser.send("/deliveries/dismiss-1/dismiss")
    assert refused.status_code == 403
    assert "This is for triagers" in refused.text
    assert "dismiss-1" in failed(here)

    browser.client.cookies.clear()
    sign_in(here, browser, "tamsin")
    token = browser.forms()["/sign-out"]["form_token"]
    shown = browser.send("/deliveries/dismiss-1/dismiss")
    assert shown.status_code == 200
    assert "dismiss-1" not in shown.text
    assert "1 dismissed" in shown.text
    assert 'espalier_deliveries{state="dismissed"} 1' in here.bot.get("/metrics").text
    for deed, status in (("retry", 409), ("dismiss", 409), ("explode", 404)):
        answer = browser.post(f"{here.bot.address}/deliveries/dismiss-1/{deed}", {"form_token": token})
        assert answer.status_code == status
    again = deliver(here, repository, "dismiss-1")
    assert (again.status_code, again.json()["message"]) == (200, "known already")
    assert "dismiss-1" not in failed(here)


def test_where_github_cannot_say_who_may_the_command_of_an_operator_is_named(here: World, browser: Browser) -> None:
    dead_letter(here, "gone", "gone-1")
    sign_in(here, browser, "tamsin")
    refused = browser.send("/deliveries/gone-1/dismiss")
    assert refused.status_code == 403
    assert "An operator may run espalier deliveries dismiss gone-1." in refused.text
    assert "gone-1" in failed(here)


def test_a_form_counts_only_from_our_own_page_in_the_same_session(here: World, browser: Browser) -> None:
    address = f"{here.bot.address}/deliveries/seen-1/retry"
    assert browser.post(address, {"form_token": "a"}).status_code == 401
    sign_in(here, browser, "tamsin")
    token = browser.forms()["/sign-out"]["form_token"]
    assert browser.post(address, {"form_token": token}, origin="https://evil.example").status_code == 403
    assert browser.post(address, {"form_token": token}, origin="null").status_code == 403
    assert browser.post(address, {"form_token": "guess"}).status_code == 403
    assert browser.post(address, {}).status_code == 403
    other = Browser()
    sign_in(here, other, "june")
    assert other.post(address, {"form_token": token}).status_code == 403
    other.client.close()


def test_what_is_not_there_or_belongs_to_no_repository_is_not_tried_again(here: World, browser: Browser) -> None:
    sign_in(here, browser, "tamsin")
    token = browser.forms()["/sign-out"]["form_token"]
    assert browser.post(f"{here.bot.address}/deliveries/none/retry", {"form_token": token}).status_code == 404


def test_what_is_corrupt_is_told_of_and_not_tried_again(here: World, browser: Browser) -> None:
    dead_letter(here, here.repository().name, "corrupt-1")
    with here.store() as store, store.database.change() as connection:
        connection.execute("UPDATE deliveries SET body = ? WHERE guid = 'corrupt-1'", (b"not packed",))
    sign_in(here, browser, "tamsin")
    refused = browser.send("/deliveries/corrupt-1/retry")
    assert refused.status_code == 409
    assert "Its stored body is corrupt" in refused.text
    assert "An operator may run espalier deliveries dismiss corrupt-1." in refused.text


def test_the_session_is_kept_from_scripts_and_holds_no_token_and_ends_on_signing_out(
    here: World, browser: Browser
) -> None:
    begun = browser.client.get(f"{here.bot.address}/sign-in?to=/deliveries")
    assert all(part in begun.headers["set-cookie"] for part in ("HttpOnly", "SameSite=lax", "Max-Age=600"))
    query = parse_qs(urlsplit(begun.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert begun.headers["location"].startswith(f"{here.forge.address}/login/oauth/authorize?")
    sign_in(here, browser, "june")
    kept = {cookie.name: cookie for cookie in browser.client.cookies.jar}
    assert kept["espalier"].has_nonstandard_attr("HttpOnly")
    assert "ghu_" not in str(kept["espalier"].value)
    assert "espalier-entry" not in kept
    browser.send("/sign-out")
    assert "Sign in with GitHub" in browser.open(f"{here.bot.address}/").text


def test_a_sign_in_that_another_browser_began_is_not_continued(here: World, browser: Browser) -> None:
    stranger = Browser()
    stranger.open(f"{here.bot.address}/sign-in?to=/")
    stranger.send("/_page/user", login="june")
    consent = next(action for action in stranger.forms() if action.startswith("/login/oauth/authorize"))
    assert stranger.page is not None
    data = stranger.forms()[consent]
    answer = stranger.client.post(f"{here.forge.address}{consent}", data=data)
    victim = browser.client.get(answer.headers["location"])
    assert victim.status_code == 403
    assert "espalier" not in browser.client.cookies
    stranger.client.close()


@pytest.mark.parametrize("query", ["", "?code=a", "?state=a", "?code=guess&state=guess", "?error=access_denied"])
def test_a_return_without_a_beginning_signs_nobody_in(here: World, browser: Browser, query: str) -> None:
    answer = browser.open(f"{here.bot.address}/sign-in/callback{query}")
    assert answer.status_code == 403
    assert "espalier" not in browser.client.cookies


def test_a_code_that_github_does_not_know_signs_nobody_in_and_stays_out_of_the_log(
    here: World, browser: Browser
) -> None:
    begun = browser.client.get(f"{here.bot.address}/sign-in?to=/")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    answer = browser.open(f"{here.bot.address}/sign-in/callback?code=0123456789abcdef&state={state}")
    assert answer.status_code == 502
    assert "bad_verification_code" in answer.text
    assert "0123456789abcdef" not in here.bot.log.read_text()
    changed_mind = browser.client.get(f"{here.bot.address}/sign-in/callback?error=access_denied&state={state}")
    assert (changed_mind.status_code, changed_mind.headers["location"]) == (303, "/")


def test_a_build_is_cancelled_and_tried_again_on_its_page_by_whom_a_comment_would_let(
    here: World, browser: Browser
) -> None:
    here.cluster.behaviour = "wait"
    pull = here.repository().open_pull(GOOD)
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier approve")
    pull.comment("/espalier build")
    wait(lambda: builds(here, pull.number), what="the build")
    page = f"/builds/{builds(here, pull.number)[0]}"
    wait(lambda: "chip-running" in here.bot.get(page).text, what="its start")

    sign_in(here, browser, "june", to=page)
    assert browser.send(f"{page}/cancel").status_code == 403
    assert "chip-running" in here.bot.get(page).text
    browser.client.cookies.clear()
    sign_in(here, browser, "tamsin", to=page)
    assert browser.send(f"{page}/cancel").status_code == 200
    wait(lambda: "chip-stopped" in here.bot.get(page).text, what="the build's end")
    assert "@tamsin cancelled it." in here.bot.get(page).text
    assert "<form" not in here.bot.get(page).text

    here.cluster.behaviour = "succeed"
    browser.open(f"{here.bot.address}{page}")
    assert set(browser.forms()) == {"/sign-out", f"{page}/retry"}
    browser.send(f"{page}/retry")
    wait(lambda: len(builds(here, pull.number)) > 1, what="the second build")
    token = browser.forms()["/sign-out"]["form_token"]
    for nothing in ("/builds/none/cancel", f"{page}/explode", "/models/v99/rollback"):
        assert browser.post(f"{here.bot.address}{nothing}", {"form_token": token}).status_code == 404


def release(here: World, pull: Pull) -> str:
    """Merge a pull request, release what was merged, and give the version."""
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.merge()
    wait(lambda: pull.comments("This pull request is merged"), what="the merge")
    pull.comment("/espalier release", person=here.owner)
    wait(lambda: pull.comments("<!-- espalier:result v"), what="the release's result")
    return str(current(here)["version"])


def current(here: World) -> Json:
    return cast("Json", json.loads((here.artifacts / "models" / "current.json").read_text(encoding="utf-8")))


def test_an_earlier_version_is_made_current_on_the_front_page_by_an_approver_alone(
    here: World, browser: Browser
) -> None:
    taxonomy = here.repository(policy="build:\n  quiet_minutes: 1000\n")
    pull = taxonomy.open_pull(GOOD)
    first = release(here, pull)
    folder = "compositional_skills/greetings/tower"
    files = {f"{folder}/qna.yaml": skill(word="tower"), f"{folder}/attribution.txt": ATTRIBUTION}
    second = release(here, taxonomy.open_pull(files, branch="tower"))
    assert current(here)["version"] == second != first
    act = f"/models/{first}/rollback"
    assert act not in here.bot.get("/").text

    sign_in(here, browser, "tamsin", to="/")
    refused = browser.send(act)
    assert refused.status_code == 403
    assert "This is for approvers" in refused.text
    assert current(here)["version"] == second

    browser.client.cookies.clear()
    sign_in(here, browser, "orchard", to="/")
    assert f"/models/{second}/rollback" not in browser.forms()
    assert browser.send(act).status_code == 200
    wait(lambda: current(here)["version"] == first, what="the earlier version")
    wait(lambda: f"<h1>{first}</h1>" in here.bot.get("/").text, what="the front page")
    told = f"`{first}` is the current version in place of `{second}`"
    wait(lambda: pull.comments(told), what="the word on the pull request of that release")
    assert len(pull.comments(told)) == 1
    front = browser.open(f"{here.bot.address}/")
    assert (act in front.text, f"/models/{second}/rollback" in front.text) == (False, True)


def builds(here: World, number: int) -> list[str]:
    """Give the builds of a pull request that the front page lists, newest first."""
    found = re.findall(rf'href="/builds/(pr{number}-[^"]+)"', here.bot.get("/").text)
    return list(dict.fromkeys(found))


def test_the_log_says_which_delivery_failed(here: World) -> None:
    lines = [json.loads(line) for line in here.bot.log.read_text().splitlines()]
    told = next(line for line in lines if line.get("delivery") == "seen-1" and "failed for good" in line["message"])
    assert (told["level"], told["event"], told["number"]) == ("warning", "pull_request", 9999)
    assert told["repository"].startswith("orchard/")


def test_the_log_says_who_pressed_a_button_on_a_failed_delivery(here: World) -> None:
    lines = [json.loads(line) for line in here.bot.log.read_text().splitlines()]
    told = [line for line in lines if "of the failed delivery by" in line["message"]]
    assert [(line["level"], line["delivery"], line["message"]) for line in told] == [
        ("info", "retry-1", "retry of the failed delivery by tamsin"),
        ("info", "dismiss-1", "dismiss of the failed delivery by tamsin"),
    ]
    assert all(line["repository"].startswith("orchard/") for line in told)
