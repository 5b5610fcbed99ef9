"""Repositories, their files, refs, trees, commits and comparisons through the API."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.forge.world import Json, World


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_repository_is_made_described_and_deleted(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    made = owner.api.post("/user/repos", json={"name": "grove", "description": "Trees", "auto_init": True})
    assert made.status_code == 201
    assert made.json()["permissions"]["admin"] is True
    repository = made.json()["full_name"]
    assert owner.api.get(f"/repos/{repository}/readme").json()["path"] == "README.md"
    assert owner.api.post("/user/repos", json={"name": "Grove"}).status_code == 422
    assert owner.api.post("/user/repos", json={"name": "a b"}).status_code == 422
    assert owner.api.post("/user/repos", json={}).status_code == 422
    assert owner.api.patch(f"/repos/{repository}", json={"description": "Woods"}).json()["description"] == "Woods"
    assert owner.api.patch(f"/repos/{repository}", json={"default_branch": "none"}).status_code == 422
    assert [item["full_name"] for item in owner.api.get("/user/repos").json()] == [repository]
    assert [item["full_name"] for item in carl.api.get(f"/users/{owner.login}/repos").json()] == [repository]
    assert carl.api.delete(f"/repos/{repository}").status_code == 403
    assert owner.api.delete(f"/repos/{repository}").status_code == 204
    assert owner.api.get(f"/repos/{repository}").status_code == 404


def test_a_private_repository_is_hidden_from_strangers(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository = owner.api.post("/user/repos", json={"name": "secret", "private": True}).json()["full_name"]
    assert carl.api.get(f"/repos/{repository}").status_code == 404
    assert world.client().get(f"/repos/{repository}").status_code == 404
    assert carl.api.get(f"/users/{owner.login}/repos").json() == []
    owner.api.put(f"/repos/{repository}/collaborators/{carl.login}", json={"permission": "pull"})
    assert carl.api.get(f"/repos/{repository}").json()["visibility"] == "private"


def test_forks_share_their_network(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository, _ = world.seeded(owner)
    fork = carl.api.post(f"/repos/{repository}/forks").json()
    assert (fork["fork"], fork["parent"]["full_name"], fork["source"]["full_name"]) == (True, repository, repository)
    again = carl.api.post(f"/repos/{repository}/forks", json={"name": "other"}).json()
    assert again["id"] == fork["id"]
    assert owner.api.post(f"/repos/{repository}/forks").status_code == 403
    assert [item["id"] for item in owner.api.get(f"/repos/{repository}/forks").json()] == [fork["id"]]
    assert owner.api.get(f"/repos/{repository}").json()["forks_count"] == 1


def test_a_file_is_written_read_changed_and_deleted(world: World) -> None:
    owner = world.person("olive")
    repository, _ = world.seeded(owner)
    url = f"/repos/{repository}/contents/leaf/new%20name.txt"
    made = owner.api.put(url, json={"message": "Add", "content": encoded("one\n"), "branch": "main"})
    assert made.status_code == 201
    sha = made.json()["content"]["sha"]
    read = owner.api.get(url).json()
    assert base64.b64decode(read["content"]) == b"one\n"
    assert read["path"] == "leaf/new name.txt"
    assert owner.api.get(url, headers={"Accept": "application/vnd.github.raw+json"}).content == b"one\n"
    change: dict[str, Json] = {"message": "Change", "content": encoded("two\n")}
    assert owner.api.put(url, json=change).status_code == 422
    assert owner.api.put(url, json={**change, "sha": "0" * 40}).status_code == 409
    author: Json = {"name": "Ann", "email": "ann@example.org"}
    changed = owner.api.put(url, json={**change, "sha": sha, "author": author})
    assert changed.status_code == 200
    assert changed.json()["commit"]["author"]["name"] == "Ann"
    gone = owner.api.request("DELETE", url, json={"message": "Drop", "sha": changed.json()["content"]["sha"]})
    assert gone.status_code == 200
    assert owner.api.get(url).status_code == 404
    assert owner.api.request("DELETE", url, json={"message": "Drop", "sha": sha}).status_code == 404
    assert len(owner.api.get(f"/repos/{repository}/commits", params={"path": "leaf/new name.txt"}).json()) == 3


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("a.txt", {"message": "m"}, 422),
        ("a.txt", {"content": "eA=="}, 422),
        ("a.txt", {"message": "m", "content": "?"}, 422),
        ("a.txt", {"message": "m", "content": "été"}, 422),
        ("a.txt", {"message": "m", "content": "eA==", "author": {"name": "Ann", "date": "some day"}}, 422),
        ("a.txt", {"message": "m", "content": "eA==", "author": {"name": "<>"}}, 422),
        (".git/config", {"message": "m", "content": "eA=="}, 422),
        ("a.txt", {"message": "m", "content": "eA==", "branch": "nowhere"}, 404),
    ],
)
def test_a_file_that_cannot_be_is_refused(world: World, path: str, body: dict[str, Json], status: int) -> None:
    owner = world.person("olive")
    repository, _ = world.seeded(owner)
    assert owner.api.put(f"/repos/{repository}/contents/{path}", json=body).status_code == status


def test_folders_links_and_modules_are_listed_as_such(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    (copy.folder / "leaf" / "link").symlink_to("qna.yaml")
    copy.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},leaf/module")
    module = '[submodule "m"]\n\tpath = leaf/module\n\turl = https://example.org/m.git\n'
    (copy.folder / ".gitmodules").write_text(module)
    copy.git("add", "leaf/link", ".gitmodules")
    copy.git("commit", "--quiet", "-m", "Odd")
    copy.git("push", "--quiet", "origin", "main")
    base = f"/repos/{repository}/contents"
    assert {item["name"]: item["type"] for item in owner.api.get(base).json()} == {
        ".gitmodules": "file",
        "README.md": "file",
        "leaf": "dir",
    }
    listed = owner.api.get(f"{base}/leaf").json()
    assert {item["name"]: item["type"] for item in listed} == {
        "link": "symlink",
        "module": "submodule",
        "qna.yaml": "file",
    }
    assert owner.api.get(f"{base}/leaf/link").json()["target"] == "qna.yaml"
    assert owner.api.get(f"{base}/leaf/module").json()["submodule_git_url"] == "https://example.org/m.git"
    assert owner.api.get(f"{base}/leaf", params={"ref": "nowhere"}).status_code == 404
    entries = owner.api.get(f"/repos/{repository}/git/trees/main", params={"recursive": "1"}).json()["tree"]
    assert {item["path"]: item["mode"] for item in entries} == {
        ".gitmodules": "100644",
        "README.md": "100644",
        "leaf": "040000",
        "leaf/link": "120000",
        "leaf/module": "160000",
        "leaf/qna.yaml": "100644",
    }


def test_an_empty_repository_says_so(world: World) -> None:
    owner = world.person("olive")
    repository = world.repository(owner)
    assert owner.api.get(f"/repos/{repository}/contents/").status_code == 404
    assert owner.api.get(f"/repos/{repository}/commits").status_code in {409, 422}
    assert owner.api.get(f"/repos/{repository}/git/trees/main").status_code == 409
    assert owner.api.get(f"/repos/{repository}/branches").json() == []
    made = owner.api.put(f"/repos/{repository}/contents/a.txt", json={"message": "First", "content": "eA=="})
    assert made.status_code == 201


def test_a_commit_is_built_from_blobs_trees_and_refs(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    api, git = owner.api, f"/repos/{repository}/git"
    head = copy.git("rev-parse", "HEAD")
    blob = api.post(f"{git}/blobs", json={"content": encoded("x\n"), "encoding": "base64"}).json()["sha"]
    assert base64.b64decode(api.get(f"{git}/blobs/{blob}").json()["content"]) == b"x\n"
    base = api.get(f"{git}/commits/{head}").json()["tree"]["sha"]
    entries: Json = [
        {"path": "a/x.txt", "mode": "100644", "type": "blob", "sha": blob},
        {"path": "y.sh", "mode": "100755", "type": "blob", "content": "#!/bin/sh\n"},
        {"path": "README.md", "mode": "100644", "type": "blob", "sha": None},
        {"path": "copy", "mode": "040000", "type": "tree", "sha": copy.git("rev-parse", "HEAD:leaf")},
    ]
    tree = api.post(f"{git}/trees", json={"base_tree": base, "tree": entries}).json()
    assert [item["path"] for item in tree["tree"]] == ["a", "copy", "leaf", "y.sh"]
    body = {"message": "Built", "tree": tree["sha"], "parents": [head]}
    commit = api.post(f"{git}/commits", json=body).json()
    assert commit["author"]["email"] == owner.email
    made = api.post(f"{git}/refs", json={"ref": "refs/heads/built", "sha": commit["sha"]})
    assert made.status_code == 201
    assert api.get(f"{git}/ref/heads/built").json()["object"]["sha"] == commit["sha"]
    assert [item["ref"] for item in api.get(f"{git}/matching-refs/heads/bu").json()] == ["refs/heads/built"]
    assert api.patch(f"{git}/refs/heads/built", json={"sha": head}).status_code == 422
    assert api.patch(f"{git}/refs/heads/built", json={"sha": head, "force": True}).status_code == 200
    assert api.delete(f"{git}/refs/heads/built").status_code == 204
    robot.box.wait(*["push"] * 4, "create", "delete")


def test_a_commit_keeps_the_dates_that_it_is_given(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    person: Json = {"name": "Ann", "email": "ann@example.org", "date": "2024-02-03T04:05:06Z"}
    tree = copy.git("rev-parse", "HEAD^{tree}")
    body = {"message": "Old", "tree": tree, "parents": [], "author": person}
    commit = owner.api.post(f"/repos/{repository}/git/commits", json=body).json()
    assert commit["author"] == person
    assert commit["committer"] == person


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("refs", {"ref": "refs/heads/x", "sha": "0" * 40}),
        ("refs", {"ref": "heads", "sha": "HEAD"}),
        ("refs", {"ref": "refs/heads/a..b", "sha": "HEAD"}),
        ("refs", {"ref": "refs/heads/main", "sha": "HEAD"}),
        ("refs", {"ref": "refs/pull/1/head", "sha": "HEAD"}),
        ("trees", {"tree": [{"path": "../x", "mode": "100644", "content": "x"}]}),
        ("trees", {"tree": [{"path": "x", "mode": "777", "content": "x"}]}),
        ("trees", {"tree": [{"path": "x", "mode": "100644", "sha": "0" * 40}]}),
        ("commits", {"message": "m", "tree": "0" * 40}),
        ("commits", {"message": "m", "tree": "TREE", "parents": ["0" * 40]}),
        ("commits", {"message": "m", "tree": "TREE", "author": {"name": "A", "email": "a@b", "date": "never"}}),
    ],
)
def test_git_objects_that_cannot_be_are_refused(world: World, path: str, body: dict[str, Json]) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    names = {"HEAD": copy.git("rev-parse", "HEAD"), "TREE": copy.git("rev-parse", "HEAD^{tree}")}
    request = {key: names.get(str(value), value) for key, value in body.items()}
    assert owner.api.post(f"/repos/{repository}/git/{path}", json=request).status_code == 422


def test_the_default_branch_cannot_be_deleted(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    assert owner.api.delete(f"/repos/{repository}/git/refs/heads/main").status_code == 422
    copy.git("push", "--quiet", "origin", "main:next")
    assert owner.api.patch(f"/repos/{repository}", json={"default_branch": "next"}).json()["default_branch"] == "next"
    assert owner.api.delete(f"/repos/{repository}/git/refs/heads/main").status_code == 204
    assert owner.api.delete(f"/repos/{repository}/git/refs/heads/main").status_code == 422


def test_commits_are_found_by_sha_branch_tag_and_ref(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    sha = world.branch(copy, "deep/feature")
    copy.git("tag", "v1", sha)
    copy.git("push", "--quiet", "origin", "v1")
    for name in (sha, "deep/feature", "v1", "heads/deep/feature", "refs/heads/deep/feature", sha[:10]):
        assert owner.api.get(f"/repos/{repository}/commits/{name}").json()["sha"] == sha
    whole = owner.api.get(f"/repos/{repository}/commits/{sha}").json()
    assert whole["stats"] == {"total": 2, "additions": 2, "deletions": 0}
    assert whole["files"][0]["filename"] == "new.txt"
    for name in ("nowhere", "main~1", "main..deep/feature", "HEAD^{tree}", ":README.md"):
        assert owner.api.get(f"/repos/{repository}/commits/{name}").status_code == 422
    found = owner.api.get(f"/repos/{repository}/commits/{sha}", headers={"Accept": "application/vnd.github.sha"})
    assert found.text == sha
    assert [item["name"] for item in owner.api.get(f"/repos/{repository}/branches").json()] == ["deep/feature", "main"]
    assert owner.api.get(f"/repos/{repository}/branches/deep/feature").json()["commit"]["sha"] == sha
    assert owner.api.get(f"/repos/{repository}/branches/nowhere").status_code == 404


def test_commits_are_listed_by_author_and_start(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    sha = world.branch(copy)
    url = f"/repos/{repository}/commits"
    assert owner.api.get(url, params={"sha": "feature"}).json()[0]["sha"] == sha
    assert len(owner.api.get(url).json()) == 1
    assert len(owner.api.get(url, params={"author": owner.login}).json()) == 1
    assert owner.api.get(url, params={"author": "somebody"}).json() == []
    assert len(owner.api.get(url, params={"since": "2020-01-01T00:00:00Z"}).json()) == 1
    assert owner.api.get(url, params={"since": "2999-01-01T00:00:00Z"}).json() == []
    assert owner.api.get(url, params={"until": "2020-01-01T00:00:00Z"}).json() == []
    assert owner.api.get(url, params={"sha": "nowhere"}).status_code == 404


def test_branches_are_compared_in_all_four_ways(world: World) -> None:
    owner, carl = world.person("olive"), world.person("carl")
    repository, copy = world.seeded(owner)
    world.branch(copy)
    base = f"/repos/{repository}/compare"
    ahead = owner.api.get(f"{base}/main...feature").json()
    assert (ahead["status"], ahead["ahead_by"], ahead["behind_by"], ahead["total_commits"]) == ("ahead", 1, 0, 1)
    assert [item["filename"] for item in ahead["files"]] == ["new.txt"]
    assert owner.api.get(f"{base}/feature...main").json()["status"] == "behind"
    assert owner.api.get(f"{base}/main...main").json()["status"] == "identical"
    fork = carl.api.post(f"/repos/{repository}/forks").json()["full_name"]
    theirs = world.clone(fork, carl)
    world.branch(theirs, "leaf", leaf_txt="x\n")
    diverged = owner.api.get(f"{base}/feature...{carl.login}:leaf").json()
    assert (diverged["status"], diverged["ahead_by"], diverged["behind_by"]) == ("diverged", 1, 1)
    text = owner.api.get(f"{base}/main...feature", headers={"Accept": "application/vnd.github.diff"}).text
    assert text.startswith("diff --git")
    for name in ("main...nowhere", "nowhere...main", "main", "main...stranger:leaf"):
        assert owner.api.get(f"{base}/{name}").status_code == 404
