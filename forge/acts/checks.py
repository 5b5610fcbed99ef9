"""Check runs: made, moved on, asked for again, with annotations that add up."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from forge.acts import suites
from forge.clock import stamp
from forge.errors import ForbiddenError, InvalidError, UnprocessableError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.git import refs
from forge.records import Annotation, App, CheckRun, CheckSuite, Repository
from forge.shapes.checks import hook_run, suite_runs, suite_state
from forge.shapes.users import Shape

STATUSES = ("queued", "in_progress", "completed", "waiting", "requested", "pending")
CONCLUSIONS = ("success", "failure", "neutral", "cancelled", "skipped", "timed_out", "action_required")
LEVELS = ("notice", "warning", "failure")
ANNOTATIONS, ACTIONS = 50, 3
"""Most a request may carry: docs.github.com, create a check run."""
TEXT, TITLE, MESSAGE = 65_535, 255, 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """An annotation before it has an id."""

    path: str
    start_line: int
    end_line: int
    annotation_level: str
    message: str
    start_column: int | None = None
    end_column: int | None = None
    title: str | None = None
    raw_details: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A button on a run."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a run says."""

    title: str | None
    summary: str | None
    text: str | None = None
    annotations: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunChange:
    """What to set of a run; None leaves as it is."""

    name: str | None = None
    details_url: str | None = None
    external_id: str | None = None
    status: str | None = None
    started_at: str | None = None
    conclusion: str | None = None
    completed_at: str | None = None
    output: Output | None = None
    actions: tuple[Action, ...] | None = None


def create(forge: Forge, actor: Actor, repository: Repository, head_sha: str, change: RunChange) -> CheckRun:
    """Make a run on a commit.

    Raises:
        ForbiddenError: if a user tries; only Apps have check runs.
        InvalidError: if the name is missing or the commit is none.
        UnprocessableError: if it cannot be carried out.
    """
    if actor.app is None:
        raise ForbiddenError("You must authenticate via a GitHub App.")
    if not change.name:
        raise InvalidError("CheckRun", "name", "missing_field")
    _check(change)
    folder = forge.folder(repository)
    sha = refs.resolve(folder, head_sha)[0]
    if sha is None or sha != head_sha:
        raise UnprocessableError(f"No commit found for SHA: {head_sha}")
    suite = _suite(forge, actor.app, repository, sha)
    completed = change.conclusion is not None or change.status == "completed"
    time = stamp()
    with forge.store.writing():
        run = forge.store.add(
            CheckRun,
            suite_id=suite.id,
            repository_id=repository.id,
            app_id=actor.app.id,
            name=change.name,
            head_sha=sha,
            external_id=change.external_id or "",
            details_url=change.details_url or actor.app.external_url,
            status="completed" if completed else change.status or "queued",
            conclusion=change.conclusion,
            started_at=change.started_at or time,
            completed_at=(change.completed_at or time) if completed else None,
            title=None,
            summary=None,
            text=None,
            actions="[]",
        )
        run = _say(forge, run, change)
    announce(forge, actor, repository, run, "created")
    if completed:
        _complete(forge, actor, repository, run)
    return run


def _suite(forge: Forge, app: App, repository: Repository, sha: str) -> CheckSuite:
    condition = "repository_id = ? AND head_sha = ? AND app_id = ?"
    present = forge.store.first(CheckSuite, condition, repository.id, sha, app.id)
    if present is not None:
        return present
    branches = refs.branches_at(forge.folder(repository), sha)
    return suites.ensure(forge, app, repository, sha, branches[0] if branches else None)[0]


def change_run(forge: Forge, actor: Actor, repository: Repository, run: CheckRun, change: RunChange) -> CheckRun:
    """Change a run; its annotations are added to those that it has.

    Raises:
        ForbiddenError: if it is another App's.
    """
    if actor.app is None or actor.app.id != run.app_id:
        raise ForbiddenError("Invalid app_id `0` - check run can only be modified by the GitHub App that created it.")
    _check(change)
    completed = change.conclusion is not None or change.status == "completed"
    reopened = not completed and change.status is not None
    time = stamp()
    values: dict[str, object] = {
        name: getattr(change, name)
        for name in ("name", "details_url", "external_id", "started_at")
        if getattr(change, name) is not None
    }
    if completed:
        values |= {"status": "completed", "conclusion": change.conclusion or run.conclusion}
        values["completed_at"] = change.completed_at or time
    elif reopened:
        values |= {"status": change.status, "conclusion": None, "completed_at": None}
    with forge.store.writing():
        changed = forge.store.change(CheckRun, run.id, **values) if values else run
        changed = _say(forge, changed, change)
    if completed and run.status != "completed":
        _complete(forge, actor, repository, changed)
    elif reopened and run.status == "completed":
        announce(forge, actor, repository, changed, "created")
    return changed


