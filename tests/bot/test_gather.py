"""Roles by permission and by team, and facts of pull requests that lose files: nobody gains by what is missing."""

import base64

import pytest

from bot.checks.attribution import attribution
from bot.command import Role
from bot.gather import MAX_LISTED, gather, gather_role
from bot.gather_files import MAX_BESIDE, MAX_FILE, MAX_FILES, MAX_READ
from bot.github_api import GitHubError
from schemas.config import Config, parse_config
from schemas.errors import UserError
from tests.fakes.scripted_github import PLACE, Answer, Script, github

HEAD, BASE, BLOB = "a" * 40, "b" * 40, "c" * 40
HOME = "/repos/orchard/taxonomy"
TEAM = "/orgs/org/teams/team/memberships/tamsin"
POLICY = parse_config("teams:\n  triagers: ['@org/team']\n")


def role_by_team(answer: Answer, *, config: Config = POLICY) -> Role:
    permission = (200, {}, {"permission": "read", "role_name": "read"})
    script = Script(answers={("GET", f"{HOME}/collaborators/tamsin/permission"): [permission], ("GET", TEAM): [answer]})
    with github(script) as app, app.repository(PLACE) as repository:
        return gather_role(app, PLACE, repository, "tamsin", config)


def test_an_active_member_of_a_team_has_the_role_that_the_policy_gives_it() -> None:
    assert role_by_team((200, {}, {"state": "active"})) is Role.TRIAGER
    approvers = parse_config("teams:\n  approvers: ['@org/team']\n")
    assert role_by_team((200, {}, {"state": "active"}), config=approvers) is Role.APPROVER


@pytest.mark.parametrize(
    "answer", [(404, {}, {"message": "Not Found"}), (200, {}, {"state": "pending"}), (200, {}, [])]
)
def test_a_team_that_is_not_there_or_not_joined_gives_no_role(answer: Answer) -> None:
    assert role_by_team(answer) is Role.ANYONE


@pytest.mark.parametrize("status", [403, 422])
def test_a_team_that_the_app_may_not_see_gives_no_role_and_says_what_to_grant(status: int) -> None:
    with pytest.raises(UserError, match="grant it the permission `Members: read`"):
        role_by_team((status, {}, {"message": "Resource not accessible by integration"}))


def test_a_team_that_cannot_be_asked_for_now_gives_no_role() -> None:
    with pytest.raises(GitHubError):
        role_by_team((401, {}, {"message": "Bad credentials"}))


def pull(files: list[dict[str, str]], tree: list[str]) -> Script:
    """Give a GitHub with one pull request that changes `files`, and `tree` at its head."""
    base = {"ref": "main", "sha": BASE}
    told = {
        "number": 7, "title": "t", "body": None, "user": None, "state": "open", "base": base,
        "head": {"ref": "leaf", "sha": HEAD, "repo": None}, "labels": [], "html_url": "http://forge/orchard/pull/7",
        "author_association": "NONE", "merged_at": None, "url": f"{HOME}/pulls/7",
    }  # fmt: skip
    entries = [{"path": path, "mode": "100644", "type": "blob", "sha": BLOB, "size": 5} for path in tree]
    blob = {"sha": BLOB, "content": "aGVsbG8=", "encoding": "base64"}
    return Script(
        answers={
            ("GET", f"{HOME}/pulls/7"): [(200, {}, told)] * 2,
            ("GET", f"{HOME}/pulls/7/files?per_page=100"): [(200, {}, files)],
            ("GET", f"{HOME}/pulls/7/commits?per_page=100"): [(200, {}, [])],
            ("GET", f"{HOME}/git/trees/{HEAD}?recursive=1"): [
                (200, {}, {"sha": HEAD, "tree": entries, "truncated": False})
            ],
            ("GET", f"{HOME}/git/blobs/{BLOB}"): [(200, {}, blob)] * 9,
        }
    )


def changed(path: str, status: str = "modified", **more: str) -> dict[str, str]:
    return {"filename": path, "status": status, **more}


def test_an_attribution_that_was_renamed_away_is_missing_from_its_leaf() -> None:
    away = changed("knowledge/quay/sources.txt", "renamed", previous_filename="knowledge/quay/attribution.txt")
    script = pull([away], ["knowledge/quay/qna.yaml", "knowledge/quay/sources.txt"])
    with github(script) as app, app.repository(PLACE) as repository:
        view, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    assert [(leaf.folder, leaf.qna, leaf.attribution) for leaf in facts.leaves] == [("knowledge/quay", None, None)]
    assert (view.author, view.head_sha) == ("ghost", HEAD)  # the fork is gone, and its owner


