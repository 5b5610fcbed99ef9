"""Signing in with an App: the page that asks, the code it gives, and the token for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.forge.world import World

BACK = "http://127.0.0.1:9/sign-in/callback"
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """An App to sign in with, and a browser."""

    client_id: str
    client_secret: str
    browser: httpx.Client

    def ask(self, **changes: str) -> httpx.Response:
        query = {
            "client_id": self.client_id, "redirect_uri": BACK, "state": "tide & moon", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", **changes,
        }  # fmt: skip
        return self.browser.get(f"/login/oauth/authorize?{urlencode(query)}")

    def act_as(self, login: str) -> None:
        form = {"form_token": _form_token(self.ask()), "login": login}
        assert self.browser.post("/_page/user", data=form).status_code == 303

    def agree(self) -> httpx.Response:
        page = self.ask()
        return self.browser.post(str(page.url), data={"form_token": _form_token(page)})

    def code(self) -> str:
        return parse_qs(urlsplit(self.agree().headers["location"]).query)["code"][0]

    def exchange(self, **changes: str) -> dict[str, str]:
        given = {
            "client_id": self.client_id, "client_secret": self.client_secret, "redirect_uri": BACK,
            "code_verifier": VERIFIER, **changes,
        }  # fmt: skip
        answer = self.browser.post("/login/oauth/access_token", data=given, headers={"Accept": "application/json"})
        assert answer.status_code == 200
        told: dict[str, str] = answer.json()
        return told


def _form_token(page: httpx.Response) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page.text)
    assert found
    return found.group(1)


@pytest.fixture
def door(world: World) -> Iterator[Door]:
    owner = world.person("olive")
    manifest = {"name": f"Door {owner.login}", "url": "https://door.example.org", "callback_urls": [BACK]}
    code = world.control("POST", "manifests", owner=owner.login, manifest=manifest)["code"]
    made = world.client().post(f"/app-manifests/{code}/conversions").json()
    with httpx.Client(base_url=world.address, trust_env=False, timeout=30) as browser:
        yield Door(client_id=made["client_id"], client_secret=made["client_secret"], browser=browser)


def test_who_agrees_is_known_by_the_token_that_their_code_is_exchanged_for(world: World, door: Door) -> None:
    june = world.person("june")
    door.act_as(june.login)
    back = urlsplit(door.agree().headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    query = parse_qs(back.query)
    assert query["state"] == ["tide & moon"]
    told = door.exchange(code=query["code"][0])
    assert told["token_type"] == "bearer"
    assert world.client(f"Bearer {told['access_token']}").get("/user").json()["login"] == june.login


def test_a_code_is_exchanged_once(world: World, door: Door) -> None:
    door.act_as(world.person("june").login)
    code = door.code()
    assert "access_token" in door.exchange(code=code)
    assert door.exchange(code=code)["error"] == "bad_verification_code"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "guess"}, "incorrect_client_credentials"),
        ({"client_id": "guess"}, "incorrect_client_credentials"),
        ({"code": "guess"}, "bad_verification_code"),
        ({"code_verifier": "guess"}, "bad_verification_code"),
        ({"code_verifier": ""}, "bad_verification_code"),
        ({"redirect_uri": "http://127.0.0.1:9/elsewhere"}, "redirect_uri_mismatch"),
    ],
)
def test_what_does_not_belong_together_gives_no_token(
    world: World, door: Door, changes: dict[str, str], error: str
) -> None:
    door.act_as(world.person("june").login)
    assert door.exchange(**{"code": door.code(), **changes})["error"] == error


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_id": "guess"}, 404),
        ({"redirect_uri": "https://evil.example.org"}, 400),
        ({"redirect_uri": f"{BACK}/../elsewhere"}, 400),
        ({"code_challenge_method": "plain"}, 400),
    ],
)
def test_nobody_is_asked_for_an_app_or_an_address_that_is_not_registered(
    door: Door, changes: dict[str, str], status: int
) -> None:
    assert door.ask(**changes).status_code == status


def test_nobody_is_not_signed_in_and_a_form_from_elsewhere_is_refused(world: World, door: Door) -> None:
    assert door.agree().status_code == 403
    door.act_as(world.person("june").login)
    page = door.ask()
    assert door.browser.post(str(page.url), data={"form_token": "guess"}).status_code == 403
    assert "form-action 'self' http://127.0.0.1:9;" in page.headers["content-security-policy"]
