"""Git over HTTP: clone, push, who may, and what follows."""

from __future__ import annotations

import base64
import gzip
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import psutil

from forge.git.process import git
from forge.git.repositories import Shelf

if TYPE_CHECKING:
    from pathlib import Path

    from tests.forge.world import World


def test_what_was_pushed_is_what_another_clones(world: World) -> None:
    owner, reader = world.person("olive"), world.person("rita")
    repository, copy = world.seeded(owner)
    other = world.clone(repository, reader)
    assert other.git("rev-parse", "HEAD") == copy.git("rev-parse", "HEAD")
    assert (other.folder / "README.md").read_text() == "# Trees\n"


def test_hooks_are_found_whatever_the_data_folder_is_called(tmp_path: Path) -> None:
    data = tmp_path / 'trees # "old" \\ new; '
    shelf = Shelf(data)
    shelf.create(1, default_branch="main")
    assert git(shelf.folder(1), "config", "core.hooksPath").decode() == f"{data / 'hooks'}\n"


def test_anybody_may_clone_without_a_name(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    listed = copy.git("ls-remote", world.url(repository), "refs/heads/main")
    assert listed.split()[0] == copy.git("rev-parse", "main")


def test_a_stranger_may_not_push(world: World) -> None:
    repository, copy = world.seeded(world.person("olive"))
    stranger = world.person("mallory")
    assert "403" in copy.git("push", world.url(repository, stranger), "main:other", code=128)
    refused = httpx.get(
        f"{world.address}/{repository}.git/info/refs?service=git-receive-pack", auth=(stranger.login, stranger.token)
    )
    assert refused.status_code == 403
    assert f"denied to {stranger.login}" in refused.text


def test_a_push_without_a_token_is_asked_for_one(world: World) -> None:
    repository, _ = world.seeded(world.person("olive"))
    answer = httpx.get(f"{world.address}/{repository}.git/info/refs?service=git-receive-pack")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_a_wrong_token_is_refused_even_for_reading(world: World) -> None:
    repository, _ = world.seeded(world.person("olive"))
    url = f"{world.address}/{repository}.git/info/refs?service=git-upload-pack"
    assert httpx.get(url, auth=("anybody", "ghp_wrong")).status_code == 401


def test_a_repository_that_is_not_there_is_not_found(world: World) -> None:
    url = f"{world.address}/nobody/nothing.git/info/refs?service=git-upload-pack"
    assert httpx.get(url, auth=(world.person().login, world.person().token)).status_code == 404


def test_the_dumb_protocol_is_refused(world: World) -> None:
    repository, _ = world.seeded(world.person("olive"))
    assert httpx.get(f"{world.address}/{repository}.git/info/refs").status_code == 403


def test_a_request_packed_with_gzip_is_understood(world: World) -> None:
    repository, copy = world.seeded(world.person("olive"))
    sha = copy.git("rev-parse", "main")
    want = f"want {sha} no-progress\n"
    body = f"{len(want) + 4:04x}{want}00000009done\n".encode()
    headers = {"Content-Type": "application/x-git-upload-pack-request", "Content-Encoding": "gzip"}
    answer = httpx.post(
        f"{world.address}/{repository}.git/git-upload-pack", content=gzip.compress(body), headers=headers
    )
    assert answer.status_code == 200
    assert b"PACK" in answer.content


def test_a_big_push_goes_through_in_pieces(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    noise = "".join(f"{number * 7919 % 1_000_003:x}" for number in range(600_000))
    copy.commit("Much", big_txt=noise)
    copy.git("-c", "http.postBuffer=65536", "push", "--quiet", "origin", "main")
    assert world.clone(repository, owner).git("cat-file", "-s", "HEAD:big.txt") == str(len(noise))


def test_a_shallow_and_partial_clone_works(world: World) -> None:
    owner = world.person("olive")
    repository, copy = world.seeded(owner)
    folder = copy.folder.parent / f"{copy.folder.name}-shallow"
    copy.git("clone", "--quiet", "--depth=1", "--filter=blob:none", world.url(repository), str(folder))
    assert (folder / "README.md").exists()


def test_pull_request_refs_cannot_be_pushed(world: World) -> None:
    _, copy = world.seeded(world.person("olive"))
    assert "refs/pull/1/head" in copy.git("push", "origin", "main:refs/pull/1/head", code=1)


def test_a_rejected_push_sends_nothing(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    _, copy = world.seeded(owner)
    robot.box.wait("push", "create", "check_suite.requested")
    robot.box.clear()
    copy.git("checkout", "--quiet", "--orphan", "elsewhere")
    copy.commit("Unrelated")
    copy.git("push", "origin", "elsewhere:main", code=1)
    copy.git("push", "--quiet", "origin", "elsewhere:side")
    robot.box.wait("push")
    assert [item.payload["ref"] for item in robot.box.received if item.event == "push"] == ["refs/heads/side"]


def test_the_first_branch_pushed_becomes_the_default(world: World) -> None:
    owner = world.person("olive")
    repository = world.repository(owner)
    copy = world.clone(repository, owner)
    copy.git("checkout", "--quiet", "-B", "trunk")
    copy.commit("Begin", a_txt="a\n")
    copy.git("push", "--quiet", "origin", "trunk")
    assert owner.api.get(f"/repos/{repository}").json()["default_branch"] == "trunk"
    assert world.clone(repository, owner).git("branch", "--show-current") == "trunk"


def test_an_installation_pushes_only_with_write_access_to_contents(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    copy.git("checkout", "--quiet", "-b", "robotic")
    copy.commit("By a robot", r_txt="r\n")
    host = world.address.removeprefix("http://")
    reading = robot.token(permissions={"contents": "read"})
    assert "403" in copy.git("push", f"http://x-access-token:{reading}@{host}/{repository}", "robotic", code=128)
    writing = robot.token(permissions={"contents": "write"}, repositories=[repository.split("/")[1]])
    copy.git("push", "--quiet", f"http://x-access-token:{writing}@{host}/{repository}.git", "robotic")
    pushed = next(item for item in robot.box.wait("push", "push") if item.payload["ref"] == "refs/heads/robotic")
    sender = pushed.payload["sender"]
    assert isinstance(sender, dict)
    assert sender["login"] == f"{robot.slug}[bot]"


def test_push_events_say_what_each_commit_touched(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    _, copy = world.seeded(owner)
    robot.box.wait("push")
    robot.box.clear()
    before = copy.git("rev-parse", "HEAD")
    (copy.folder / "README.md").unlink()
    copy.commit("Change", leaf__qna_yaml="other\n", leaf__attribution_txt="mine\n")
    after = copy.commit("More", leaf__qna_yaml="another\n")
    copy.git("push", "--quiet", "origin", "main")
    payload = robot.box.wait("push")[0].payload
    assert (payload["before"], payload["after"], payload["forced"]) == (before, after, False)
    commits = payload["commits"]
    assert isinstance(commits, list)
    first, second = commits
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["added"] == ["leaf/attribution.txt"]
    assert first["modified"] == ["leaf/qna.yaml"]
    assert first["removed"] == ["README.md"]
    assert second["modified"] == ["leaf/qna.yaml"]


def test_tags_and_deleted_branches_are_told(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, copy = world.seeded(owner)
    world.branch(copy)
    copy.git("tag", "v1")
    copy.git("push", "--quiet", "origin", "v1")
    copy.git("push", "--quiet", "origin", ":feature")
    made = [item.payload["ref_type"] for item in robot.box.wait("create", "create", "create")]
    assert sorted(map(str, made)) == ["branch", "branch", "tag"]
    assert robot.box.wait("delete")[0].payload["ref"] == "feature"
    assert owner.api.get(f"/repos/{repository}/git/ref/heads/feature").status_code == 404


def test_pushes_at_the_same_time_all_arrive(world: World) -> None:
    owner = world.person("olive")
    robot = world.robot(owner)
    repository, first = world.seeded(owner)
    robot.box.wait("push")
    robot.box.clear()
    copies = [first, *(world.clone(repository, owner) for _ in range(3))]
    for number, copy in enumerate(copies):
        copy.git("checkout", "--quiet", "-b", f"branch-{number}")
        copy.commit(f"Work {number}", **{f"file{number}_txt": "x\n"})
    with ThreadPoolExecutor(len(copies)) as threads:
        pushed = threads.map(
            lambda pair: pair[1].git("push", "--quiet", "origin", f"branch-{pair[0]}"), enumerate(copies)
        )
        list(pushed)
    heard = robot.box.wait(*["push"] * len(copies))
    assert {item.payload["ref"] for item in heard} == {f"refs/heads/branch-{number}" for number in range(len(copies))}


def test_a_client_that_leaves_in_the_middle_leaves_no_process_behind(world: World) -> None:
    owner = world.person("olive")
    repository, _ = world.seeded(owner)
    host, port = world.address.removeprefix("http://").split(":")
    token = base64.b64encode(f"{owner.login}:{owner.token}".encode()).decode()
    with socket.create_connection((host, int(port))) as leaving:
        head = f"POST /{repository}.git/git-receive-pack HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {token}\r\n"
        leaving.sendall(f"{head}Content-Type: application/x-git-receive-pack-request\r\n".encode())
        leaving.sendall(b"Content-Length: 1000000\r\n\r\n00a5")
        deadline = time.monotonic() + 10
        while not git_children(root=world.data) and time.monotonic() < deadline:
            time.sleep(0.01)
    while git_children(root=world.data) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert git_children(root=world.data) == []


def git_children(*, root: Path) -> list[str]:
    """Name the processes that serve the repositories below `root`, whoever their parent is by now."""
    names = []
    for process in psutil.process_iter(["name", "environ"]):
        environ = process.info["environ"] or {}
        if process.info["name"].startswith("git") and str(root) in environ.get("GIT_PROJECT_ROOT", ""):
            names.append(process.info["name"])
    return names
