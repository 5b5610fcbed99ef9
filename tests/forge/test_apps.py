"""Apps: manifests, JWTs, installations, tokens and what they may do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from forge.records import InstallationToken

if TYPE_CHECKING:
    from tests.forge.world import Json, Robot, World


def other_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()


def test_a_manifest_becomes_an_app_once(world: World) -> None:
    owner = world.person("olive")
    manifest: dict[str, Json] = {"name": f"Once {owner.login}", "url": "https://once.example.org"}
    code = world.control("POST", "manifests", owner=owner.login, manifest=manifest)["code"]
    made = world.client().post(f"/app-manifests/{code}/conversions")
    assert made.status_code == 201
    assert made.json()["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert world.client().post(f"/app-manifests/{code}/conversions").status_code == 404


def test_an_app_knows_itself_by_id_and_by_client_id(world: World) -> None:
    robot = world.robot(world.person("olive"))
    assert robot.api.get("/app").json()["slug"] == robot.slug
    by_client = world.client(f"Bearer {robot.jwt(issuer=robot.client_id)}")
    assert by_client.get("/app").json()["id"] == robot.id
    assert world.client().get(f"/apps/{robot.slug}").json()["id"] == robot.id


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"life": 900}, "too far in the future"),
        ({"life": -10}, "exp"),
        ({"age": -600}, "iat"),
        ({"issuer": "999999"}, "iss"),
    ],
)
def test_a_jwt_outside_its_limits_is_refused(world: World, options: dict[str, int], complaint: str) -> None:
    robot = world.robot(world.person("olive"))
    answer = world.client(f"Bearer {robot.jwt(**options)}").get("/app")  # type: ignore[arg-type] - each value suits its name
    assert answer.status_code == 401
    assert complaint in answer.json()["message"]


def test_a_jwt_of_another_key_or_algorithm_is_refused(world: World) -> None:
    robot = world.robot(world.person("olive"))
    assert world.client(f"Bearer {robot.jwt(key=other_key())}").get("/app").status_code == 401
    claims = {"iss": str(robot.id), "iat": int(time.time()), "exp": int(time.time()) + 60}
    unsigned = jwt.encode(claims, None, algorithm="none")
    assert world.client(f"Bearer {unsigned}").get("/app").status_code == 401
    assert world.client("Bearer a.b.c").get("/app").status_code == 401
    assert world.client("Bearer nonsense").get("/app").status_code == 401
    assert world.client("Basic %%%").get("/user").status_code == 401
    assert world.client("Digest x").get("/user").status_code == 401


def test_a_jwt_opens_nothing_but_the_app_itself(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    assert robot.api.get(f"/repos/{repository}").status_code == 401
    assert robot.as_installation().get("/app").status_code == 401


def test_installations_are_found_in_each_way(world: World) -> None:
    owner, other = world.person("olive"), world.person("oscar")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    api = robot.api
    assert [item["id"] for item in api.get("/app/installations").json()] == [robot.installation]
    assert api.get(f"/app/installations/{robot.installation}").json()["account"]["login"] == owner.login
    assert api.get(f"/repos/{repository}/installation").json()["id"] == robot.installation
    assert api.get(f"/users/{owner.login}/installation").json()["id"] == robot.installation
    assert api.get(f"/users/{other.login}/installation").status_code == 404
    assert api.get(f"/repos/{world.seeded(other)[0]}/installation").status_code == 404
    assert api.get("/app/installations/1").status_code == 404
    created = robot.box.wait("installation.created")[0].payload
    assert isinstance(created["installation"], dict)
    assert created["installation"]["app_slug"] == robot.slug


def test_a_token_reaches_only_what_it_was_asked_for(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    first, _ = world.seeded(owner)
    second, _ = world.seeded(owner)
    name = first.split("/")[1]
    answer = robot.api.post(
        f"/app/installations/{robot.installation}/access_tokens",
        json={"repositories": [name], "permissions": {"issues": "write"}},
    )
    assert answer.json()["permissions"] == {"issues": "write", "metadata": "read"}
    assert [item["full_name"] for item in answer.json()["repositories"]] == [first]
    narrow = world.client(f"Bearer {answer.json()['token']}")
    listed = narrow.get("/installation/repositories").json()
    assert [item["full_name"] for item in listed["repositories"]] == [first]
    assert narrow.post(f"/repos/{first}/labels", json={"name": "mine"}).status_code == 201
    assert narrow.post(f"/repos/{second}/labels", json={"name": "mine"}).status_code == 403
    assert narrow.get(f"/repos/{second}").status_code == 200
    refused = narrow.get(f"/repos/{first}/contents/README.md")
    assert refused.status_code == 403
    assert refused.headers["x-accepted-github-permissions"] == "contents=read"
    assert refused.json()["message"] == "Resource not accessible by integration"


def test_a_token_cannot_be_given_more_than_the_installation_has(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner, permissions={"issues": "read"})
    other, _ = world.seeded(world.person("oscar"))
    url = f"/app/installations/{robot.installation}/access_tokens"
    assert robot.api.post(url, json={"permissions": {"issues": "write"}}).status_code == 422
    assert robot.api.post(url, json={"permissions": {"checks": "read"}}).status_code == 422
    assert robot.api.post(url, json={"repositories": [other.split("/")[1]]}).status_code == 422
    assert robot.api.post(url, json={"repository_ids": [1]}).status_code == 422
    assert robot.api.post(url, json={"repository_ids": ["x"]}).status_code == 422


def test_a_token_without_permissions_reads_metadata_alone(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    bare = robot.as_installation(permissions={})
    assert bare.get(f"/repos/{repository}").status_code == 200
    assert bare.get(f"/repos/{repository}/issues").status_code == 403


def test_a_token_ends_after_its_hour(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    api = robot.as_installation()
    assert api.get("/installation/repositories").status_code == 200
    store = world.app.state.forge.store
    for token in store.all(InstallationToken, "installation_id = ?", robot.installation):
        store.change(InstallationToken, token.id, expires_at="2020-01-01T00:00:00Z")
    assert api.get("/installation/repositories").status_code == 401


def test_a_suspended_installation_gets_no_token_and_hears_nothing(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    token = robot.as_installation()
    url = f"/app/installations/{robot.installation}"
    assert robot.api.put(f"{url}/suspended").status_code == 204
    robot.box.wait("installation.suspend")
    assert robot.api.post(f"{url}/access_tokens").status_code == 403
    assert token.get(f"/repos/{repository}").status_code == 403
    owner.api.post(f"/repos/{repository}/labels", json={"name": "unheard"})
    assert robot.api.delete(f"{url}/suspended").status_code == 204
    robot.box.wait("installation.unsuspend")
    owner.api.post(f"/repos/{repository}/labels", json={"name": "heard"})
    labels = [item.payload["label"] for item in robot.box.wait("label.created")]
    assert [label["name"] for label in labels if isinstance(label, dict)] == ["heard"]


def test_an_installation_on_some_repositories_can_be_changed(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner, install=False)
    first, _ = world.seeded(owner)
    second, _ = world.seeded(owner)
    names = [name.split("/")[1] for name in (first, second)]
    made = world.control("POST", "installations", app_id=robot.id, account=owner.login, repositories=[names[0]])
    robot.installation = int(str(made["id"]))
    assert made["repository_selection"] == "selected"
    assert robot.api.get(f"/repos/{second}/installation").status_code == 404
    world.control("PATCH", f"installations/{robot.installation}", repositories=[names[1]])
    added, removed = robot.box.wait("installation_repositories.added", "installation_repositories.removed")
    assert [item["full_name"] for item in added.payload["repositories_added"]] == [second]  # type: ignore[index, union-attr]
    assert [item["full_name"] for item in removed.payload["repositories_removed"]] == [first]  # type: ignore[index, union-attr]
    assert robot.api.get(f"/repos/{second}/installation").status_code == 200
    assert robot.api.delete(f"/app/installations/{robot.installation}").status_code == 204
    robot.box.wait("installation.deleted")
    assert robot.api.get("/app/installations").json() == []


def test_what_an_app_does_is_done_by_its_bot(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    number = owner.api.post(f"/repos/{repository}/issues", json={"title": "Leak"}).json()["number"]
    made = robot.as_installation().post(f"/repos/{repository}/issues/{number}/comments", json={"body": "Seen."}).json()
    assert made["user"]["login"] == f"{robot.slug}[bot]"
    assert made["user"]["type"] == "Bot"
    assert made["performed_via_github_app"]["id"] == robot.id
    url = f"/repos/{repository}/collaborators/{robot.slug}[bot]/permission"
    assert owner.api.get(url).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "grant"),
    [
        ("POST", "/labels", "issues"),
        ("POST", "/issues", "issues"),
        ("POST", "/check-runs", "checks"),
        ("POST", "/git/refs", "contents"),
        ("POST", "/git/blobs", "contents"),
        ("PUT", "/contents/x.txt", "contents"),
        ("POST", "/pulls", "pull_requests"),
        ("POST", "/statuses/{sha}", "statuses"),
    ],
)
def test_each_write_needs_its_own_grant(world: World, method: str, path: str, grant: str) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    url = f"/repos/{repository}{path}".replace("{sha}", copy.git("rev-parse", "HEAD"))
    reading = robot.as_installation(permissions={grant: "read"})
    assert reading.request(method, url, json={}).status_code == 403
    writing = robot.as_installation(permissions={grant: "write"})
    assert writing.request(method, url, json={}).status_code in {201, 422}


def test_bots_are_no_users_of_their_own(world: World) -> None:
    robot: Robot = world.robot(world.person("olive"))
    api = robot.as_installation()
    assert api.get("/user").status_code == 403
    assert api.post("/user/repos", json={"name": "own"}).status_code == 403
    assert world.person().api.get("/installation/repositories").status_code == 403


def test_a_token_that_is_given_back_ends(world: World) -> None:
    owner = world.person("olive")
    api = world.robot(owner).as_installation()
    assert api.delete("/installation/token").status_code == 204
    assert api.get("/installation/repositories").status_code == 401
