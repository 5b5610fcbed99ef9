"""Check runs and check suites."""

from forge.acts import checks, suites
from forge.answers import Answer, created
from forge.body import Body
from forge.call import Call, Routes, listing
from forge.clock import parse_time
from forge.errors import ForbiddenError, InvalidError, UnprocessableError
from forge.git import refs
from forge.records import CheckRun, CheckSuite
from forge.roles import Role
from forge.shapes.checks import annotation_shape, latest_runs, run_shape, suite_shape

routes = Routes("CheckRun")
READ, WRITE = "checks:read", "checks:write"
REPO = "/repos/{owner}/{repo}"
RUN, SUITE = REPO + "/check-runs/{id}", REPO + "/check-suites/{id}"


def _output(body: Body) -> checks.Output | None:
    output = body.inner("output")
    if output is None:
        return None
    remarks = tuple(
        checks.Remark(
            path=item.text("path"),
            start_line=item.integer("start_line"),
            end_line=item.integer("end_line"),
            annotation_level=item.text("annotation_level"),
            message=item.text("message"),
            start_column=item.optional_integer("start_column"),
            end_column=item.optional_integer("end_column"),
            title=item.optional_text("title"),
            raw_details=item.optional_text("raw_details"),
        )
        for item in output.bodies("annotations")
    )
    return checks.Output(
        title=output.optional_text("title"),
        summary=output.optional_text("summary"),
        text=output.optional_text("text"),
        annotations=remarks,
    )


def _time(body: Body, name: str) -> str | None:
    text = body.optional_text(name)
    if text is None:
        return None
    time = parse_time(text)
    if time is None:
        raise InvalidError("CheckRun", name)
    return time


def _change(body: Body) -> checks.RunChange:
    actions = None
    if "actions" in body:
        actions = tuple(
            checks.Action(
                label=item.text("label"), description=item.text("description"), identifier=item.text("identifier")
            )
            for item in body.bodies("actions")
        )
    return checks.RunChange(
        name=body.optional_text("name"),
        details_url=body.optional_text("details_url"),
        external_id=body.optional_text("external_id"),
        status=body.optional_text("status"),
        started_at=_time(body, "started_at"),
        conclusion=body.optional_text("conclusion"),
        completed_at=_time(body, "completed_at"),
        output=_output(body),
        actions=actions,
    )


@routes.add("POST", REPO + "/check-runs", WRITE)
def create(call: Call) -> Answer:
    """Make a check run."""
    body = call.body
    run = checks.create(call.forge, call.actor, call.repository, body.text("head_sha"), _change(body))
    return created(run_shape(call.forge, call.repository, run))


@routes.add("GET", RUN, READ)
def get(call: Call) -> Answer:
    """Describe a check run."""
    return Answer(content=run_shape(call.forge, call.repository, call.record(CheckRun)))


@routes.add("PATCH", RUN, WRITE)
def change(call: Call) -> Answer:
    """Change a check run."""
    run = checks.change_run(call.forge, call.actor, call.repository, call.record(CheckRun), _change(call.body))
    return Answer(content=run_shape(call.forge, call.repository, run))


@routes.add("GET", RUN + "/annotations", READ)
def list_annotations(call: Call) -> Answer:
    """List a check run's annotations."""
    run = call.record(CheckRun)
    found = checks.list_annotations(call.forge, run)
    return listing(call, found, lambda item: annotation_shape(call.forge, call.repository, run, item))


@routes.add("POST", RUN + "/rerequest", WRITE, Role.WRITE)
def rerequest(call: Call) -> Answer:
    """Ask for a check run again; it stays as it was until its App changes it."""
    checks.announce(call.forge, call.actor, call.repository, call.record(CheckRun), "rerequested")
    return created({})


@routes.add("POST", REPO + "/check-suites", WRITE)
def create_suite(call: Call) -> Answer:
    """Make a check suite, or give the one that is there.

    Raises:
        ForbiddenError: if a user tries.
        UnprocessableError: if there is no such commit.
    """
    app, sha = call.actor.app, call.body.text("head_sha")
    if app is None:
        raise ForbiddenError("You must authenticate via a GitHub App.")
    folder = call.forge.folder(call.repository)
    if refs.resolve(folder, sha)[0] != sha:
        raise UnprocessableError(f"No commit found for SHA: {sha}")
    suite, is_new = suites.ensure(call.forge, app, call.repository, sha)
    shape = suite_shape(call.forge, call.repository, suite)
    return created(shape) if is_new else Answer(content=shape)


@routes.add("GET", SUITE, READ)
def get_suite(call: Call) -> Answer:
    """Describe a check suite."""
    return Answer(content=suite_shape(call.forge, call.repository, call.record(CheckSuite)))


@routes.add("POST", SUITE + "/rerequest", WRITE, Role.WRITE)
def rerequest_suite(call: Call) -> Answer:
    """Ask for all checks of a suite again."""
    suites.announce(call.forge, call.actor, call.repository, call.record(CheckSuite), "rerequested")
    return created({})


def _runs(call: Call, found: list[CheckRun]) -> Answer:
    if call.query.get("filter", "latest") == "latest":
        by_app: dict[int, list[CheckRun]] = {}
        for run in found:
            by_app.setdefault(run.app_id, []).append(run)
        found = sorted((run for runs in by_app.values() for run in latest_runs(runs)), key=lambda run: run.id)
    name, status, app = (call.query.get(key) for key in ("check_name", "status", "app_id"))
    found = [
        run
        for run in found
        if name in {None, run.name} and status in {None, run.status} and app in {None, str(run.app_id)}
    ]
    return listing(call, found, lambda run: run_shape(call.forge, call.repository, run), key="check_runs")


@routes.add("GET", SUITE + "/check-runs", READ)
def list_of_suite(call: Call) -> Answer:
    """List the runs of a suite."""
    suite = call.record(CheckSuite)
    return _runs(call, call.forge.store.all(CheckRun, "suite_id = ? ORDER BY id", suite.id))


def _sha(call: Call) -> str:
    ref = call.path["ref"]
    sha = refs.resolve_any(call.forge.folder(call.repository), ref)
    if sha is None:
        raise UnprocessableError(f"No commit found for SHA: {ref}")
    return sha


@routes.add("GET", REPO + "/commits/{ref:path}/check-runs", READ)
def list_of_commit(call: Call) -> Answer:
    """List the runs on a commit."""
    condition = "repository_id = ? AND head_sha = ? ORDER BY id"
    return _runs(call, call.forge.store.all(CheckRun, condition, call.repository.id, _sha(call)))


@routes.add("GET", REPO + "/commits/{ref:path}/check-suites", READ)
def list_suites_of_commit(call: Call) -> Answer:
    """List the suites on a commit."""
    condition = "repository_id = ? AND head_sha = ? ORDER BY id"
    found = call.forge.store.all(CheckSuite, condition, call.repository.id, _sha(call))
    app = call.query.get("app_id")
    found = [suite for suite in found if app in {None, str(suite.app_id)}]
    return listing(call, found, lambda suite: suite_shape(call.forge, call.repository, suite), key="check_suites")
