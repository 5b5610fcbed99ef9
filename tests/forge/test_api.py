"""What holds for every answer: headers, pages, limits, errors, unchanged answers, hostile requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forge.limits import KNOWN, Limits
from tests.forge.world import TLS

if TYPE_CHECKING:
    from tests.forge.world import World


def test_an_unchanged_answer_is_not_sent_again(world: World) -> None:
    owner = world.person("olive")
    first = owner.api.get(f"/users/{owner.login}")
    second = owner.api.get(f"/users/{owner.login}", headers={"If-None-Match": first.headers["etag"]})
    assert (second.status_code, second.content) == (304, b"")


def test_each_request_counts_against_the_callers_hour(world: World) -> None:
    person = world.person()
    before = person.api.get("/rate_limit").json()["rate"]
    person.api.get("/user")
    after = person.api.get("/rate_limit").json()["rate"]
    assert after["remaining"] == before["remaining"] - 1
    assert (after["limit"], after["used"]) == (KNOWN, before["used"] + 1)


def test_a_caller_without_requests_left_is_refused_until_the_hour_ends(world: World) -> None:
    person = world.person()
    limits: Limits = world.app.state.limits
    user = person.api.get("/user").json()["id"]
    for _ in range(KNOWN - 1):
        limits.take(f"user {user}")
    refused = person.api.get("/user")
    assert refused.status_code == 403
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert person.api.get("/rate_limit").status_code == 200


def test_lists_link_to_their_other_pages(world: World) -> None:
    owner = world.person("olive")
    repository, _ = world.seeded(owner)
    middle = owner.api.get(f"/repos/{repository}/labels", params={"per_page": 3, "page": 2})
    assert len(middle.json()) == 3
    assert set(middle.links) == {"prev", "next", "last", "first"}
    assert middle.links["last"]["url"].endswith("per_page=3&page=3")
    assert owner.api.get(f"/repos/{repository}/labels", params={"per_page": 3, "page": 9}).json() == []
    assert "link" not in owner.api.get(f"/repos/{repository}/labels").headers


def test_users_are_shown_to_others_and_to_themselves(world: World) -> None:
    olive, carl = world.person("olive"), world.person("carl")
    assert olive.api.get("/user").json()["login"] == olive.login
    assert carl.api.get(f"/users/{olive.login.upper()}").json()["email"] == olive.email
    assert carl.api.get("/users/nobody-at-all").status_code == 404
    assert world.client().get("/user").status_code == 401


def test_there_are_no_teams(world: World) -> None:
    person = world.person()
    assert person.api.get(f"/orgs/acme/teams/triagers/memberships/{person.login}").status_code == 404


def test_a_body_that_is_no_json_object_is_a_bad_request(world: World) -> None:
    person = world.person()
    assert person.api.post("/user/repos", content=b"{").status_code == 400
    assert person.api.post("/user/repos", content=b'"name"').status_code == 400
    assert person.api.post("/user/repos", content=b"[" * 100_000).status_code == 400


def test_an_unknown_path_is_not_found_in_json(world: World) -> None:
    answer = httpx.get(f"{world.address}/api/v3/no/such/thing")
    assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")


def test_the_controls_open_to_the_admin_alone(world: World) -> None:
    url = f"{world.address}/_forge/users"
    assert httpx.post(url, json={"login": "x"}).status_code == 401
    person = world.person()
    assert httpx.post(url, json={"login": "x"}, headers={"Authorization": f"Bearer {person.token}"}).status_code == 401
    headers = {"Authorization": f"Bearer {world.admin_token}"}
    assert httpx.post(url, json={"login": person.login}, headers=headers).status_code == 422
    assert httpx.post(url, json={"login": "a b"}, headers=headers).status_code == 422
    assert httpx.post(url, json={"login": "z", "type": "Robot"}, headers=headers).status_code == 422
    manifests = f"{world.address}/_forge/manifests"
    assert httpx.post(manifests, json={"owner": person.login}, headers=headers).status_code == 422
    assert (
        httpx.post(manifests, json={"owner": "nobody", "manifest": {"name": "x"}}, headers=headers).status_code == 422
    )


ANY_TEXT = st.text(alphabet=st.characters(), max_size=20) | st.sampled_from(("\0", "\ud800", "main", "new.txt", "../x"))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
FIELDS = (
    "title", "head", "base", "body", "state", "labels", "name", "color", "sha", "ref", "message", "content", "tree",
    "event", "comments", "output", "status", "conclusion", "actions", "permission", "path", "line", "parents", "author",
)  # fmt: skip
PATHS = (
    ("POST", "/pulls"), ("PATCH", "/pulls/1"), ("PUT", "/pulls/1/merge"), ("POST", "/pulls/1/reviews"),
    ("POST", "/issues/1/comments"), ("POST", "/issues/1/labels"), ("PATCH", "/issues/1"), ("POST", "/labels"),
    ("POST", "/git/refs"), ("POST", "/git/trees"), ("POST", "/git/commits"), ("PUT", "/contents/a.txt"),
    ("POST", "/issues/1/reactions"), ("POST", "/check-runs"), ("POST", "/pulls/1/comments"),
)  # fmt: skip


@pytest.fixture(scope="session")
def hostile_ground(shared_world: World) -> tuple[httpx.Client, str]:
    owner = shared_world.person("olive")
    repository, copy = shared_world.seeded(owner)
    shared_world.branch(copy)
    shared_world.pull(repository, owner)
    return owner.api, f"/repos/{repository}"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.sampled_from(PATHS), body=st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_no_body_makes_the_forge_fail(
    hostile_ground: tuple[httpx.Client, str], where: tuple[str, str], body: dict[str, object]
) -> None:
    api, base = hostile_ground
    method, path = where
    assert api.request(method, base + path, content=json.dumps(body)).status_code < 500


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(min_size=1, max_size=30))
def test_no_name_makes_the_forge_fail(hostile_ground: tuple[httpx.Client, str], name: str) -> None:
    api, base = hostile_ground
    for path in ("commits/", "contents/", "git/ref/heads/", "compare/main...", "labels/", "git/trees/"):
        url = f"{api.base_url}{base[1:]}/{path}{quote(name)}"
        assert httpx.get(url, headers=api.headers, verify=TLS).status_code < 500