def _say(forge: Forge, run: CheckRun, change: RunChange) -> CheckRun:
    values: dict[str, object] = {}
    if change.output is not None:
        output = change.output
        said = {"title": output.title, "summary": output.summary, "text": output.text}
        values = {name: value for name, value in said.items() if value is not None}
        for remark in output.annotations:
            forge.store.add(Annotation, run_id=run.id, **asdict(remark))
    if change.actions is not None:
        values["actions"] = json.dumps([asdict(action) for action in change.actions])
    return forge.store.change(CheckRun, run.id, **values) if values else run


def _complete(forge: Forge, actor: Actor, repository: Repository, run: CheckRun) -> None:
    announce(forge, actor, repository, run, "completed")
    suite = forge.store.change(CheckSuite, run.suite_id, updated_at=stamp())
    if suite_state(suite_runs(forge, suite))[0] == "completed":
        suites.announce(forge, actor, repository, suite, "completed")


def announce(
    forge: Forge, actor: Actor, repository: Repository, run: CheckRun, action: str, more: Shape | None = None
) -> None:
    """Send a check_run event: to everybody what happened, to the App alone what somebody asks of it."""
    emit(
        forge,
        "check_run",
        repository,
        actor.user,
        lambda: {"check_run": hook_run(forge, repository, run), **(more or {})},
        action=action,
        only=run.app_id if action in {"rerequested", "requested_action"} else None,
    )


def request_action(forge: Forge, actor: Actor, repository: Repository, run: CheckRun, identifier: str) -> None:
    """Press a button on a run.

    Raises:
        UnprocessableError: if the run has no such button.
    """
    if identifier not in {action["identifier"] for action in json.loads(run.actions)}:
        raise UnprocessableError(f"This check run offers no action {identifier}.")
    about: Shape = {"requested_action": {"identifier": identifier}}
    announce(forge, actor, repository, run, "requested_action", about)


def list_annotations(forge: Forge, run: CheckRun) -> list[Annotation]:
    """List a run's annotations in the order they came."""
    return forge.store.all(Annotation, "run_id = ? ORDER BY id", run.id)


def _check(change: RunChange) -> None:
    if change.status is not None and change.status not in STATUSES:
        raise InvalidError("CheckRun", "status")
    if change.conclusion is not None and change.conclusion not in CONCLUSIONS:
        raise InvalidError("CheckRun", "conclusion")
    if change.status == "completed" and change.conclusion is None:
        raise UnprocessableError("Invalid request.\n\n`conclusion` is required when status is `completed`.")
    if change.actions is not None and len(change.actions) > ACTIONS:
        raise UnprocessableError(f"No more than {ACTIONS} actions are allowed.")
    for action in change.actions or ():
        for name, most in (("label", 20), ("identifier", 20), ("description", 40)):
            if len(getattr(action, name)) > most:
                raise InvalidError("CheckRun", f"actions.{name}", "invalid", f"at most {most} characters")
    if change.output is not None:
        _check_output(change.output)


def _check_output(output: Output) -> None:
    if not output.summary and output.summary is not None:
        raise InvalidError("CheckRun", "output.summary", "missing_field")
    for name in ("summary", "text"):
        if len(getattr(output, name) or "") > TEXT:
            raise InvalidError("CheckRun", f"output.{name}", "invalid", f"at most {TEXT} characters")
    _check_remarks(output.annotations)


def _check_remarks(remarks: Sequence[Remark]) -> None:
    if len(remarks) > ANNOTATIONS:
        raise UnprocessableError(f"Invalid request.\n\nNo more than {ANNOTATIONS} annotations are allowed per request.")
    for remark in remarks:
        if remark.annotation_level not in LEVELS:
            raise InvalidError("CheckRun", "output.annotations.annotation_level")
        if remark.start_line < 1 or remark.end_line < remark.start_line:
            raise InvalidError("CheckRun", "output.annotations.end_line")
        if remark.start_column is not None and remark.start_line != remark.end_line:
            raise InvalidError("CheckRun", "output.annotations.start_column")
        too_long = len(remark.message.encode()) > MESSAGE or len(remark.title or "") > TITLE
        if not remark.message or too_long:
            raise InvalidError("CheckRun", "output.annotations.message")
