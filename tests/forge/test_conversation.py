"""Issues, comments, labels, reactions, reviews."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.forge.world import Json, World


def test_a_comment_lives_from_post_to_delete(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/issues/{number}/comments"
    made = carl.api.post(url, json={"body": "Hello **there**"})
    assert made.status_code == 201
    one = f"/repos/{repository}/issues/comments/{made.json()['id']}"
    assert carl.api.patch(one, json={"body": "Hello again"}).json()["body"] == "Hello again"
    assert [item["body"] for item in owner.api.get(url).json()] == ["Hello again"]
    assert owner.api.get(f"/repos/{repository}/issues/comments").json()[0]["id"] == made.json()["id"]
    assert owner.api.delete(one).status_code == 204
    assert owner.api.get(one).status_code == 404
    names = ("issue_comment.created", "issue_comment.edited", "issue_comment.deleted")
    created, edited, _ = robot.box.wait(*names)
    assert edited.payload["changes"] == {"body": {"from": "Hello **there**"}}
    issue = created.payload["issue"]
    assert isinstance(issue, dict)
    assert issue["pull_request"]


def test_only_its_author_or_a_writer_changes_a_comment(world: World) -> None:
    owner, carl, mallory = world.person("olive"), world.person("carl"), world.person("mallory")
    repository, _ = world.seeded(owner)
    number = carl.api.post(f"/repos/{repository}/issues", json={"title": "Leak"}).json()["number"]
    made = carl.api.post(f"/repos/{repository}/issues/{number}/comments", json={"body": "Mine"}).json()
    one = f"/repos/{repository}/issues/comments/{made['id']}"
    assert mallory.api.patch(one, json={"body": "Hers"}).status_code == 403
    assert mallory.api.delete(one).status_code == 403
    assert owner.api.patch(one, json={"body": "Moderated"}).status_code == 200
    assert world.client().post(f"/repos/{repository}/issues/{number}/comments", json={"body": "x"}).status_code == 401


@pytest.mark.parametrize("body", [{"body": ""}, {"body": " \n"}, {"body": "x" * 65_537}, {"body": 7}, {}])
def test_a_comment_without_words_or_with_too_many_is_refused(world: World, body: dict[str, Json]) -> None:
    owner = world.person("olive")
    repository, _ = world.seeded(owner)
    owner.api.post(f"/repos/{repository}/issues", json={"title": "Leak"})
    answer = owner.api.post(f"/repos/{repository}/issues/1/comments", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


def test_issues_are_edited_closed_and_found(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    url = f"/repos/{repository}/issues"
    made = owner.api.post(url, json={"title": "Leak", "body": "Drip", "labels": ["bug"]}).json()
    assert [label["name"] for label in made["labels"]] == ["bug"]
    unlabelled = carl.api.post(url, json={"title": "Mine", "labels": ["bug"]}).json()
    assert unlabelled["labels"] == []
    one = f"{url}/{made['number']}"
    owner.api.patch(one, json={"title": "Big leak"})
    closed = owner.api.patch(one, json={"state": "closed", "state_reason": "not_planned"}).json()
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["login"]) == (
        "closed",
        "not_planned",
        owner.login,
    )
    assert carl.api.patch(one, json={"state": "open"}).status_code == 403
    assert owner.api.patch(one, json={"state": "open"}).json()["state_reason"] == "reopened"
    robot.box.wait("issues.opened", "issues.labeled", "issues.edited", "issues.closed", "issues.reopened")
    assert [item["number"] for item in owner.api.get(url, params={"labels": "bug"}).json()] == [made["number"]]
    assert owner.api.get(url, params={"labels": "wontfix"}).json() == []
    assert len(owner.api.get(url, params={"creator": carl.login}).json()) == 1
    assert owner.api.get(url, params={"state": "odd"}).status_code == 422
    assert owner.api.get(f"{url}/99").status_code == 404
    assert owner.api.get(f"{url}/x").status_code == 404


def test_labels_are_kept_per_repository_with_their_limits(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    url = f"/repos/{repository}/labels"
    assert len(owner.api.get(url).json()) == 9
    made = owner.api.post(url, json={"name": "triage: ready", "color": "F29513", "description": "Look"})
    assert made.json()["color"] == "f29513"
    assert owner.api.post(url, json={"name": "Triage: Ready"}).status_code == 422
    assert owner.api.post(url, json={"name": "x" * 51}).status_code == 422
    assert owner.api.post(url, json={"name": "y", "color": "red"}).status_code == 422
    assert owner.api.post(url, json={"name": "y", "description": "x" * 101}).status_code == 422
    one = f"{url}/triage:%20ready"
    assert owner.api.get(one).json()["description"] == "Look"
    assert owner.api.patch(one, json={"new_name": "ready", "color": "000000"}).json()["name"] == "ready"
    assert owner.api.delete(f"{url}/ready").status_code == 204
    assert owner.api.get(f"{url}/ready").status_code == 404
    edited = robot.box.wait("label.created", "label.edited", "label.deleted")[1]
    assert edited.payload["changes"] == {"name": {"from": "triage: ready"}, "color": {"from": "f29513"}}


def test_labels_go_on_and_off_a_pull_request(world: World) -> None:
    owner, carl, tina = world.person("olive"), world.person("carl"), world.person("tina")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    owner.api.put(f"/repos/{repository}/collaborators/{tina.login}", json={"permission": "triage"})
    url = f"/repos/{repository}/issues/{number}/labels"

    def names() -> list[str]:
        return [label["name"] for label in owner.api.get(url).json()]

    assert carl.api.post(url, json={"labels": ["bug"]}).status_code == 403
    assert tina.api.post(url, json={"labels": ["bug", "fresh/one"]}).status_code == 200
    assert names() == ["bug", "fresh/one"]
    assert tina.api.post(url, json=["wontfix"]).status_code == 200
    assert tina.api.delete(f"{url}/fresh%2Fone").status_code == 200
    assert tina.api.delete(f"{url}/fresh%2Fone").status_code == 404
    assert tina.api.put(url, json={"labels": ["question", "bug"]}).status_code == 200
    assert sorted(names()) == ["bug", "question"]
    assert tina.api.delete(url).status_code == 204
    assert names() == []
    assert tina.api.post(url, json={"labels": [1]}).status_code == 422
    robot.box.wait("label.created", *["pull_request.labeled"] * 4, *["pull_request.unlabeled"] * 4)


def test_an_issue_takes_a_hundred_labels_and_no_more(world: World) -> None:
    owner = world.person("olive")
    repository, _ = world.seeded(owner)
    owner.api.post(f"/repos/{repository}/issues", json={"title": "Leak"})
    url = f"/repos/{repository}/issues/1/labels"
    assert len(owner.api.post(url, json={"labels": [f"label {n}" for n in range(100)]}).json()) == 100
    assert owner.api.post(url, json={"labels": ["one more"]}).status_code == 422
    assert len(owner.api.get(url, params={"per_page": 1000}).json()) == 100


@pytest.mark.parametrize("subject", ["issue", "comment"])
def test_a_reaction_counts_once(world: World, subject: str) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    base = f"/repos/{repository}"
    if subject == "issue":
        target = f"{base}/issues/{number}"
    else:
        made = owner.api.post(f"{base}/issues/{number}/comments", json={"body": "Hm"}).json()
        target = f"{base}/issues/comments/{made['id']}"
    api = owner.api
    first = api.post(f"{target}/reactions", json={"content": "eyes"})
    assert (first.status_code, first.json()["content"]) == (201, "eyes")
    assert api.post(f"{target}/reactions", json={"content": "eyes"}).status_code == 200
    assert carl.api.post(f"{target}/reactions", json={"content": "+1"}).status_code == 201
    assert api.post(f"{target}/reactions", json={"content": "shrug"}).status_code == 422
    assert len(api.get(f"{target}/reactions").json()) == 2
    assert len(api.get(f"{target}/reactions", params={"content": "+1"}).json()) == 1
    assert api.get(target).json()["reactions"]["total_count"] == 2
    assert carl.api.delete(f"{target}/reactions/{first.json()['id']}").status_code == 403
    assert api.delete(f"{target}/reactions/{first.json()['id']}").status_code == 204
    assert api.delete(f"{target}/reactions/{first.json()['id']}").status_code == 404


def test_reviews_approve_ask_for_changes_and_comment_on_lines(world: World) -> None:
    owner, rita = world.person("olive"), world.person("rita")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    sha = world.branch(copy, new_txt="one\ntwo\nthree\n", README_md="# Other\n")
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}/reviews"
    assert owner.api.post(url, json={"event": "APPROVE"}).status_code == 422
    assert rita.api.post(url, json={"event": "REQUEST_CHANGES"}).status_code == 422
    assert rita.api.post(url, json={"event": "COMMENT"}).status_code == 422
    assert rita.api.post(url, json={"event": "BLESS"}).status_code == 422
    lines = [
        {"path": "new.txt", "line": 2, "side": "RIGHT", "body": "Two?"},
        {"path": "README.md", "line": 1, "side": "LEFT", "body": "Kept?"},
        {"path": "new.txt", "position": 3, "body": "Three?"},
    ]
    made = rita.api.post(url, json={"event": "REQUEST_CHANGES", "body": "Hm", "comments": lines}).json()
    assert (made["state"], made["commit_id"]) == ("CHANGES_REQUESTED", sha)
    comments = rita.api.get(f"{url}/{made['id']}/comments").json()
    assert [item["body"] for item in comments] == ["Two?", "Kept?", "Three?"]
    assert comments[0]["diff_hunk"] == "@@ -0,0 +1,3 @@\n+one\n+two"
    assert [item["path"] for item in owner.api.get(f"/repos/{repository}/pulls/{number}/comments").json()] == [
        "new.txt",
        "README.md",
        "new.txt",
    ]
    assert rita.api.post(url, json={"event": "APPROVE"}).json()["state"] == "APPROVED"
    assert [item["state"] for item in owner.api.get(url).json()] == ["CHANGES_REQUESTED", "APPROVED"]
    dismissed = owner.api.put(f"{url}/{made['id']}/dismissals", json={"message": "Done"})
    assert dismissed.json()["state"] == "DISMISSED"
    submitted = robot.box.wait("pull_request_review.submitted", "pull_request_review.dismissed")[0].payload["review"]
    assert isinstance(submitted, dict)
    assert submitted["state"] == "changes_requested"


@pytest.mark.parametrize(
    "line",
    [
        {"path": "nowhere.txt", "line": 1},
        {"path": "new.txt", "line": 99},
        {"path": "new.txt", "position": 99},
        {"path": "new.txt", "line": 1, "side": "MIDDLE"},
    ],
)
def test_a_comment_on_a_line_that_the_diff_does_not_show_is_refused(world: World, line: dict[str, Json]) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    answer = owner.api.post(f"/repos/{repository}/pulls/{number}/comments", json={"body": "Where?", **line})
    assert answer.status_code == 422


def test_comments_on_lines_are_answered_edited_and_deleted(world: World) -> None:
    owner, rita = world.person("olive"), world.person("rita")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    sha = world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}/comments"
    body = {"path": "new.txt", "line": 2, "side": "RIGHT", "body": "Why?", "commit_id": sha}
    first = rita.api.post(url, json=body).json()
    reply = owner.api.post(f"{url}/{first['id']}/replies", json={"body": "Because."})
    assert reply.json()["in_reply_to_id"] == first["id"]
    again = owner.api.post(url, json={"body": "Also.", "in_reply_to": first["id"]})
    assert again.json()["in_reply_to_id"] == first["id"]
    one = f"/repos/{repository}/pulls/comments/{first['id']}"
    assert rita.api.patch(one, json={"body": "Why so?"}).json()["body"] == "Why so?"
    assert rita.api.get(one).json()["line"] == 2
    assert len(rita.api.get(f"/repos/{repository}/pulls/comments").json()) == 3
    assert rita.api.delete(one).status_code == 204
    assert rita.api.get(one).status_code == 404
    robot.box.wait(*["pull_request_review_comment.created"] * 3)


def test_a_pending_review_is_seen_by_its_author_alone_until_submitted(world: World) -> None:
    owner, rita = world.person("olive"), world.person("rita")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}/reviews"
    draft = rita.api.post(url, json={"body": "Thinking"}).json()
    one = f"{url}/{draft['id']}"
    assert draft["state"] == "PENDING"
    assert owner.api.get(url).json() == []
    assert owner.api.get(one).status_code == 404
    assert rita.api.put(one, json={"body": "Thought"}).json()["body"] == "Thought"
    assert rita.api.post(f"{one}/events", json={"event": "COMMENT"}).json()["state"] == "COMMENTED"
    assert len(owner.api.get(url).json()) == 1
    assert rita.api.delete(one).status_code == 422
    second = rita.api.post(url, json={"body": "Again"}).json()
    assert rita.api.delete(f"{url}/{second['id']}").status_code == 200


@pytest.mark.parametrize(
    ("given", "permission", "role"),
    [
        ("pull", "read", "read"),
        ("triage", "read", "triage"),
        ("push", "write", "write"),
        ("maintain", "write", "maintain"),
        ("admin", "admin", "admin"),
    ],
)
def test_roles_read_as_github_writes_them(world: World, given: str, permission: str, role: str) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository, _ = world.seeded(owner)
    url = f"/repos/{repository}/collaborators/{carl.login}"
    assert owner.api.get(url).status_code == 404
    assert owner.api.put(url, json={"permission": given}).status_code == 204
    assert owner.api.get(url).status_code == 204
    found = owner.api.get(f"{url}/permission").json()
    assert (found["permission"], found["role_name"]) == (permission, role)
    assert {item["login"] for item in owner.api.get(f"/repos/{repository}/collaborators").json()} == {
        owner.login,
        carl.login,
    }
    assert owner.api.put(url, json={"permission": "king"}).status_code == 422
    assert owner.api.delete(url).status_code == 204
    assert owner.api.get(f"{url}/permission").json()["role_name"] == "read"
