"""Webhooks: signed, recorded, sent once, sent again on request."""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import TYPE_CHECKING

from forge.hooks import sign
from forge.records import App, Delivery

if TYPE_CHECKING:
    import pytest

    from tests.forge.world import Json, Robot, World


def deliveries(robot: Robot, count: int) -> list[dict[str, Json]]:
    deadline = time.monotonic() + 10
    while True:
        found: list[dict[str, Json]] = robot.api.get("/app/hook/deliveries").json()
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.05)


def test_the_signature_is_the_one_of_githubs_own_example() -> None:
    app = App(
        id=1,
        slug="a",
        name="a",
        client_id="c",
        client_secret="",
        callback_urls=(),
        owner_id=1,
        bot_id=1,
        description=None,
        external_url="",
        public_key="",
        permissions={},
        events=(),
        hook_url="",
        hook_secret="It's a Secret to Everybody",
        hook_active=True,
        created_at="",
        updated_at="",
    )
    delivery = Delivery(
        id=1,
        guid="g",
        app_id=1,
        event="push",
        action=None,
        installation_id=None,
        repository_id=None,
        url="",
        payload="",
        redelivery=False,
        delivered_at="",
        duration=0.0,
        status="",
        status_code=0,
        request_headers={},
        response_headers={},
        response_body=None,
    )
    signed = sign(app, delivery, b"Hello, World!")["X-Hub-Signature-256"]
    assert signed == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_a_delivery_is_recorded_with_what_came_back(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    sent = robot.box.wait("installation.created")[0]
    item = deliveries(robot, 1)[0]
    assert (item["guid"], item["event"], item["action"]) == (
        sent.headers["x-github-delivery"],
        "installation",
        "created",
    )
    assert (item["status"], item["status_code"], item["redelivery"]) == ("OK", 202, False)
    whole = robot.api.get(f"/app/hook/deliveries/{item['id']}").json()
    assert whole["request"]["payload"] == sent.payload
    assert whole["request"]["headers"]["X-GitHub-Event"] == "installation"
    assert robot.api.get("/app/hook/deliveries/1").status_code == 404


def test_a_redelivery_keeps_the_guid_and_the_payload(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    first = robot.box.wait("installation.created")[0]
    item = deliveries(robot, 1)[0]
    assert robot.api.post(f"/app/hook/deliveries/{item['id']}/attempts").status_code == 202
    second = robot.box.wait("installation.created", "installation.created")[1]
    assert second.headers["x-github-delivery"] == first.headers["x-github-delivery"]
    assert second.body == first.body
    listed = deliveries(robot, 2)
    assert [entry["redelivery"] for entry in listed] == [True, False]
    assert robot.api.post("/app/hook/deliveries/1/attempts").status_code == 404


def test_a_refused_delivery_is_not_sent_again(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    robot.box.wait("installation.created")
    robot.box.status = 500
    world.seeded(owner)
    robot.box.wait("push")
    time.sleep(0.3)
    assert [item.name for item in robot.box.received].count("push") == 1
    failed = [item for item in deliveries(robot, 2) if item["event"] == "push"]
    assert [(item["status"], item["status_code"]) for item in failed] == [("Invalid HTTP Response: 500", 500)]


def test_nobody_there_and_nobody_answering_are_told_apart(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    robot.box.wait("installation.created")
    url = robot.api.get("/app/hook/config").json()["url"]
    robot.api.patch("/app/hook/config", json={"url": "http://127.0.0.1:9/nobody"})
    repository, _ = world.seeded(owner)
    missed = [item for item in deliveries(robot, 3) if item["event"] != "installation"]
    assert {item["status"] for item in missed} == {"failed to connect to host"}
    monkeypatch.setattr("forge.hooks.TIMEOUT", 0.2)
    robot.box.delay = 0.6
    robot.api.patch("/app/hook/config", json={"url": url})
    before = len(deliveries(robot, 3))
    owner.api.post(f"/repos/{repository}/labels", json={"name": "slow"})
    assert deliveries(robot, before + 1)[0]["status"] == "timed out"
    time.sleep(0.6)


def test_the_hook_can_be_moved_and_its_secret_changed(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    assert robot.api.get("/app/hook/config").json()["secret"] == "********"
    address, box = world.post.open_box()
    box.secret = "new secret"
    changed = robot.api.patch("/app/hook/config", json={"url": address, "secret": "new secret"}).json()
    assert changed["url"] == address
    world.seeded(owner)
    heard = box.wait("push")[0]
    expected = hmac.digest(b"new secret", heard.body, hashlib.sha1).hex()
    assert heard.headers["x-hub-signature"] == f"sha1={expected}"


def test_an_app_hears_only_what_it_subscribes_to(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner, permissions={"issues": "read"}, events=("issues",))
    repository, _ = world.seeded(owner)
    owner.api.post(f"/repos/{repository}/labels", json={"name": "quiet"})
    owner.api.post(f"/repos/{repository}/issues", json={"title": "Loud"})
    robot.box.wait("issues.opened")
    assert {item.name for item in robot.box.received} == {"installation.created", "issues.opened"}
    assert world.robot(owner, install=False).box.received == []


def test_deliveries_are_listed_newest_first_in_pages(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    world.seeded(owner)
    robot.box.wait("push", "create", "check_suite.requested")
    deliveries(robot, 4)
    page = robot.api.get("/app/hook/deliveries", params={"per_page": 2})
    rest = robot.api.get(page.links["next"]["url"])
    ids = [item["id"] for item in [*page.json(), *rest.json()]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 4
