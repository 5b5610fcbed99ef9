"""Commits of the base branch that a bad rebase brought into a pull request, told from the contributor's own."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.base_commits import Trace, held, looked_from, suspects
from bot.gather import gather
from bot.gather_local import gather_range
from schemas.config import Config
from tests.bot.test_gather import BASE, HEAD, HOME, pull
from tests.fakes.scripted_github import PLACE, Script, github

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
SINCE = "2026-10-31T12%3A00%3A00Z"
ON_BASE = f"{HOME}/commits?per_page=100&sha=main&since={SINCE}"


def trace(
    sha: str, who: str = "ada", *, subject: str = "Add a leaf", hours: int = 0, login: str | None = None
) -> Trace:
    return Trace(
        sha=sha, author_name=who.title(), author_email=f"{who}@example.org", subject=subject,
        authored=NOON + timedelta(hours=hours), author_login=login,
    )  # fmt: skip


def test_commits_of_others_are_suspect_and_own_ones_are_not_under_any_address() -> None:
    laptop, foreign, desk = trace("1", "ada-laptop", login="Ada"), trace("2", "eve"), trace("3")
    assert suspects((laptop, foreign, desk), "ada") == (foreign,)
    assert suspects((laptop, foreign, desk), "") == (laptop, foreign)
    assert suspects((), "ada") == ()


def test_base_holds_a_commit_under_another_sha_though_a_sign_off_was_added() -> None:
    assert held([trace("1"), trace("2", hours=1)], [trace("9"), trace("8", hours=2)]) == {"1"}
    assert held([trace("1", subject="Add a leaf ")], [trace("1", "eve")]) == {"1"}
    assert held([trace("1", subject="Another")], [trace("9")]) == frozenset()


def test_base_is_looked_at_from_before_the_oldest_of_them() -> None:
    assert looked_from([trace("2", hours=5), trace("1")]) == NOON - timedelta(days=1)


def told(sha: str, who: str, *, message: str = "Add a leaf", login: str | None = None) -> dict[str, object]:
    person = {"name": who.title(), "email": f"{who}@example.org", "date": "2026-11-01T12:00:00Z"}
    user = {"login": login, "type": "User", "id": 3, "url": f"/users/{login}"} if login else None
    return {
        "sha": sha, "url": f"{HOME}/commits/{sha}", "parents": [{"sha": BASE}], "author": user, "committer": user,
        "commit": {"author": person, "committer": person, "message": message, "verification": {"verified": False}},
    }  # fmt: skip


def script(*commits: dict[str, object]) -> Script:
    made = pull([], ["README.md"])
    made.answers["GET", f"{HOME}/pulls/7/commits?per_page=100"] = [(200, {}, list(commits))]
    return made


def base_commits(made: Script) -> frozenset[str]:
    with github(made) as app, app.repository(PLACE) as repository:
        _, facts = gather(repository, 7, Config(), is_member=lambda _: False)
    return facts.base_commits


def test_one_request_finds_what_a_bad_rebase_brought_in() -> None:
    made = script(told("1" * 40, "eve"), told("2" * 40, "uma"), told(HEAD, "ada"))
    copy = told("9" * 40, "eve", message="Add a leaf\n\nSigned-off-by: Eve <eve@example.org>")
    made.answers["GET", ON_BASE] = [(200, {}, [copy])]
    assert base_commits(made) == {"1" * 40}
    assert made.count("GET", ON_BASE) == 1


def test_base_is_not_asked_about_commits_of_one_person() -> None:
    made = script(told("1" * 40, "ada"), told(HEAD, "ada"))
    assert base_commits(made) == frozenset()
    assert not [path for _, path, _ in made.asked if path.startswith(f"{HOME}/commits")]


def git(folder: Path, *arguments: str, who: str = "ada") -> str:
    person = ("-c", f"user.name={who.title()}", "-c", f"user.email={who}@example.org")
    done = subprocess.run(["git", *person, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, name: str, *, who: str) -> str:
    (folder / name).write_text(f"{name}\n", encoding="utf-8")
    git(folder, "add", name)
    git(folder, "commit", "--quiet", "-m", f"Add {name}", who=who)
    return git(folder, "rev-parse", "HEAD")


def test_commits_that_a_local_branch_has_in_common_with_its_base_are_found_under_another_sha(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path, "README.md", who="olive")
    git(tmp_path, "checkout", "--quiet", "-b", "leaf")
    commit(tmp_path, "leaf", who="ada")
    git(tmp_path, "checkout", "--quiet", "main")
    theirs = commit(tmp_path, "roots", who="eve")
    git(tmp_path, "checkout", "--quiet", "leaf")
    git(tmp_path, "cherry-pick", "--signoff", theirs)
    copied = git(tmp_path, "rev-parse", "HEAD")
    commit(tmp_path, "blossom", who="eve")
    commit(tmp_path, "twig", who="ada")
    assert gather_range(tmp_path, base="main", head="leaf").base_commits == {copied}
    assert gather_range(tmp_path, base="main", head="main").base_commits == frozenset()
