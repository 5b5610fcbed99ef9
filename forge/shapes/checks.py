"""Check suites, check runs, annotations and commit statuses as GitHub's JSON."""

from collections.abc import Sequence

from forge.forge import Forge
from forge.git.history import Commit, read_commit
from forge.records import Annotation, App, CheckRun, CheckSuite, Pull, Repository, Status
from forge.shapes.apps import app_shape
from forge.shapes.commits import simple_commit
from forge.shapes.pulls import pull_reference
from forge.shapes.repositories import minimal_repository, repository_page, repository_url
from forge.shapes.users import Shape, node_id, simple_user

# Worst first: the suite speaks for the worst of its runs.
CONCLUSIONS = ("action_required", "timed_out", "failure", "cancelled", "stale", "success", "neutral", "skipped")


def suite_state(runs: Sequence[CheckRun]) -> tuple[str, str | None]:
    """Derive a suite's status and conclusion from its runs."""
    if not runs:
        return "queued", None
    if any(run.status != "completed" for run in runs):
        return ("queued" if all(run.status == "queued" for run in runs) else "in_progress"), None
    found = {run.conclusion for run in runs}
    return "completed", next((conclusion for conclusion in CONCLUSIONS if conclusion in found), "neutral")


def latest_runs(runs: Sequence[CheckRun]) -> list[CheckRun]:
    """Keep the newest run of each name, in the order of their ids."""
    newest = {run.name: run for run in sorted(runs, key=lambda run: run.id)}
    return sorted(newest.values(), key=lambda run: run.id)


def suite_runs(forge: Forge, suite: CheckSuite) -> list[CheckRun]:
    """List the newest runs of a suite."""
    return latest_runs(forge.store.all(CheckRun, "suite_id = ?", suite.id))


def suite_pulls(forge: Forge, repository: Repository, suite: CheckSuite) -> list[Shape]:
    """Name the open pull requests from the repository itself that have the suite's commit as their head."""
    condition = (
        "repository_id = ? AND head_repository_id = ? AND head_sha = ?"
        " AND issue_id IN (SELECT id FROM issues WHERE state = 'open') ORDER BY number"
    )
    pulls = forge.store.all(Pull, condition, repository.id, repository.id, suite.head_sha)
    return [pull_reference(forge, repository, pull) for pull in pulls]


def suite_summary(forge: Forge, repository: Repository, suite: CheckSuite) -> Shape:
    """Describe a suite as the webhook of one of its runs does."""
    status, conclusion = suite_state(suite_runs(forge, suite))
    return {
        "id": suite.id,
        "node_id": node_id("CheckSuite", suite.id),
        "head_branch": suite.head_branch,
        "head_sha": suite.head_sha,
        "status": status,
        "conclusion": conclusion,
        "url": f"{repository_url(forge, repository)}/check-suites/{suite.id}",
        "before": suite.before_sha,
        "after": suite.after_sha,
        "pull_requests": suite_pulls(forge, repository, suite),
        "app": app_shape(forge, forge.store.get(App, suite.app_id)),
        "created_at": suite.created_at,
        "updated_at": suite.updated_at,
    }


def hook_suite(forge: Forge, repository: Repository, suite: CheckSuite, commit: Commit) -> Shape:
    """Describe a suite as its own webhooks do."""
    summary = suite_summary(forge, repository, suite)
    return {
        **summary,
        "latest_check_runs_count": len(suite_runs(forge, suite)),
        "check_runs_url": f"{summary['url']}/check-runs",
        "head_commit": simple_commit(commit),
    }


def suite_shape(forge: Forge, repository: Repository, suite: CheckSuite) -> Shape:
    """Describe a suite in full."""
    commit = read_commit(forge.folder(repository), suite.head_sha)
    return {
        **hook_suite(forge, repository, suite, commit),
        "repository": minimal_repository(forge, repository),
        "rerequestable": True,
        "runs_rerequestable": True,
    }


def run_output(forge: Forge, repository: Repository, run: CheckRun) -> Shape:
    """Describe what a run says."""
    return {
        "title": run.title,
        "summary": run.summary,
        "text": run.text,
        "annotations_count": forge.store.count(Annotation, "run_id = ?", run.id),
        "annotations_url": f"{repository_url(forge, repository)}/check-runs/{run.id}/annotations",
    }


def run_shape(forge: Forge, repository: Repository, run: CheckRun) -> Shape:
    """Describe a check run."""
    suite = forge.store.get(CheckSuite, run.suite_id)
    return {
        "id": run.id,
        "name": run.name,
        "node_id": node_id("CheckRun", run.id),
        "head_sha": run.head_sha,
        "external_id": run.external_id,
        "url": f"{repository_url(forge, repository)}/check-runs/{run.id}",
        "html_url": f"{repository_page(forge, repository)}/runs/{run.id}",
        "details_url": run.details_url,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": run.started_at,
        "completed_at": run.completed_at,
        "output": run_output(forge, repository, run),
        "check_suite": {"id": run.suite_id},
        "app": app_shape(forge, forge.store.get(App, run.app_id)),
        "pull_requests": suite_pulls(forge, repository, suite),
    }


def hook_run(forge: Forge, repository: Repository, run: CheckRun) -> Shape:
    """Describe a check run as its webhooks do."""
    suite = forge.store.get(CheckSuite, run.suite_id)
    return {**run_shape(forge, repository, run), "check_suite": suite_summary(forge, repository, suite)}


def annotation_shape(forge: Forge, repository: Repository, run: CheckRun, annotation: Annotation) -> Shape:
    """Describe an annotation."""
    return {
        "path": annotation.path,
        "blob_href": f"{repository_page(forge, repository)}/blob/{run.head_sha}/{annotation.path}",
        "start_line": annotation.start_line,
        "start_column": annotation.start_column,
        "end_line": annotation.end_line,
        "end_column": annotation.end_column,
        "annotation_level": annotation.annotation_level,
        "title": annotation.title,
        "message": annotation.message,
        "raw_details": annotation.raw_details,
    }


def simple_status(forge: Forge, repository: Repository, status: Status) -> Shape:
    """Describe a commit status in the combined one."""
    return {
        "url": f"{repository_url(forge, repository)}/statuses/{status.sha}",
        "avatar_url": f"{forge.address}/avatars/u/{status.creator_id}",
        "id": status.id,
        "node_id": node_id("StatusContext", status.id),
        "state": status.state,
        "description": status.description,
        "target_url": status.target_url,
        "context": status.context,
        "created_at": status.created_at,
        "updated_at": status.updated_at,
    }


def status_shape(forge: Forge, repository: Repository, status: Status) -> Shape:
    """Describe a commit status with who set it."""
    creator = simple_user(forge, forge.user(status.creator_id))
    return {**simple_status(forge, repository, status), "creator": creator}


def combined_state(statuses: Sequence[Status]) -> str:
    """Fold the newest statuses of all contexts into one word."""
    states = {status.state for status in statuses}
    if states & {"failure", "error"}:
        return "failure"
    return "pending" if "pending" in states or not states else "success"
