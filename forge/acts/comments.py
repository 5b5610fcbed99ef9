"""Comments in the conversation of issues and pull requests."""

from forge.clock import stamp
from forge.errors import InvalidError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.records import Comment, Issue, Reaction, Repository
from forge.roles import Role, require
from forge.shapes.issues import comment_shape, issue_shape
from forge.shapes.users import Shape

LONGEST = 65_536
"""Characters of a comment: GitHub refuses more."""


def create(forge: Forge, actor: Actor, repository: Repository, issue: Issue, body: str) -> Comment:
    """Write a comment.

    Refused with 422 if it is empty or too long.
    """
    _check(body)
    time = stamp()
    with forge.store.writing():
        forge.store.change(Issue, issue.id, updated_at=time)
        comment = forge.store.add(
            Comment,
            repository_id=repository.id,
            issue_id=issue.id,
            user_id=actor.user.id,
            app_id=None if actor.app is None else actor.app.id,
            body=body,
            created_at=time,
            updated_at=time,
        )
    _announce(forge, actor, repository, comment, "created")
    return comment


def list_comments(forge: Forge, issue: Issue) -> list[Comment]:
    """List the comments of an issue, oldest first."""
    return forge.store.all(Comment, "issue_id = ? ORDER BY id", issue.id)


def edit(forge: Forge, actor: Actor, repository: Repository, comment: Comment, body: str) -> Comment:
    """Change what a comment says.

    Refused with 403 for somebody who neither wrote it nor may write to the repository, 422 as for a new one.
    """
    _check(body)
    _require_writer(forge, actor, repository, comment)
    changed = forge.store.change(Comment, comment.id, body=body, updated_at=stamp())
    if body != comment.body:
        _announce(forge, actor, repository, changed, "edited", {"changes": {"body": {"from": comment.body}}})
    return changed


def delete(forge: Forge, actor: Actor, repository: Repository, comment: Comment) -> None:
    """Delete a comment.

    Refused with 403 for somebody who neither wrote it nor may write to the repository.
    """
    _require_writer(forge, actor, repository, comment)
    _announce(forge, actor, repository, comment, "deleted")
    with forge.store.writing():
        forge.store.remove(Reaction, "subject = 'comment' AND subject_id = ?", comment.id)
        forge.store.remove(Comment, "id = ?", comment.id)


def _check(body: str) -> None:
    if not body.strip():
        raise InvalidError("IssueComment", "body", "missing_field")
    if len(body) > LONGEST:
        raise InvalidError(
            "IssueComment", "body", "unprocessable", f"body is too long (maximum is {LONGEST} characters)"
        )


def _require_writer(forge: Forge, actor: Actor, repository: Repository, comment: Comment) -> None:
    if actor.user.id != comment.user_id:
        require(forge, actor, repository, Role.WRITE)


def _announce(
    forge: Forge, actor: Actor, repository: Repository, comment: Comment, action: str, more: Shape | None = None
) -> None:
    def payload() -> Shape:
        issue = issue_shape(forge, repository, forge.store.get(Issue, comment.issue_id))
        return {"issue": issue, "comment": comment_shape(forge, repository, comment), **(more or {})}

    emit(forge, "issue_comment", repository, actor.user, payload, action=action)
