"""A runner for composite actions, as far as ours need one: their bash steps, expressions, and GitHub's files."""

import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import yaml

Json = dict[str, object]
EXPRESSION = re.compile(r"\$\{\{\s*(?P<path>[a-z_]+(?:\.[A-Za-z0-9_-]+)+)\s*\}\}")
OPENING = re.compile(r"\$\{\{")
COMMAND = re.compile(r"^::(?P<name>[a-z-]+)(?: (?P<properties>[^\n]*?))?::(?P<text>.*)$", re.MULTILINE)
SECONDS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A workflow command that marks a line."""

    level: str
    path: str
    line: int
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an action went."""

    code: int
    log: str
    outputs: dict[str, str]
    summary: str

    @property
    def annotations(self) -> list[Annotation]:
        found = []
        for match in COMMAND.finditer(self.log):
            if match["name"] in {"error", "warning", "notice"}:
                pairs = (pair.partition("=") for pair in (match["properties"] or "").split(","))
                named = {key: _unescape(value, "%3A:", "%2C,") for key, _, value in pairs}
                found.append(
                    Annotation(
                        level=match["name"],
                        path=named.get("file", ""),
                        line=int(named.get("line", "0")),
                        title=named.get("title", ""),
                        text=_unescape(match["text"]),
                    )
                )
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Runner:
    """A runner's machine, and what it tells each step."""

    folder: Path
    event_name: str
    event: Path
    github: Json
    """The `github` context."""
    environment: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ("/usr/bin", "/bin")

    def run(self, action: Path, inputs: Mapping[str, str] | None = None) -> Outcome:
        """Run a composite action's steps, until one fails.

        Raises:
            ValueError: if the action uses what this runner does not know.
        """
        definition = cast("Json", yaml.safe_load(action.read_text(encoding="utf-8")))
        runs = cast("Json", definition["runs"])
        if runs["using"] != "composite":
            raise ValueError(f"{action} is no composite action")
        context: Json = {"github": self.github, "inputs": self._inputs(definition, inputs or {}), "steps": {}}
        variables: dict[str, str] = {}
        path = list(self.path)
        logs, summaries, code = [], [], 0
        for number, step in enumerate(cast("list[Json]", runs["steps"])):
            unknown = set(step) - {"name", "id", "shell", "env", "run"}
            if unknown or step["shell"] != "bash":
                raise ValueError(f"step {number} of {action} uses {unknown or step['shell']}")
            files = {name: self.folder / f"{number}-{name}" for name in ("output", "env", "path", "step_summary")}
            for file in files.values():
                file.touch()
            done = self._step(step, context, action, files, variables, path)
            logs.append(done.stdout)
            summaries.append(files["step_summary"].read_text(encoding="utf-8"))
            variables |= read_assignments(files["env"])
            path = files["path"].read_text(encoding="utf-8").split() + path
            if "id" in step:
                outputs = {"outputs": read_assignments(files["output"])}
                cast("Json", context["steps"])[str(step["id"])] = outputs
            code = done.returncode
            if code:
                break
        declared = cast("dict[str, Json]", definition.get("outputs") or {})
        return Outcome(
            code=code,
            log="".join(logs),
            outputs={name: evaluate(str(output["value"]), context) for name, output in declared.items()},
            summary="".join(summaries),
        )

    def _inputs(self, definition: Json, given: Mapping[str, str]) -> dict[str, str]:
        declared = cast("dict[str, Json]", definition.get("inputs") or {})
        if set(given) - set(declared):
            raise ValueError(f"no such input: {set(given) - set(declared)}")
        missing = [name for name, about in declared.items() if about.get("required") and name not in given]
        if missing:
            raise ValueError(f"inputs are missing: {missing}")
        return {
            name: given.get(name, evaluate(str(about.get("default", "")), {"github": self.github}))
            for name, about in declared.items()
        }

    def _step(
        self,
        step: Json,
        context: Json,
        action: Path,
        files: Mapping[str, Path],
        variables: Mapping[str, str],
        path: list[str],
    ) -> "subprocess.CompletedProcess[str]":
        environment = {
            "HOME": str(self.folder),
            "PATH": ":".join(path),
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_ACTION_PATH": str(action.parent),
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": self.event_name,
            "GITHUB_EVENT_PATH": str(self.event),
            **self.environment,
            **variables,
            **{f"GITHUB_{name.upper()}": str(file) for name, file in files.items()},
            **{
                name: evaluate(str(value), context)
                for name, value in cast("dict[str, object]", step.get("env") or {}).items()
            },
        }
        return run_script(evaluate(str(step["run"]), context), folder=self.folder, environment=environment)


def run_script(text: str, *, folder: Path, environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a step's script in bash, as a runner calls it."""
    script = folder / "step.sh"
    script.write_text(text, encoding="utf-8")
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def evaluate(text: str, context: Json) -> str:
    """Put in the values of look-ups such as `${{ inputs.base }}`; what is missing is empty.

    Raises:
        ValueError: if there is an expression of another kind.
    """
    if len(OPENING.findall(text)) != len(EXPRESSION.findall(text)):
        raise ValueError(f"an expression that is no look-up: {text}")
    return EXPRESSION.sub(lambda match: _look_up(match["path"], context), text)


def read_assignments(file: Path) -> dict[str, str]:
    """Read `name=value` lines and `name<<END` blocks.

    Raises:
        ValueError: if a line is neither, or a block does not end.
    """
    values: dict[str, str] = {}
    lines = iter(file.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, operator, rest = re.split(r"(=|<<)", line, maxsplit=1)
        if operator == "=":
            values[name] = rest
            continue
        block: list[str] = []
        while (row := next(lines, None)) != rest:
            if row is None:
                raise ValueError(f"{name} has no end in {file}")
            block.append(row)
        values[name] = "\n".join(block)
    return values


def _look_up(path: str, context: Json) -> str:
    value: object = context
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return "" if value is None else str(value)


def _unescape(text: str, *pairs: str) -> str:
    for pair in (*pairs, "%0D\r", "%0A\n", "%25%"):
        text = text.replace(pair[:3], pair[3:])
    return text
