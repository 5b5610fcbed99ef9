"""The reusable workflow's own steps, from the commit that its caller pinned to a triaged pull request."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import yaml

from tests.actions.harness import run_script
from tests.actions.world import ACTIONS, ROBOT, WORKFLOW, Orchard, orchard
from tests.bot.world import ATTRIBUTION, Json, clone, commit, git, skill

LEAF = "compositional_skills/greetings/lantern"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orchard]:
    with orchard(tmp_path_factory.mktemp("orchard")) as made:
        yield made


def test_the_pinned_commit_is_fetched_and_its_action_triages(here: Orchard, tmp_path: Path) -> None:
    owner = here.people["orchard"]
    owner.post("/user/repos", name="tool")
    home = clone(owner, "orchard/tool", tmp_path / "tool", here.forge.address)
    shutil.copytree(ACTIONS, home / "actions")
    pinned = commit(home, {"README.md": "# Espalier\n"}, "Release", person=owner)
    commit(home, {"actions/triage/action.yml": "name: changed since\n"}, "Go on", person=owner)
    git(home, "push", "--quiet", "origin", "HEAD:main")
    job = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]["triage"]
    workspace = tmp_path / "workspace"
    workspace.mkdir()

    fetched = run_script(
        job["steps"][0]["run"],
        folder=workspace,
        environment={
            "PATH": "/usr/bin:/bin",
            "HOME": str(workspace),
            "GITHUB_SERVER_URL": here.forge.address,
            "REPOSITORY": "orchard/tool",
            "COMMIT": pinned,
        },
    )

    assert fetched.returncode == 0, fetched.stdout
    action = workspace / job["steps"][1]["uses"] / "action.yml"
    pull = here.taxonomy().open_pull({f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION})
    payload = cast("Json", pull.taxonomy.receive("pull_request.opened").payload)
    outcome = pull.taxonomy.run("triage", "pull_request_target", payload, action=action)
    assert outcome.code == 0, outcome.log
    assert "triage-needed" in pull.labels()


def test_an_app_of_ones_own_has_buttons_and_they_work(tmp_path: Path) -> None:
    with orchard(tmp_path, app="Gardener") as made:
        pull = made.taxonomy().open_pull(
            {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}, signed=False
        )
        received = pull.taxonomy.receive("pull_request.opened")
        own = {"ESPALIER_LOGIN": "gardener[bot]"}
        pull.taxonomy.attend("pull_request_target", cast("Json", received.payload), **own)
        (run,) = pull.runs()
        assert run["conclusion"] == "failure"
        pressed = {
            **pull.edited(),
            "action": "requested_action",
            "check_run": run,
            "requested_action": {"identifier": "dco-pass"},
        }
        pressed.pop("pull_request")

        pull.taxonomy.attend("check_run", {**pressed, "sender": {"login": "june"}}, **own)
        assert pull.runs()[0]["conclusion"] == "failure"
        pull.taxonomy.attend("check_run", {**pressed, "sender": {"login": "orchard"}}, **own)
        pull.taxonomy.attend("pull_request_target", pull.edited(), **own)

        assert pull.runs()[0]["conclusion"] == "success"
        assert ROBOT not in str(pull.taxonomy.owner.items(f"{pull.issue}/comments"))
