"""`espalier handle` takes what GitHub Actions gives, and says what is missing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.events import Place, PullChanged, parse
from bot.handle_command import read_delivery
from bot.settings import WORKFLOW_LOGIN, read_workflow
from schemas.errors import UserError

ENVIRONMENT = {
    "GITHUB_TOKEN": "ghs_secret", "GITHUB_REPOSITORY": "orchard/taxonomy", "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_SERVER_URL": "https://github.com", "GITHUB_RUN_ID": "77",
}  # fmt: skip


def test_a_runs_environment_says_as_whom_and_where() -> None:
    settings, workflow = read_workflow(ENVIRONMENT)
    assert (settings.api_url, settings.app_id) == ("https://api.github.com", "")
    assert (workflow.token, workflow.login, workflow.repository) == ("ghs_secret", WORKFLOW_LOGIN, "orchard/taxonomy")
    assert workflow.run_url == "https://github.com/orchard/taxonomy/actions/runs/77"
    assert (workflow.output, workflow.builds) == (None, False)
    assert "ghs_secret" not in f"{workflow}{settings}"
    assert "GITHUB_TOKEN" not in settings.child_environment


def test_our_own_variables_go_first() -> None:
    own = {"ESPALIER_GITHUB_API_URL": "http://127.0.0.1:9/api/v3", "ESPALIER_LOGIN": "espalier[bot]",
           "ESPALIER_BUILDS": "true", "ESPALIER_CLUSTER_PYTHON": "/opt/python"}  # fmt: skip
    settings, workflow = read_workflow({**ENVIRONMENT, **own, "GITHUB_OUTPUT": "/run/out"})
    assert (settings.api_url, settings.cluster_python) == ("http://127.0.0.1:9/api/v3", "/opt/python")
    assert (workflow.login, workflow.builds, workflow.output) == ("espalier[bot]", True, Path("/run/out"))


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "GITHUB_REPOSITORY"])
def test_what_is_missing_is_named(name: str) -> None:
    with pytest.raises(UserError, match=f"{name} is not set"):
        read_workflow({**ENVIRONMENT, name: " "})


def test_an_event_of_actions_is_a_delivery_without_an_installation_of_its_own(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    pull = {"number": 4, "head": {"sha": "a" * 40}}
    repository = {"full_name": "orchard/taxonomy"}
    data = {"action": "opened", "pull_request": pull, "repository": repository, "installation": {"id": 9}}
    event.write_text(json.dumps(data), encoding="utf-8")
    found = parse(read_delivery("pull_request_target", event))
    assert found == PullChanged(
        place=Place(repository="orchard/taxonomy", installation=0), number=4, action="opened", head_sha="a" * 40
    )


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000], ids=["empty", "list", "cut", "deep"])
def test_a_file_that_holds_no_event_is_refused(tmp_path: Path, text: str) -> None:
    event = tmp_path / "event.json"
    event.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"event\.json"):
        read_delivery("push", event)
    with pytest.raises(UserError, match="cannot be read"):
        read_delivery("push", tmp_path / "none.json")


def test_a_misuse_ends_with_two_and_says_what_to_do(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

    def run(*words: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "espalier", "handle", *words]
        return subprocess.run(
            command, env={**environment, **more}, cwd=Path(__file__).parents[2], capture_output=True, text=True,
            check=False,
        )  # fmt: skip

    without = run("--event", "push", "--payload", "x")
    assert (without.returncode, "GITHUB_TOKEN is not set" in without.stderr) == (2, True)
    nothing = run(**ENVIRONMENT)
    assert (nothing.returncode, "--event NAME --payload FILE" in nothing.stderr) == (2, True)
    build = run("--build", "pr1-a", **ENVIRONMENT)
    assert (build.returncode, "--pull-request NUMBER" in build.stderr) == (2, True)
    cluster = run("--build", "pr1-a", "--pull-request", "1", **ENVIRONMENT)
    assert (cluster.returncode, "ESPALIER_RAY_ADDRESS is not set" in cluster.stderr) == (2, True)
