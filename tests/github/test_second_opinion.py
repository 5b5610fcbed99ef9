"""What the bot sends, at a GitHub that somebody else wrote: npm's `emulate`, which knows a part of it.

It stands in for what our own forge and the OpenAPI slice might both have misread. It knows no files of pull requests
and moves no head, so that only single requests are tried here, and no loop.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.events import Place
from bot.github_api import GitHubApp, GitHubError, Repository
from bot.github_values import LabelView
from bot.settings import read_settings

HERE = Path(__file__).with_name("emulate")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "espalier-tests" / "emulate-0.12.2"
PLACE = Place(repository="orchard/taxonomy", installation=100)
TOKEN = "a-person"
SEED = {
    "users": [{"login": "orchard", "name": "Orchard", "email": "orchard@example.org"}],
    "repos": [{"owner": "orchard", "name": "taxonomy", "auto_init": True}],
    "apps": [
        {
            "app_id": 12,
            "slug": "espalier",
            "name": "espalier",
            "permissions": {
                "metadata": "read", "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write",
            },
            "events": [],
            "installations": [{"installation_id": 100, "account": "orchard"}],
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def emulated() -> Iterator[tuple[str, str]]:
    """Serve it; gives its address and the App's key."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("there is no node or npm, which emulate needs")
    install()
    seed = {"github": SEED, "tokens": {TOKEN: {"login": "orchard", "scopes": ["repo"]}}}
    command = ["node", "serve.mjs", json.dumps(seed)]
    with subprocess.Popen(command, cwd=CACHE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield told["url"], told["key"]
        finally:
            process.terminate()


def install() -> None:
    """Install what the lock file names, once, beside other caches."""
    CACHE.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "serve.mjs"):
        shutil.copy(HERE / name, CACHE)
    if (CACHE / "node_modules" / "emulate").exists():
        return
    command = ["npm", "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=CACHE, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"npm cannot install emulate here: {done.stderr.strip()[-300:]}")


@contextmanager
def opened(emulated: tuple[str, str]) -> Iterator[Repository]:
    url, key = emulated
    app = GitHubApp(
        read_settings({
            "ESPALIER_APP_ID": "12", "ESPALIER_PRIVATE_KEY": key, "ESPALIER_WEBHOOK_SECRET": "s",
            "ESPALIER_GITHUB_API_URL": url,
        })
    )  # fmt: skip
    try:
        with app.repository(PLACE) as repository:
            yield repository
    finally:
        app.close()


@pytest.fixture
def repository(emulated: tuple[str, str]) -> Iterator[Repository]:
    with opened(emulated) as found:
        yield found


@pytest.fixture
def issue(emulated: tuple[str, str]) -> int:
    """Open an issue as a person: comments and labels are the same on a pull request."""
    answer = httpx.post(
        f"{emulated[0]}/repos/orchard/taxonomy/issues",
        json={"title": "Add a leaf"},
        headers={"authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    )
    assert answer.status_code == 201, answer.text
    return int(answer.json()["number"])


def test_the_app_says_who_it_is_and_exchanges_its_jwt_for_a_token(emulated: tuple[str, str]) -> None:
    url, key = emulated
    settings = {
        "ESPALIER_APP_ID": "12", "ESPALIER_PRIVATE_KEY": key, "ESPALIER_WEBHOOK_SECRET": "s",
        "ESPALIER_GITHUB_API_URL": url,
    }  # fmt: skip
    app = GitHubApp(read_settings(settings))
    assert app.identity().login == "espalier[bot]"
    assert app.token(PLACE, {"metadata": "read", "contents": "read"}).startswith("ghs_")
    with pytest.raises(GitHubError) as refused:
        app.token(Place(repository="orchard/taxonomy", installation=101), {"metadata": "read"})
    assert refused.value.status == 404
    app.close()


def test_contents_refs_trees_and_blobs_are_read_as_the_bot_reads_them(repository: Repository) -> None:
    branch = repository.view().default_branch
    head = repository.branch_head(branch)
    tree = repository.tree(head)
    readme = tree.entries["README.md"]
    assert (tree.complete, readme.mode) == (True, "100644")
    assert repository.blob(readme.sha) == repository.file("README.md")
    assert repository.file(".github/espalier.yml") is None
    assert repository.file("README.md", ref=head) is not None


def test_labels_are_made_set_and_taken_off(repository: Repository, issue: int) -> None:
    repository.create_label(LabelView(name="triage-needed", color="ededed", description="Somebody has to look"))
    assert "triage-needed" in {label.name for label in repository.labels()}
    with pytest.raises(GitHubError) as refused:
        repository.create_label(LabelView(name="triage-needed", color="ededed", description=""))
    assert refused.value.status == 422
    repository.add_labels(issue, ("triage-needed",))
    for _ in range(2):  # that it is gone already is no error
        repository.remove_label(issue, "triage-needed")


def test_comments_are_written_found_as_our_own_edited_and_deleted(repository: Repository, issue: int) -> None:
    written = repository.create_comment(issue, "<!-- espalier:report -->\nOne.")
    repository.edit_comment(issue, written.id, "<!-- espalier:report -->\nTwo.")
    (standing,) = repository.comments(issue)
    assert (standing.id, standing.body, standing.mine) == (written.id, "<!-- espalier:report -->\nTwo.", True)
    repository.delete_comment(written.id)
    assert repository.comments(issue) == ()
