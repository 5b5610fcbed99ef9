"""Pushes: what follows when refs have moved, by git or through the API."""

from collections.abc import Sequence

from forge.acts import suites
from forge.clock import stamp
from forge.events import emit
from forge.forge import Actor, Forge
from forge.git import refs
from forge.git.history import Commit, is_ancestor, log, read_commits, touched
from forge.git.refs import ZERO, RefUpdate
from forge.records import Issue, Pull, Repository
from forge.shapes.commits import pushed_commit
from forge.shapes.pulls import pull_shape
from forge.shapes.repositories import pushed_repository, repository_page
from forge.shapes.users import Shape

COMMITS = 2048
"""A push event lists at most so many commits: docs.github.com, webhook events, push."""
OPEN = "issue_id IN (SELECT id FROM issues WHERE state = 'open')"


def record(forge: Forge, actor: Actor, repository: Repository, updates: Sequence[RefUpdate]) -> None:
    """Follow refs that have moved: events, check suites, and the pull requests at both ends."""
    if not updates:
        return
    repository = _remember(forge, repository, updates)
    for update in updates:
        _announce(forge, actor, repository, update)
        if update.branch is None:
            continue
        if update.after != ZERO:
            suites.request(forge, actor, repository, update)
        _follow_heads(forge, actor, repository, update)
        _follow_bases(forge, actor, repository, update)


def _remember(forge: Forge, repository: Repository, updates: Sequence[RefUpdate]) -> Repository:
    folder, time = forge.folder(repository), stamp()
    branch = repository.default_branch
    made = [update.branch for update in updates if update.branch is not None and update.before == ZERO]
    if made and refs.resolve_branch(folder, branch) is None:
        # The first branch of an empty repository becomes its default one.
        branch = made[0]
        refs.set_head(folder, branch)
    return forge.store.change(Repository, repository.id, pushed_at=time, updated_at=time, default_branch=branch)


def _announce(forge: Forge, actor: Actor, repository: Repository, update: RefUpdate) -> None:
    made, gone = update.before == ZERO, update.after == ZERO
    kind = {"refs/heads/": "branch", "refs/tags/": "tag"}.get("/".join(update.name.split("/")[:2]) + "/")
    if kind is not None and (made or gone):
        about: Shape = {"ref": update.name.split("/", 2)[2], "ref_type": kind, "pusher_type": "user"}
        more: Shape = {"master_branch": repository.default_branch, "description": repository.description}
        emit(forge, "create" if made else "delete", repository, actor.user, lambda: {**about, **(more if made else {})})
    emit(forge, "push", repository, actor.user, lambda: _push(forge, actor, repository, update))


def _push(forge: Forge, actor: Actor, repository: Repository, update: RefUpdate) -> Shape:
    folder, page = forge.folder(repository), repository_page(forge, repository)
    made, gone = update.before == ZERO, update.after == ZERO
    commits = [] if gone or update.branch is None else _new_commits(forge, repository, update)
    files = touched(folder, [commit.sha for commit in commits])
    shapes = [pushed_commit(forge, repository, commit, files[commit.sha]) for commit in commits]
    head = shapes[-1] if shapes else None
    if head is None and not gone:
        tip = read_commits(folder, update.after)[0]
        head = pushed_commit(forge, repository, tip, touched(folder, [tip.sha])[tip.sha])
    forced = not made and not gone and not is_ancestor(folder, update.before, update.after)
    span = update.after[:12] if made else f"{update.before[:12]}...{update.after[:12]}"
    return {
        "ref": update.name,
        "before": update.before,
        "after": update.after,
        "created": made,
        "deleted": gone,
        "forced": forced,
        "base_ref": None,
        "compare": f"{page}/compare/{span}",
        "commits": shapes,
        "head_commit": head,
        "pusher": {"name": actor.user.login, "email": actor.user.email or None},
        "repository": pushed_repository(forge, repository),
    }


def _new_commits(forge: Forge, repository: Repository, update: RefUpdate) -> list[Commit]:
    folder = forge.folder(repository)
    if update.before == ZERO:
        others = [f"^{ref.sha}" for ref in refs.list_refs(folder, "refs/heads/") if ref.name != update.name]
        return log(folder, update.after, *others, limit=COMMITS, reverse=True)
    return log(folder, f"{update.before}..{update.after}", limit=COMMITS, reverse=True)


def _follow_heads(forge: Forge, actor: Actor, repository: Repository, update: RefUpdate) -> None:
    condition = f"head_repository_id = ? AND head_ref = ? AND {OPEN}"
    for pull in forge.store.all(Pull, condition, repository.id, update.branch):
        base = forge.store.get(Repository, pull.repository_id)
        if update.after == ZERO:
            close(forge, actor, base, pull)
            continue
        fetch_head(forge, base, pull, repository, update.after)
        tip = refs.resolve_branch(forge.folder(base), pull.base_ref) or pull.base_sha
        with forge.store.writing():
            forge.store.change(Issue, pull.issue_id, updated_at=stamp())
            moved = forge.store.change(Pull, pull.id, head_sha=update.after, base_sha=tip)
        _announce_move(forge, actor, base, moved, update)


def _announce_move(forge: Forge, actor: Actor, base: Repository, pull: Pull, update: RefUpdate) -> None:
    emit(
        forge,
        "pull_request",
        base,
        actor.user,
        lambda: _moved(forge, base, pull, update),
        action="synchronize",
    )


def _moved(forge: Forge, base: Repository, pull: Pull, update: RefUpdate) -> Shape:
    return {
        "number": pull.number,
        "before": update.before,
        "after": update.after,
        "pull_request": pull_shape(forge, base, pull),
    }


def fetch_head(forge: Forge, base: Repository, pull: Pull, head: Repository, sha: str) -> None:
    """Bring a pull request's head into the repository that it is for, as `refs/pull/N/head`."""
    name = f"refs/pull/{pull.number}/head"
    if head.id == base.id:
        refs.place(forge.folder(base), name, sha)
    else:
        forge.shelf.fetch(base.id, source=head.id, refspecs=(f"+{sha}:{name}",))


def _follow_bases(forge: Forge, actor: Actor, repository: Repository, update: RefUpdate) -> None:
    condition = f"repository_id = ? AND base_ref = ? AND {OPEN}"
    for pull in forge.store.all(Pull, condition, repository.id, update.branch):
        if update.after == ZERO:
            close(forge, actor, repository, pull)
        elif is_ancestor(forge.folder(repository), pull.head_sha, update.after):
            close(forge, actor, repository, pull, merged=update.after)


def close(forge: Forge, actor: Actor, repository: Repository, pull: Pull, *, merged: str | None = None) -> Pull:
    """Close a pull request, as merged by a commit or without."""
    time = stamp()
    with forge.store.writing():
        forge.store.change(
            Issue, pull.issue_id, state="closed", closed_at=time, closed_by_id=actor.user.id, updated_at=time
        )
        if merged is not None:
            pull = forge.store.change(
                Pull, pull.id, merged_at=time, merged_by_id=actor.user.id, merge_commit_sha=merged
            )
    about: Shape = {"number": pull.number}
    emit(
        forge,
        "pull_request",
        repository,
        actor.user,
        lambda: {**about, "pull_request": pull_shape(forge, repository, pull)},
        action="closed",
    )
    return pull
