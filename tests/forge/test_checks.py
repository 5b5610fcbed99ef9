"""Check suites, check runs, annotations and commit statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.forge.world import Json, World


def remark(line: int = 1, **more: Json) -> dict[str, Json]:
    return {
        "path": "README.md",
        "start_line": line,
        "end_line": line,
        "annotation_level": "failure",
        "message": "No",
        **more,
    }


def test_a_push_asks_each_app_that_writes_checks(world: World) -> None:
    owner = world.person("olive")
    deaf = world.robot(owner, permissions={"issues": "write"}, events=())
    robot = world.robot(owner, events=())
    _, copy = world.seeded(owner)
    suite = robot.box.wait("check_suite.requested")[0].payload["check_suite"]
    assert isinstance(suite, dict)
    assert (suite["head_sha"], suite["head_branch"]) == (copy.git("rev-parse", "HEAD"), "main")
    assert [item.name for item in deaf.box.received] == ["installation.created"]


def test_a_run_goes_from_queued_to_completed(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    sha = world.branch(copy)
    number = world.pull(repository, owner)["number"]
    api, url = robot.as_installation(), f"/repos/{repository}/check-runs"
    run = api.post(url, json={"name": "espalier", "head_sha": sha, "external_id": "7", "status": "queued"}).json()
    assert [item["number"] for item in run["pull_requests"]] == [number]
    one = f"{url}/{run['id']}"
    assert api.patch(one, json={"status": "in_progress"}).json()["status"] == "in_progress"
    output = {"title": "Two faults", "summary": "See the lines.", "annotations": [remark(), remark(2)]}
    done = api.patch(one, json={"status": "completed", "conclusion": "failure", "output": output}).json()
    assert (done["conclusion"], done["output"]["annotations_count"]) == ("failure", 2)
    more = {"title": "Three", "summary": "See.", "annotations": [remark(3, start_column=2, end_column=4)]}
    assert api.patch(one, json={"output": more}).json()["output"]["annotations_count"] == 3
    assert [item["start_line"] for item in owner.api.get(f"{one}/annotations").json()] == [1, 2, 3]
    names = ("check_run.created", "check_run.completed", "check_suite.completed")
    assert isinstance(robot.box.wait(*names)[2].payload["check_suite"], dict)
    listed = owner.api.get(f"/repos/{repository}/commits/feature/check-runs").json()
    assert (listed["total_count"], listed["check_runs"][0]["id"]) == (1, run["id"])
    suites = owner.api.get(f"/repos/{repository}/commits/{sha}/check-suites").json()
    assert [item["conclusion"] for item in suites["check_suites"]] == ["failure"]


def test_a_run_on_a_fork_names_no_pull_request(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    fork = carl.api.post(f"/repos/{repository}/forks").json()["full_name"]
    copy = world.clone(fork, carl)
    sha = world.branch(copy, "leaf")
    world.pull(repository, carl, f"{carl.login}:leaf")
    body = {"name": "espalier", "head_sha": sha, "external_id": "1", "conclusion": "success"}
    run = robot.as_installation().post(f"/repos/{repository}/check-runs", json=body).json()
    assert (run["pull_requests"], run["external_id"], run["status"]) == ([], "1", "completed")
    completed = robot.box.wait("check_run.completed")[0].payload["check_run"]
    assert isinstance(completed, dict)
    assert isinstance(completed["check_suite"], dict)
    assert completed["check_suite"]["head_branch"] is None


def test_the_newest_run_of_a_name_is_the_latest(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    sha = copy.git("rev-parse", "HEAD")
    api, url = robot.as_installation(), f"/repos/{repository}/check-runs"
    for conclusion in ("failure", "success"):
        api.post(url, json={"name": "espalier", "head_sha": sha, "conclusion": conclusion})
    found = f"/repos/{repository}/commits/{sha}/check-runs"
    assert [item["conclusion"] for item in api.get(found).json()["check_runs"]] == ["success"]
    assert api.get(found, params={"filter": "all"}).json()["total_count"] == 2
    assert api.get(found, params={"check_name": "other"}).json()["total_count"] == 0
    suite = api.get(f"/repos/{repository}/commits/{sha}/check-suites").json()["check_suites"][0]
    assert suite["conclusion"] == "success"
    assert api.get(f"/repos/{repository}/check-suites/{suite['id']}").json()["id"] == suite["id"]
    assert api.get(f"/repos/{repository}/check-suites/{suite['id']}/check-runs").json()["total_count"] == 1


def test_reruns_and_buttons_are_told_to_the_app(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner, events=())
    other = world.robot(owner, events=())
    repository, copy = world.seeded(owner)
    sha = copy.git("rev-parse", "HEAD")
    api, url = robot.as_installation(), f"/repos/{repository}/check-runs"
    actions = [{"label": "Set to pass", "description": "Forgive", "identifier": "override"}]
    body = {"name": "dco", "head_sha": sha, "conclusion": "action_required", "actions": actions}
    run = api.post(url, json=body).json()
    assert owner.api.post(f"{url}/{run['id']}/rerequest").status_code == 201
    assert api.get(f"{url}/{run['id']}").json()["status"] == "completed"
    suite = run["check_suite"]["id"]
    assert owner.api.post(f"/repos/{repository}/check-suites/{suite}/rerequest").status_code == 201
    robot.box.wait("check_suite.requested", "check_run.rerequested", "check_suite.rerequested")
    assert "check_run.rerequested" not in [item.name for item in other.box.received]
    press = world.control
    press("POST", f"check-runs/{run['id']}/actions", login=owner.login, identifier="override")
    asked = robot.box.wait("check_run.requested_action")[0].payload
    assert asked["requested_action"] == {"identifier": "override"}


@pytest.mark.parametrize(
    "body",
    [
        {"status": "completed"},
        {"conclusion": "splendid"},
        {"status": "dreaming"},
        {"name": ""},
        {"head_sha": "0" * 40},
        {"started_at": "yesterday"},
        {"output": {"title": "x", "summary": ""}},
        {"output": {"title": "x", "summary": "y" * 65_536}},
        {"output": {"title": "x", "summary": "y", "annotations": [remark()] * 51}},
        {"output": {"title": "x", "summary": "y", "annotations": [remark(annotation_level="loud")]}},
        {"output": {"title": "x", "summary": "y", "annotations": [remark(5, end_line=4)]}},
        {"output": {"title": "x", "summary": "y", "annotations": [remark(title="t" * 256)]}},
        {"output": {"title": "x", "summary": "y", "annotations": [remark(end_line=3, start_column=1)]}},
        {"actions": [{"label": "l", "description": "d", "identifier": str(n)} for n in range(4)]},
        {"actions": [{"label": "l" * 21, "description": "d", "identifier": "i"}]},
    ],
)
def test_a_run_that_github_would_refuse_is_refused(world: World, body: dict[str, Json]) -> None:
    owner = world.person("olive")
    robot = world.robot(owner, events=())
    repository, copy = world.seeded(owner)
    request = {"name": "espalier", "head_sha": copy.git("rev-parse", "HEAD"), **body}
    answer = robot.as_installation().post(f"/repos/{repository}/check-runs", json=request)
    assert answer.status_code == 422


def test_runs_belong_to_their_app(world: World) -> None:
    owner = world.person("olive")
    robot, other = world.robot(owner, events=()), world.robot(owner, events=())
    repository, copy = world.seeded(owner)
    body = {"name": "espalier", "head_sha": copy.git("rev-parse", "HEAD")}
    url = f"/repos/{repository}/check-runs"
    run = robot.as_installation().post(url, json=body).json()
    assert other.as_installation().patch(f"{url}/{run['id']}", json={"name": "mine"}).status_code == 403
    assert owner.api.post(url, json=body).status_code == 403
    assert owner.api.get(f"{url}/1").status_code == 404


def test_a_suite_can_be_made_by_hand_once(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    robot = world.robot(owner)
    sha = copy.git("rev-parse", "HEAD")
    api, url = robot.as_installation(), f"/repos/{repository}/check-suites"
    made = api.post(url, json={"head_sha": sha})
    assert made.status_code == 201
    assert api.post(url, json={"head_sha": sha}).json()["id"] == made.json()["id"]
    assert api.post(url, json={"head_sha": "0" * 40}).status_code == 422
    assert owner.api.post(url, json={"head_sha": sha}).status_code == 403


def test_statuses_add_up(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    sha = copy.git("rev-parse", "HEAD")
    url = f"/repos/{repository}/statuses/{sha}"
    combined = f"/repos/{repository}/commits/main/status"
    assert owner.api.get(combined).json()["state"] == "pending"
    for context, state in (("a", "pending"), ("a", "success"), ("b", "success")):
        body = {"state": state, "context": context, "target_url": "https://ci.example.org"}
        assert owner.api.post(url, json=body).status_code == 201
    assert owner.api.get(combined).json()["state"] == "success"
    owner.api.post(url, json={"state": "error"})
    found = owner.api.get(combined).json()
    assert (found["state"], found["total_count"]) == ("failure", 3)
    assert len(owner.api.get(f"/repos/{repository}/commits/{sha}/statuses").json()) == 4
    assert owner.api.post(url, json={"state": "fine"}).status_code == 422
    assert owner.api.post(url, json={"state": "success", "description": "x" * 141}).status_code == 422
    assert carl.api.post(url, json={"state": "success"}).status_code == 403
    assert owner.api.post(f"/repos/{repository}/statuses/{'0' * 40}", json={"state": "success"}).status_code == 422
    robot.box.wait(*["status"] * 4)
