"""Pull requests: opened, edited, closed, reopened, and read with all that belongs to them."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from forge.acts import pushes
from forge.clock import stamp
from forge.errors import ForbiddenError, InvalidError, UnprocessableError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.git import history, merges, objects, refs
from forge.git.diffs import FileDiff, diff
from forge.git.history import Commit
from forge.git.objects import Signature
from forge.git.process import GitError
from forge.records import Issue, Pull, Repository, ReviewRequest, User
from forge.roles import Role, require, role_of
from forge.shapes.pulls import pull_shape
from forge.shapes.users import Shape, simple_user

COMMITS = 250
"""GitHub lists so many commits of a pull request: docs.github.com, list commits on a pull request."""
FILES = 3000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a pull request is opened with; the head is `branch` or `user:branch`."""

    title: str
    head: str
    base: str
    body: str | None = None
    draft: bool = False
    maintainer_can_modify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What to change of a pull request; None leaves as it is."""

    title: str | None = None
    body: str | None = None
    state: str | None = None
    base: str | None = None


def find(forge: Forge, repository: Repository, number: int) -> Pull | None:
    """Find a pull request by number."""
    return forge.store.first(Pull, "repository_id = ? AND number = ?", repository.id, number)


def open_pull(forge: Forge, actor: Actor, repository: Repository, opening: Opening) -> Pull:
    """Open a pull request.

    Raises:
        InvalidError: 422 if an end does not exist, the ends do not differ, or one for them is open already.
    """
    head, owner, ref = _head(forge, repository, opening.head)
    folder = forge.folder(repository)
    base_sha = refs.resolve_branch(folder, opening.base)
    if base_sha is None:
        raise InvalidError("PullRequest", "base")
    head_sha = refs.resolve_branch(forge.folder(head), ref)
    if head_sha is None:
        raise InvalidError("PullRequest", "head")
    if head.id != repository.id:
        forge.shelf.fetch(repository.id, source=head.id, refspecs=(head_sha,))
    if history.is_ancestor(folder, head_sha, base_sha):
        raise InvalidError(
            "PullRequest",
            None,
            "custom",
            f"No commits between {opening.base} and {opening.head}",
        )
    with forge.store.writing():
        if _open_between(forge, repository, head, ref, opening.base):
            raise InvalidError("PullRequest", None, "custom", f"A pull request already exists for {owner.login}:{ref}.")
        issue = add_issue(forge, actor, repository, title=opening.title, body=opening.body, is_pull=True)
        pull = forge.store.add(
            Pull,
            issue_id=issue.id,
            repository_id=repository.id,
            number=issue.number,
            head_repository_id=head.id,
            head_user_id=owner.id,
            head_ref=ref,
            head_sha=head_sha,
            base_ref=opening.base,
            base_sha=base_sha,
            draft=opening.draft,
            maintainer_can_modify=opening.maintainer_can_modify and head.id != repository.id,
            merged_at=None,
            merged_by_id=None,
            merge_commit_sha=None,
        )
    refs.place(folder, f"refs/pull/{pull.number}/head", head_sha)
    announce(forge, actor, repository, pull, "opened")
    return pull


def _head(forge: Forge, repository: Repository, head: str) -> tuple[Repository, User, str]:
    login, colon, ref = head.rpartition(":")
    owner = forge.user(repository.owner_id)
    if not colon or login.lower() == owner.login.lower():
        return repository, owner, ref
    other = forge.find_user(login)
    network = repository.source_id or repository.id
    if other is not None:
        condition = "owner_id = ? AND (source_id = ? OR id = ?)"
        found = forge.store.first(Repository, condition, other.id, network, network)
        if found is not None:
            return found, other, ref
    raise InvalidError("PullRequest", "head")


def _open_between(forge: Forge, repository: Repository, head: Repository, ref: str, base: str) -> bool:
    condition = f"repository_id = ? AND head_repository_id = ? AND head_ref = ? AND base_ref = ? AND {pushes.OPEN}"
    return forge.store.first(Pull, condition, repository.id, head.id, ref, base) is not None


def add_issue(
    forge: Forge, actor: Actor, repository: Repository, *, title: str, body: str | None, is_pull: bool
) -> Issue:
    """Write down an open issue, or the conversation of a pull request, under the next number that both share."""
    time = stamp()
    last = forge.store.first(Issue, "repository_id = ? ORDER BY number DESC", repository.id)
    return forge.store.add(
        Issue,
        repository_id=repository.id,
        number=1 if last is None else last.number + 1,
        is_pull=is_pull,
        title=title,
        body=body,
        user_id=actor.user.id,
        app_id=None if actor.app is None else actor.app.id,
        state="open",
        state_reason=None,
        created_at=time,
        updated_at=time,
        closed_at=None,
        closed_by_id=None,
    )


def announce(
    forge: Forge, actor: Actor, repository: Repository, pull: Pull, action: str, more: Shape | None = None
) -> None:
    """Send a pull_request event."""
    emit(
        forge,
        "pull_request",
        repository,
        actor.user,
        lambda: {"number": pull.number, "pull_request": pull_shape(forge, repository, pull), **(more or {})},
        action=action,
    )


def edit(forge: Forge, actor: Actor, repository: Repository, pull: Pull, change: Edit) -> Pull:
    """Change title, body, base or state of a pull request.

    Raises:
        InvalidError: 403 for somebody who is neither the author nor a triager, 422 if the change cannot be.
    """
    issue = forge.store.get(Issue, pull.issue_id)
    require_author(forge, actor, repository, issue.user_id)
    if change.state not in {None, "open", "closed"}:
        raise InvalidError("PullRequest", "state")
    changes = {
        name: {"from": old or ""}
        for name, old, new in (("title", issue.title, change.title), ("body", issue.body, change.body))
        if new is not None and new != (old or "")
    }
    content: Shape = dict(changes)
    if change.base is not None and change.base != pull.base_ref:
        sha = refs.resolve_branch(forge.folder(repository), change.base)
        if sha is None:
            raise InvalidError("PullRequest", "base")
        content["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        pull = forge.store.change(Pull, pull.id, base_ref=change.base, base_sha=sha)
    if content:
        values = {name: getattr(change, name) for name in changes}
        forge.store.change(Issue, issue.id, **values, updated_at=stamp())
        announce(forge, actor, repository, pull, "edited", {"changes": content})
    if change.state == "closed" and issue.state == "open":
        pull = pushes.close(forge, actor, repository, pull)
    if change.state == "open" and issue.state == "closed":
        pull = _reopen(forge, actor, repository, pull)
    return pull


def require_author(forge: Forge, actor: Actor, repository: Repository, author_id: int) -> None:
    """Let pass the author of something, and triagers.

    Refused with 403 for anybody else.
    """
    if actor.user.id != author_id:
        require(forge, actor, repository, Role.TRIAGE)


def _reopen(forge: Forge, actor: Actor, repository: Repository, pull: Pull) -> Pull:
    head = None if pull.head_repository_id is None else forge.store.first(Repository, "id = ?", pull.head_repository_id)
    sha = None if head is None else refs.resolve_branch(forge.folder(head), pull.head_ref)
    if pull.merged_at is not None or head is None or sha is None:
        raise InvalidError("PullRequest", "state")
    pushes.fetch_head(forge, repository, pull, head, sha)
    with forge.store.writing():
        forge.store.change(Issue, pull.issue_id, state="open", closed_at=None, closed_by_id=None, updated_at=stamp())
        pull = forge.store.change(Pull, pull.id, head_sha=sha)
    announce(forge, actor, repository, pull, "reopened")
    return pull


def request_reviews(forge: Forge, actor: Actor, repository: Repository, pull: Pull, users: list[User]) -> None:
    """Ask users to review.

    Raises:
        ForbiddenError: 422 if one is the author or may not read the repository.
        UnprocessableError: if it cannot be carried out.
    """
    require_author(forge, actor, repository, forge.store.get(Issue, pull.issue_id).user_id)
    author = forge.store.get(Issue, pull.issue_id).user_id
    for user in users:
        if user.id == author:
            raise UnprocessableError("Review cannot be requested from pull request author.")
        if role_of(forge, repository, user) < Role.READ or user.type != "User":
            raise ForbiddenError("Reviews may only be requested from collaborators.")
        if forge.store.first(ReviewRequest, "pull_id = ? AND user_id = ?", pull.id, user.id) is None:
            forge.store.add(ReviewRequest, pull_id=pull.id, user_id=user.id)
            about: Shape = {"requested_reviewer": simple_user(forge, user)}
            announce(forge, actor, repository, pull, "review_requested", about)


def list_pulls(forge: Forge, repository: Repository, *, state: str = "open") -> list[Pull]:
    """List pull requests, newest first; the state may be `all`."""
    condition = (
        "repository_id = ?"
        if state == "all"
        else ("repository_id = ? AND issue_id IN (SELECT id FROM issues WHERE state = ?)")
    )
    values = (repository.id,) if state == "all" else (repository.id, state)
    return forge.store.all(Pull, f"{condition} ORDER BY number DESC", *values)


def commits(forge: Forge, repository: Repository, pull: Pull) -> list[Commit]:
    """List a pull request's commits, oldest first, at most 250."""
    span = f"{pull.base_sha}..{pull.head_sha}"
    return history.log(forge.folder(repository), span, reverse=True)[:COMMITS]


