"""Commit statuses: the older word on a commit, one a context."""

from forge.clock import stamp
from forge.errors import InvalidError, UnprocessableError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.git import refs
from forge.git.history import read_commit
from forge.git.refs import Ref
from forge.records import Repository, Status
from forge.shapes.commits import branch_shape, status_commit
from forge.shapes.users import Shape

STATES = ("error", "failure", "pending", "success")
DESCRIPTION = 140


def create(
    forge: Forge,
    actor: Actor,
    repository: Repository,
    sha: str,
    *,
    state: str,
    context: str,
    description: str | None = None,
    target_url: str | None = None,
) -> Status:
    """Set a status on a commit.

    Raises:
        InvalidError: if the state is unknown or the description too long.
        UnprocessableError: if there is no such commit.
    """
    if state not in STATES:
        raise InvalidError("Status", "state")
    if len(description or "") > DESCRIPTION:
        message = f"description is too long (maximum is {DESCRIPTION} characters)"
        raise InvalidError("Status", "description", "custom", message)
    if refs.resolve(forge.folder(repository), sha)[0] != sha:
        raise UnprocessableError(f"No commit found for SHA: {sha}")
    time = stamp()
    status = forge.store.add(
        Status,
        repository_id=repository.id,
        sha=sha,
        state=state,
        context=context,
        description=description,
        target_url=target_url,
        creator_id=actor.user.id,
        created_at=time,
        updated_at=time,
    )
    emit(forge, "status", repository, actor.user, lambda: _payload(forge, repository, status))
    return status


def list_statuses(forge: Forge, repository: Repository, sha: str) -> list[Status]:
    """List all statuses of a commit, newest first."""
    return forge.store.all(Status, "repository_id = ? AND sha = ? ORDER BY id DESC", repository.id, sha)


def latest(forge: Forge, repository: Repository, sha: str) -> list[Status]:
    """List the newest status of each context."""
    newest: dict[str, Status] = {}
    for status in list_statuses(forge, repository, sha):
        newest.setdefault(status.context, status)
    return list(newest.values())


def _payload(forge: Forge, repository: Repository, status: Status) -> Shape:
    folder = forge.folder(repository)
    branches = [
        Ref(name=f"refs/heads/{name}", sha=status.sha, kind="commit") for name in refs.branches_at(folder, status.sha)
    ]
    return {
        "id": status.id,
        "sha": status.sha,
        "name": forge.full_name(repository),
        "avatar_url": f"{forge.address}/avatars/u/{status.creator_id}",
        "target_url": status.target_url,
        "context": status.context,
        "description": status.description,
        "state": status.state,
        "commit": status_commit(forge, repository, read_commit(folder, status.sha)),
        "branches": [branch_shape(forge, repository, branch) for branch in branches],
        "created_at": status.created_at,
        "updated_at": status.updated_at,
    }
