"""Merging: a pull request's commits brought into its base in one of three ways."""

from dataclasses import dataclass

from forge.acts import pulls, pushes
from forge.acts.accounts import WEB, signature
from forge.errors import ApiError, UnprocessableError
from forge.forge import Actor, Forge
from forge.git import merges, refs
from forge.git.refs import RefUpdate
from forge.records import Issue, Pull, Repository
from forge.roles import Role, require

METHODS = ("merge", "squash", "rebase")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merging:
    """How to merge, and at which head; empty words are chosen as GitHub chooses them."""

    method: str = "merge"
    sha: str | None = None
    title: str | None = None
    message: str | None = None


def merge(forge: Forge, actor: Actor, repository: Repository, pull: Pull, merging: Merging) -> str:
    """Merge a pull request and give the commit that the base is at then.

    Raises:
        ApiError: 403 without the role, 405 if it cannot be merged, 409 if the head or base has moved, 422 for an
            unknown method.
        UnprocessableError: if it cannot be carried out.
    """
    require(forge, actor, repository, Role.WRITE)
    if merging.method not in METHODS:
        raise UnprocessableError("Invalid merge method.")
    issue = forge.store.get(Issue, pull.issue_id)
    folder = forge.folder(repository)
    tip = refs.resolve_branch(folder, pull.base_ref)
    if issue.state != "open" or pull.draft or tip is None:
        message = "Pull Request is still a draft" if pull.draft and issue.state == "open" else None
        raise ApiError(405, message or "Pull Request is not mergeable")
    if merging.sha is not None and merging.sha != pull.head_sha:
        raise ApiError(409, "Head branch was modified. Review and try the merge again.")
    sha = _commit(forge, actor, repository, pull, issue, merging, tip)
    if sha is None:
        conflict = "This branch can't be rebased" if merging.method == "rebase" else "Pull Request is not mergeable"
        raise ApiError(405, conflict)
    update = RefUpdate(name=f"refs/heads/{pull.base_ref}", before=tip, after=sha)
    if not refs.move(folder, update):
        raise ApiError(409, "Base branch was modified. Review and try the merge again.")
    pushes.close(forge, actor, repository, pull, merged=sha)
    pushes.record(forge, actor, repository, (update,))
    return sha


def _commit(
    forge: Forge, actor: Actor, repository: Repository, pull: Pull, issue: Issue, merging: Merging, tip: str
) -> str | None:
    folder = forge.folder(repository)
    if merging.method == "rebase":
        person = signature(actor.user)
        return merges.rebase_commits(folder, base=tip, head=pull.head_sha, committer=person)
    if merging.method == "squash":
        author = forge.user(issue.user_id)
        listed = pulls.commits(forge, repository, pull)
        single = len(listed) == 1
        first, _, rest = listed[0].message.partition("\n")
        body = rest.strip() if single else "\n\n".join(f"* {commit.message}" for commit in listed)
        title = merging.title or f"{first if single else issue.title} (#{pull.number})"
        return merges.squash_commit(
            folder,
            base=tip,
            head=pull.head_sha,
            message=_message(title, body if merging.message is None else merging.message),
            author=signature(author),
            committer=WEB,
        )
    owner = forge.user(pull.head_user_id)
    title = merging.title or f"Merge pull request #{pull.number} from {owner.login}/{pull.head_ref}"
    return merges.merge_commit(
        folder,
        base=tip,
        head=pull.head_sha,
        message=_message(title, issue.title if merging.message is None else merging.message),
        author=signature(actor.user),
        committer=WEB,
    )


def _message(title: str, body: str) -> str:
    return f"{title}\n\n{body}\n" if body else f"{title}\n"