def files(forge: Forge, repository: Repository, pull: Pull) -> list[FileDiff]:
    """List the files that a pull request changes, against where it branched off, at most 3,000."""
    folder = forge.folder(repository)
    start = history.merge_base(folder, pull.base_sha, pull.head_sha) or pull.base_sha
    return diff(folder, start, pull.head_sha)[:FILES]


def mergeable(forge: Forge, repository: Repository, pull: Pull) -> bool | None:
    """Say whether a pull request merges without conflict, and keep the trial as `refs/pull/N/merge`; None if closed."""
    if forge.store.get(Issue, pull.issue_id).state != "open":
        return None
    folder = forge.folder(repository)
    tip = refs.resolve_branch(folder, pull.base_ref)
    trial = None if tip is None else _trial(folder, pull.number, tip, pull.head_sha)
    if trial is not None and pull.merge_commit_sha != trial:
        forge.store.change(Pull, pull.id, merge_commit_sha=trial)
    return trial is not None


@lru_cache(maxsize=1024)
def _trial(folder: Path, number: int, base: str, head: str) -> str | None:
    author = Signature(name="GitHub", email="noreply@github.com")
    try:
        tree = merges.merge_tree(folder, base, head).tree
    except GitError:
        return None
    if tree is None:
        return None
    message = f"Merge {head} into {base}"
    sha = objects.write_commit(
        folder, tree=tree, parents=(base, head), message=message, author=author, committer=author
    )
    refs.place(folder, f"refs/pull/{number}/merge", sha)
    return sha
