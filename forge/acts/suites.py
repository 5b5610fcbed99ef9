"""Check suites: one an App and commit, asked for by pushes and again by people."""

from forge.clock import stamp
from forge.errors import NotFoundError
from forge.events import emit, installations_on
from forge.forge import Actor, Forge
from forge.git.history import read_commit
from forge.git.process import GitError
from forge.git.refs import ZERO, RefUpdate
from forge.records import App, CheckSuite, Repository
from forge.shapes.checks import hook_suite


def request(forge: Forge, actor: Actor, repository: Repository, update: RefUpdate) -> None:
    """Ask each App that may write checks for its checks of a pushed commit."""
    for installation in installations_on(forge, repository):
        if installation.permissions.get("checks") != "write":
            continue
        condition = "repository_id = ? AND head_sha = ? AND app_id = ?"
        if forge.store.first(CheckSuite, condition, repository.id, update.after, installation.app_id) is not None:
            continue
        before = None if update.before == ZERO else update.before
        suite = _add(forge, repository, installation.app_id, update.after, update.branch, before)
        announce(forge, actor, repository, suite, "requested")


def ensure(
    forge: Forge, app: App, repository: Repository, sha: str, branch: str | None = None
) -> tuple[CheckSuite, bool]:
    """Find an App's suite of a commit, or make it; true if it is new.

    Raises:
        NotFoundError: 404 if there is no such commit.
    """
    try:
        read_commit(forge.folder(repository), sha)
    except GitError:
        raise NotFoundError from None
    with forge.store.writing():
        condition = "repository_id = ? AND head_sha = ? AND app_id = ?"
        present = forge.store.first(CheckSuite, condition, repository.id, sha, app.id)
        if present is not None:
            return present, False
        return _add(forge, repository, app.id, sha, branch, None), True


def announce(forge: Forge, actor: Actor, repository: Repository, suite: CheckSuite, action: str) -> None:
    """Tell the suite's App, and for `completed` everybody who listens."""
    commit = read_commit(forge.folder(repository), suite.head_sha)
    emit(
        forge,
        "check_suite",
        repository,
        actor.user,
        lambda: {"check_suite": hook_suite(forge, repository, suite, commit)},
        action=action,
        only=None if action == "completed" else suite.app_id,
    )


def _add(
    forge: Forge, repository: Repository, app_id: int, sha: str, branch: str | None, before: str | None
) -> CheckSuite:
    time = stamp()
    return forge.store.add(
        CheckSuite,
        repository_id=repository.id,
        app_id=app_id,
        head_sha=sha,
        head_branch=branch,
        before_sha=before,
        after_sha=sha,
        created_at=time,
        updated_at=time,
    )
