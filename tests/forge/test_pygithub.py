"""PyGithub, the bot's own client, finds in the forge what it finds on GitHub."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from github import Auth, Github, GithubException, GithubIntegration, InputGitTreeElement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.forge.world import Person, World


@pytest.fixture
def owner(world: World) -> Person:
    return world.person("olive")


@pytest.fixture
def client(world: World, owner: Person) -> Iterator[Github]:
    auth = Auth.Token(owner.token)
    found = Github(auth=auth, base_url=f"{world.address}/api/v3", seconds_between_requests=0, seconds_between_writes=0)
    with found:
        yield found


def test_a_repository_is_read_and_written(world: World, owner: Person, client: Github) -> None:
    name, _ = world.seeded(owner)
    repository = client.get_repo(name)
    made = repository.create_file("docs/a.md", "Add", "text\n", branch="main")
    read = repository.get_contents("docs/a.md")
    assert not isinstance(read, list)
    assert read.decoded_content == b"text\n"
    assert made["commit"].sha == repository.get_branch("main").commit.sha
    repository.update_file("docs/a.md", "Change", "more\n", read.sha)
    blob = repository.create_git_blob(base64.b64encode(b"x").decode(), "base64")
    base = repository.get_git_tree("main")
    tree = repository.create_git_tree([InputGitTreeElement("x", "100644", "blob", sha=blob.sha)], base)
    head = repository.get_git_commit(repository.get_branch("main").commit.sha)
    commit = repository.create_git_commit("Built", tree, [head])
    ref = repository.create_git_ref("refs/heads/built", commit.sha)
    assert repository.get_git_ref("heads/built").object.sha == commit.sha
    assert repository.get_git_refs().totalCount == 2
    assert repository.compare("main", "built").ahead_by == 1
    ref.delete()
    assert {label.name for label in repository.get_labels()} >= {"bug"}


def test_a_pull_request_goes_through_its_life(world: World, owner: Person, client: Github) -> None:
    name, copy = world.seeded(owner)
    world.branch(copy)
    repository = client.get_repo(name)
    pull = repository.create_pull("main", "feature", title="A leaf", body="Please")
    assert [file.filename for file in pull.get_files()] == ["new.txt"]
    assert pull.get_commits().totalCount == 1
    issue = pull.as_issue()
    comment = issue.create_comment("Hello")
    comment.edit("Hello again")
    comment.create_reaction("eyes")
    assert [item.body for item in pull.get_issue_comments()] == ["Hello again"]
    issue.add_to_labels("bug", "brand new")
    issue.remove_from_labels("bug")
    issue.set_labels("question")
    assert [label.name for label in pull.get_labels()] == ["question"]
    pull.create_review(body="Hm", event="COMMENT")
    assert pull.merge(merge_method="squash").merged
    assert pull.is_merged()
    assert repository.get_collaborator_role_name(owner.login) == "admin"


def test_pages_are_followed(world: World, owner: Person, client: Github) -> None:
    name, _ = world.seeded(owner)
    issue = client.get_repo(name).create_issue("Talk")
    for number in range(35):
        issue.create_comment(f"{number}")
    assert [comment.body for comment in issue.get_comments()] == [str(number) for number in range(35)]


def test_an_app_reports_through_its_installation(world: World, owner: Person) -> None:
    robot = world.robot(owner)
    name, copy = world.seeded(owner)
    sha = world.branch(copy)
    auth = Auth.AppAuth(robot.id, robot.pem)
    address = f"{world.address}/api/v3"
    with GithubIntegration(auth=auth, base_url=address) as integration:
        installation = integration.get_repo_installation(*name.split("/"))
        assert installation.id == robot.installation
        token = integration.get_access_token(installation.id, permissions={"checks": "write", "contents": "read"}).token
    with Github(auth=Auth.Token(token), base_url=address, seconds_between_writes=0) as client:
        repository = client.get_repo(name)
        run = repository.create_check_run(
            "espalier",
            sha,
            status="completed",
            conclusion="failure",
            output={
                "title": "One fault",
                "summary": "See.",
                "annotations": [
                    {"path": "new.txt", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "No"}
                ],
            },
        )
        run.edit(conclusion="success")
        assert [item.message for item in run.get_annotations()] == ["No"]
        assert repository.get_commit(sha).get_check_runs().totalCount == 1
        with pytest.raises(GithubException) as refused:
            repository.create_issue("Not allowed")
        assert refused.value.status == 403
