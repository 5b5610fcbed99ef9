"""Pull requests from opening to merging."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.forge.world import Json, World


def test_a_pull_request_from_a_branch_shows_commits_and_files(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    sha = world.branch(copy, leaf__qna_yaml="version: 3\n" + "line\n" * 19 + "changed\n", added_txt="x\ny\n")
    pull = world.pull(repository, owner)
    url = f"/repos/{repository}/pulls/{pull['number']}"
    commits = owner.api.get(f"{url}/commits").json()
    assert [commit["sha"] for commit in commits] == [sha]
    assert commits[0]["author"]["login"] == owner.login
    files = {file["filename"]: file for file in owner.api.get(f"{url}/files").json()}
    assert files["added.txt"]["status"] == "added"
    assert files["added.txt"]["patch"] == "@@ -0,0 +1,2 @@\n+x\n+y"
    assert (files["leaf/qna.yaml"]["additions"], files["leaf/qna.yaml"]["deletions"]) == (1, 1)
    whole = owner.api.get(url).json()
    assert (whole["commits"], whole["changed_files"], whole["additions"], whole["mergeable"]) == (1, 2, 3, True)
    assert whole["mergeable_state"] == "clean"


def test_renames_binaries_and_odd_names_are_told_apart(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    copy.git("checkout", "--quiet", "-b", "feature")
    copy.git("mv", "leaf/qna.yaml", "leaf/moved name.yaml")
    (copy.folder / "blätter.bin").write_bytes(b"\0\1\2" * 50)
    (copy.folder / "no-newline.txt").write_text("diff --git a/x b/x\n@@ -1 +1 @@")
    copy.commit("Odd", README_md="")
    copy.git("push", "--quiet", "origin", "feature")
    pull = world.pull(repository, owner)
    found = owner.api.get(f"/repos/{repository}/pulls/{pull['number']}/files").json()
    files = {file["filename"]: file for file in found}
    moved = files["leaf/moved name.yaml"]
    assert (moved["status"], moved["previous_filename"], moved["changes"]) == ("renamed", "leaf/qna.yaml", 0)
    assert "patch" not in moved
    assert "patch" not in files["blätter.bin"]
    assert files["no-newline.txt"]["patch"].endswith("\\ No newline at end of file")
    assert files["no-newline.txt"]["additions"] == 2
    assert (files["README.md"]["status"], files["README.md"]["deletions"]) == ("modified", 1)


def test_a_pull_request_from_a_fork_follows_its_pushes(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    robot = world.robot(owner)
    repository, _ = world.seeded(owner)
    fork = carl.api.post(f"/repos/{repository}/forks")
    assert fork.status_code == 202
    copy = world.clone(fork.json()["full_name"], carl)
    first = world.branch(copy, "leaf")
    pull = world.pull(repository, carl, f"{carl.login}:leaf")
    number = pull["number"]
    opened = robot.box.wait("pull_request.opened")[0].payload["pull_request"]
    assert isinstance(opened, dict)
    assert isinstance(opened["head"], dict)
    assert opened["head"]["sha"] == first
    second = copy.commit("More", more_txt="more\n")
    copy.git("push", "--quiet", "origin", "leaf")
    moved = robot.box.wait("pull_request.synchronize")[0].payload
    assert (moved["before"], moved["after"]) == (first, second)
    listed = copy.git("ls-remote", world.url(repository), f"refs/pull/{number}/head")
    assert listed.split()[0] == second
    assert owner.api.get(f"/repos/{repository}/pulls/{number}").json()["head"]["sha"] == second
    mine = carl.api.get(f"/repos/{repository}/pulls", params={"head": f"{carl.login}:leaf"}).json()
    assert [item["number"] for item in mine] == [number]


def test_the_head_outlives_its_fork(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository, _ = world.seeded(owner)
    fork = carl.api.post(f"/repos/{repository}/forks").json()["full_name"]
    copy = world.clone(fork, carl)
    world.branch(copy, "leaf")
    number = world.pull(repository, carl, f"{carl.login}:leaf")["number"]
    assert carl.api.delete(f"/repos/{fork}").status_code == 204
    pull = owner.api.get(f"/repos/{repository}/pulls/{number}").json()
    assert pull["head"]["repo"] is None
    assert pull["changed_files"] == 1


def test_force_pushes_move_the_head_and_a_deleted_branch_closes(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    sha = world.branch(copy, other_txt="rewritten\n")
    assert robot.box.wait("pull_request.synchronize")[0].payload["after"] == sha
    copy.git("push", "--quiet", "origin", ":feature")
    robot.box.wait("pull_request.closed")
    url = f"/repos/{repository}/pulls/{number}"
    assert owner.api.get(url).json()["state"] == "closed"
    assert owner.api.patch(url, json={"state": "open"}).status_code == 422
    world.branch(copy, other_txt="back\n")
    assert owner.api.patch(url, json={"state": "open"}).json()["state"] == "open"
    robot.box.wait("pull_request.reopened")


def test_title_body_and_base_can_be_edited_and_each_change_is_told(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    copy.git("push", "--quiet", "origin", "main:stable")
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}"
    changed = owner.api.patch(url, json={"title": "Better", "body": "Words", "base": "stable"}).json()
    assert (changed["title"], changed["body"], changed["base"]["ref"]) == ("Better", "Words", "stable")
    changes = robot.box.wait("pull_request.edited")[0].payload["changes"]
    assert isinstance(changes, dict)
    assert changes["title"] == {"from": "A leaf"}
    assert set(changes) == {"title", "body", "base"}
    assert owner.api.patch(url, json={"base": "nowhere"}).status_code == 422


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ({"head": "nowhere"}, "head"),
        ({"head": "stranger:feature"}, "head"),
        ({"base": "nowhere"}, "base"),
        ({"title": ""}, "title"),
        ({"head": "main"}, "No commits between main and main"),
        ({"head": "feature"}, "A pull request already exists"),
    ],
)
def test_a_pull_request_that_cannot_be_says_why(world: World, body: dict[str, Json], complaint: str) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    world.pull(repository, owner)
    request = {"title": "Again", "head": "feature", "base": "main", **body}
    answer = owner.api.post(f"/repos/{repository}/pulls", json=request)
    assert answer.status_code == 422
    assert complaint in str(answer.json()["errors"])


@pytest.mark.parametrize(("method", "parents", "count"), [("merge", 2, 4), ("squash", 1, 2), ("rebase", 1, 3)])
def test_each_way_of_merging_leaves_its_history(world: World, method: str, parents: int, count: int) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    fork = carl.api.post(f"/repos/{repository}/forks").json()["full_name"]
    theirs = world.clone(fork, carl)
    theirs.git("checkout", "--quiet", "-b", "leaf")
    theirs.commit("First", one_txt="1\n")
    head = theirs.commit("Second", two_txt="2\n")
    theirs.git("push", "--quiet", "origin", "leaf")
    number = world.pull(repository, carl, f"{carl.login}:leaf")["number"]
    url = f"/repos/{repository}/pulls/{number}"
    assert owner.api.get(f"{url}/merge").status_code == 404
    merged = owner.api.put(f"{url}/merge", json={"merge_method": method, "sha": head}).json()
    assert merged["merged"] is True
    assert owner.api.get(f"{url}/merge").status_code == 204
    copy.git("pull", "--quiet", "origin", "main")
    assert copy.git("rev-parse", "HEAD") == merged["sha"]
    assert len(copy.git("log", "-1", "--format=%P").split()) == parents
    assert copy.git("rev-list", "--count", "HEAD") == str(count)
    assert (copy.folder / "one.txt").exists()
    assert (copy.folder / "two.txt").exists()
    closed = robot.box.wait("pull_request.closed")[0].payload["pull_request"]
    assert isinstance(closed, dict)
    assert (closed["merged"], closed["merge_commit_sha"]) == (True, merged["sha"])
    assert owner.api.put(f"{url}/merge").status_code == 405


def test_a_rebase_onto_a_moved_base_keeps_both_sides(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    world.branch(copy, leaf__qna_yaml="changed\n" + "line\n" * 20)
    number = world.pull(repository, owner)["number"]
    copy.git("checkout", "--quiet", "main")
    copy.commit("Meanwhile", other_txt="other\n")
    copy.git("push", "--quiet", "origin", "main")
    merged = owner.api.put(f"/repos/{repository}/pulls/{number}/merge", json={"merge_method": "rebase"})
    assert merged.status_code == 200
    copy.git("pull", "--quiet", "origin", "main")
    assert (copy.folder / "leaf" / "qna.yaml").read_text().startswith("changed")
    assert copy.git("log", "-1", "--format=%s|%P").startswith("Work on feature|")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_conflicts_do_not_merge(world: World, method: str) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    world.branch(copy, README_md="mine\n")
    number = world.pull(repository, owner)["number"]
    copy.git("checkout", "--quiet", "main")
    copy.commit("Theirs", README_md="theirs\n")
    copy.git("push", "--quiet", "origin", "main")
    url = f"/repos/{repository}/pulls/{number}"
    pull = owner.api.get(url).json()
    assert (pull["mergeable"], pull["mergeable_state"]) == (False, "dirty")
    assert owner.api.put(f"{url}/merge", json={"merge_method": method}).status_code == 405


def test_a_merge_at_another_head_is_a_conflict_and_strangers_may_not_merge(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}/merge"
    assert owner.api.put(url, json={"sha": "0" * 40}).status_code == 409
    assert carl.api.put(url).status_code == 403
    assert owner.api.put(url, json={"merge_method": "wish"}).status_code == 422


def test_a_head_pushed_to_the_base_counts_as_merged(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    sha = world.branch(copy)
    number = world.pull(repository, owner)["number"]
    copy.git("push", "--quiet", "origin", "feature:main")
    robot.box.wait("pull_request.closed")
    pull = owner.api.get(f"/repos/{repository}/pulls/{number}").json()
    assert (pull["merged"], pull["merge_commit_sha"]) == (True, sha)


def test_lists_filter_sort_and_page(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    for name in ("one", "two", "three"):
        world.branch(copy, name)
        world.pull(repository, owner, name)
    url = f"/repos/{repository}/pulls"
    owner.api.patch(f"{url}/1", json={"state": "closed"})

    def numbers(**query: str) -> list[int]:
        return [pull["number"] for pull in owner.api.get(url, params=query).json()]

    assert numbers() == [3, 2]
    assert numbers(state="closed") == [1]
    assert numbers(state="all", sort="created", direction="asc") == [1, 2, 3]
    assert numbers(base="nowhere") == []
    first = owner.api.get(url, params={"state": "all", "per_page": "2"})
    assert 'rel="next"' in first.headers["link"]
    following = owner.api.get(first.links["next"]["url"])
    assert [pull["number"] for pull in following.json()] == [1]
    assert set(following.links) == {"prev", "first"}
    assert owner.api.get(url, params={"state": "odd"}).status_code == 422


def test_a_pull_request_reads_as_diff_and_as_patch(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}"
    diff = owner.api.get(url, headers={"Accept": "application/vnd.github.v3.diff"})
    assert diff.text.startswith("diff --git a/new.txt b/new.txt")
    patch = owner.api.get(url, headers={"Accept": "application/vnd.github.patch"})
    assert "Subject: [PATCH] Work on feature" in patch.text


def test_reviewers_can_be_asked_and_a_review_answers(world: World) -> None:
    owner, rita = world.person("olive"), world.person("rita")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    world.branch(copy)
    number = world.pull(repository, owner)["number"]
    url = f"/repos/{repository}/pulls/{number}/requested_reviewers"
    assert owner.api.post(url, json={"reviewers": [rita.login]}).status_code == 201
    robot.box.wait("pull_request.review_requested")
    assert [user["login"] for user in owner.api.get(url).json()["users"]] == [rita.login]
    assert owner.api.post(url, json={"reviewers": [owner.login]}).status_code == 422
    assert owner.api.post(url, json={"reviewers": ["nobody-at-all"]}).status_code == 422
    rita.api.post(f"/repos/{repository}/pulls/{number}/reviews", json={"event": "APPROVE"})
    assert owner.api.get(url).json()["users"] == []


def test_a_push_to_main_does_not_disturb_what_a_pull_request_shows(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    sha = world.branch(copy)
    number = world.pull(repository, owner)["number"]
    copy.git("checkout", "--quiet", "main")
    copy.commit("Meanwhile", other_txt="other\n")
    copy.git("push", "--quiet", "origin", "main")
    url = f"/repos/{repository}/pulls/{number}"
    assert [item["sha"] for item in owner.api.get(f"{url}/commits").json()] == [sha]
    assert [item["filename"] for item in owner.api.get(f"{url}/files").json()] == ["new.txt"]
    assert owner.api.get(f"/repos/{repository}/commits/{sha}/pulls").json()[0]["number"] == number