def test_a_leaf_that_was_moved_stands_where_it_is_now() -> None:
    moved = [
        changed(f"knowledge/new/{name}", "renamed", previous_filename=f"knowledge/old/{name}")
        for name in ("qna.yaml", "attribution.txt")
    ]
    script = pull(moved, ["knowledge/new/qna.yaml", "knowledge/new/attribution.txt"])
    with github(script) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    assert [leaf.folder for leaf in facts.leaves] == ["knowledge/new"]
    assert facts.leaves[0].attribution == b"hello"


def test_a_leaf_that_was_removed_is_no_leaf_any_more() -> None:
    script = pull([changed("knowledge/old/qna.yaml", "removed")], ["README.md"])
    with github(script) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    assert facts.leaves == ()


def test_more_files_than_github_lists_are_refused_and_not_overlooked() -> None:
    script = pull([changed(f"docs/{number}.md") for number in range(MAX_LISTED)], ["README.md"])
    with github(script) as app, app.repository(PLACE) as repository, pytest.raises(UserError, match="split it"):
        gather(repository, 7, Config(), is_member=lambda _: False)


def commit(sha: str, *parents: str) -> dict[str, object]:
    who = {"name": "Ada", "email": "ada@example.org", "date": "2026-01-01T00:00:00Z"}
    told = {"message": "m", "author": who, "committer": who, "verification": None}
    return {"sha": sha, "parents": [{"sha": parent} for parent in parents], "commit": told, "author": None}


@pytest.mark.parametrize(
    ("commits", "reads"),
    [
        ([commit(BASE), commit(HEAD, BASE)], 1),
        ([commit(HEAD, BASE), commit("9" * 40, HEAD)], 2),  # a push came between
        ([commit("9" * 40, BASE)], 2),  # so did a forced one
    ],
)
def test_a_pull_request_is_read_again_only_where_its_head_may_have_moved(
    commits: list[dict[str, object]], reads: int
) -> None:
    script = pull([changed("knowledge/quay/qna.yaml")], ["knowledge/quay/qna.yaml", "knowledge/quay/attribution.txt"])
    script.answers["GET", f"{HOME}/pulls/7/commits?per_page=100"] = [(200, {}, commits)]
    with github(script) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    assert script.count("GET", f"{HOME}/pulls/7") == reads
    assert script.count("GET", f"{HOME}/git/blobs/{BLOB}") == 1  # what stands there twice is read once
    assert facts.leaves[0].attribution == b"hello"


def test_many_files_are_all_read() -> None:
    paths = [f"knowledge/quay{number}/qna.yaml" for number in range(20)]
    script = pull([changed(path) for path in paths], paths)
    tree = script.answers["GET", f"{HOME}/git/trees/{HEAD}?recursive=1"][0][2]
    assert isinstance(tree, dict)
    for number, entry in enumerate(tree["tree"]):
        entry["sha"] = f"{number:040x}"
        blob = {"content": base64.b64encode(f"file {number}".encode()).decode(), "encoding": "base64"}
        script.answers["GET", f"{HOME}/git/blobs/{number:040x}"] = [(200, {}, blob)]
    with github(script) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    assert [file.content for file in facts.files] == [f"file {number}".encode() for number in range(20)]


def folders_of_many() -> list[str]:
    return [f"knowledge/quay{number:04d}" for number in range(700)]


def test_a_pull_request_of_very_many_leaves_costs_no_more_requests_than_are_read() -> None:
    paths = [f"{folder}/{name}" for folder in folders_of_many() for name in ("attribution.txt", "qna.yaml")]
    script = pull([changed(path) for path in paths], paths)
    tree = script.answers["GET", f"{HOME}/git/trees/{HEAD}?recursive=1"][0][2]
    assert isinstance(tree, dict)
    for number, entry in enumerate(tree["tree"]):
        entry["sha"] = f"{number:040x}"
        script.answers["GET", f"{HOME}/git/blobs/{number:040x}"] = [(200, {}, {"content": "", "encoding": "base64"})]
    with github(script) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    asked = [path for _, path, _ in script.asked if "/git/blobs/" in path]
    assert len(asked) == MAX_FILES + MAX_BESIDE
    assert sum(file.content is not None for file in facts.files) == MAX_FILES
    assert [leaf.folder for leaf in facts.leaves] == folders_of_many()
    assert not [finding for finding in attribution(facts) if finding.rule == "missing"]


def test_the_bytes_that_are_read_are_bounded_all_together() -> None:
    paths = [f"knowledge/quay{number}/qna.yaml" for number in range(70)]
    script = pull([changed(path) for path in paths], paths)
    tree = script.answers["GET", f"{HOME}/git/trees/{HEAD}?recursive=1"][0][2]
    assert isinstance(tree, dict)
    for number, entry in enumerate(tree["tree"]):
        entry["sha"], entry["size"] = f"{number:040x}", MAX_FILE
        script.answers["GET", f"{HOME}/git/blobs/{number:040x}"] = [(200, {}, {"content": "", "encoding": "base64"})]
    with github(script) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    assert sum(file.content is not None for file in facts.files) == MAX_READ // MAX_FILE
