"""Our workflows and actions as linters and GitHub's schemas see them, and the promises that their READMEs make."""

import importlib.resources
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import cast

import jsonschema_rs
import pytest
import yaml

from tests.actions.world import ACTIONS, ROOT, WORKFLOW
from tests.bot.world import Json

BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
DEFINITIONS = sorted(ACTIONS.glob("*/action.yml"))
SCRIPTS = sorted(ACTIONS.rglob("*.sh"))


def run(*command: str | Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def schema(name: str) -> jsonschema_rs.Validator:
    vendored = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / f"{name}.json"
    return jsonschema_rs.validator_for(json.loads(vendored.read_text(encoding="utf-8")))


def load(path: Path) -> Json:
    text = re.sub(r"^on:", '"on":', path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return cast("Json", yaml.safe_load(text))


def steps(path: Path) -> list[Json]:
    definition = load(path)
    if "runs" in definition:
        return cast("list[Json]", cast("Json", definition["runs"])["steps"])
    jobs = cast("dict[str, Json]", definition["jobs"])
    return [step for job in jobs.values() for step in cast("list[Json]", job.get("steps", []))]


def test_there_is_something_to_look_at() -> None:
    assert {path.parent.name for path in DEFINITIONS} == {"check", "triage", "build"}
    assert WORKFLOW in WORKFLOWS
    assert len(SCRIPTS) == 2


def test_actionlint_finds_nothing_in_workflows() -> None:
    assert not run(BIN / "actionlint", "-shellcheck", BIN / "shellcheck", *WORKFLOWS)


def test_zizmor_finds_nothing_in_workflows_and_actions() -> None:
    assert not run(BIN / "zizmor", "--offline", "--quiet", "--strict-collection", ".github", "actions")


def test_shellcheck_finds_nothing_in_scripts() -> None:
    assert not run(BIN / "shellcheck", *SCRIPTS)


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.parent.name)
def test_an_action_is_what_the_schema_of_actions_describes(path: Path) -> None:
    assert [error.message for error in schema("github-actions").iter_errors(load(path))] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_what_the_schema_of_workflows_describes(path: Path) -> None:
    assert [error.message for error in schema("github-workflows").iter_errors(load(path))] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *DEFINITIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_script_has_an_expression_in_it(path: Path) -> None:
    assert [step["run"] for step in steps(path) if "${{" in str(step.get("run", ""))] == []


@pytest.mark.parametrize("path", [*WORKFLOWS, *DEFINITIONS], ids=lambda path: str(path.relative_to(ROOT)))
def test_actions_of_others_are_pinned_to_a_commit(path: Path) -> None:
    used = [str(step["uses"]) for step in steps(path) if "uses" in step]
    assert [name for name in used if not name.startswith("./") and not re.search(r"@[0-9a-f]{40}$", name)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_grants_nothing_and_each_job_what_it_needs(path: Path) -> None:
    definition = load(path)
    assert definition["permissions"] == {}
    assert all("permissions" in job for job in cast("dict[str, Json]", definition["jobs"]).values())


def test_triage_fetches_the_commit_that_its_caller_pinned_and_no_head() -> None:
    fetch, triage = steps(WORKFLOW)
    assert fetch["env"] == {"REPOSITORY": "${{ job.workflow_repository }}", "COMMIT": "${{ job.workflow_sha }}"}
    assert triage["uses"] == "./espalier/actions/triage"
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "head" not in re.sub(r"#.*", "", text)


@pytest.mark.parametrize("path", DEFINITIONS, ids=lambda path: path.parent.name)
def test_the_readme_names_every_input_output_and_permission(path: Path) -> None:
    readme = (path.parent / "README.md").read_text(encoding="utf-8")
    definition = load(path)
    named = [*cast("Json", definition["inputs"]), *cast("Json", definition.get("outputs", {}))]
    assert [name for name in named if f"| `{name}` |" not in readme] == []
    assert "## Permissions" in readme


def test_the_examples_in_the_readmes_are_workflows_that_actionlint_and_the_schema_take(tmp_path: Path) -> None:
    examples = [
        block
        for path in DEFINITIONS
        for block in re.findall(r"```yaml\n(.*?)```", (path.parent / "README.md").read_text("utf-8"), re.DOTALL)
        if block.startswith(("name:", "#"))
    ]
    assert len(examples) == 3
    validator = schema("github-workflows")
    for number, text in enumerate(examples):
        file = tmp_path / f"example{number}.yml"
        file.write_text(text, encoding="utf-8")
        assert [error.message for error in validator.iter_errors(load(file))] == []
        assert not run(BIN / "actionlint", "-shellcheck", BIN / "shellcheck", file)
        assert not run(BIN / "zizmor", "--offline", "--quiet", file)
