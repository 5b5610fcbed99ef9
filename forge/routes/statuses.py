"""Commit statuses."""

from forge.acts import statuses
from forge.answers import Answer, created
from forge.call import Call, Routes, listing
from forge.errors import NotFoundError
from forge.git import refs
from forge.roles import Role
from forge.shapes.checks import combined_state, simple_status, status_shape
from forge.shapes.repositories import minimal_repository, repository_url

routes = Routes("Status")
REPO = "/repos/{owner}/{repo}"


def _sha(call: Call) -> str:
    sha = refs.resolve_any(call.forge.folder(call.repository), call.path["ref"])
    if sha is None:
        raise NotFoundError
    return sha


@routes.add("POST", REPO + "/statuses/{sha}", "statuses:write", Role.WRITE)
def create(call: Call) -> Answer:
    """Set a status on a commit."""
    body = call.body
    status = statuses.create(
        call.forge,
        call.actor,
        call.repository,
        call.path["sha"],
        state=body.text("state"),
        context=body.optional_text("context") or "default",
        description=body.optional_text("description"),
        target_url=body.optional_text("target_url"),
    )
    return created(status_shape(call.forge, call.repository, status))


@routes.add("GET", REPO + "/commits/{ref:path}/statuses", "statuses:read")
def list_statuses(call: Call) -> Answer:
    """List all statuses of a commit, newest first."""
    found = statuses.list_statuses(call.forge, call.repository, _sha(call))
    return listing(call, found, lambda status: status_shape(call.forge, call.repository, status))


@routes.add("GET", REPO + "/commits/{ref:path}/status", "statuses:read")
def combine(call: Call) -> Answer:
    """Fold the statuses of a commit into one."""
    sha, repository = _sha(call), call.repository
    found = statuses.latest(call.forge, repository, sha)
    url = f"{repository_url(call.forge, repository)}/commits/{sha}"
    content = {
        "state": combined_state(found),
        "statuses": [simple_status(call.forge, repository, status) for status in found],
        "sha": sha,
        "total_count": len(found),
        "repository": minimal_repository(call.forge, repository),
        "commit_url": url,
        "url": f"{url}/status",
    }
    return Answer(content=content)
