"""Issues: opened, edited, closed; the same for the conversation of a pull request."""

from forge.acts import pulls
from forge.clock import stamp
from forge.errors import InvalidError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.records import Issue, Pull, Repository
from forge.shapes.issues import issue_shape
from forge.shapes.users import Shape


def find(forge: Forge, repository: Repository, number: int) -> Issue | None:
    """Find an issue or pull request by number."""
    return forge.store.first(Issue, "repository_id = ? AND number = ?", repository.id, number)


def open_issue(forge: Forge, actor: Actor, repository: Repository, *, title: str, body: str | None) -> Issue:
    """Open an issue."""
    with forge.store.writing():
        issue = pulls.add_issue(forge, actor, repository, title=title, body=body, is_pull=False)
    announce(forge, actor, repository, issue, "opened")
    return issue


def edit(
    forge: Forge,
    actor: Actor,
    repository: Repository,
    issue: Issue,
    *,
    change: pulls.Edit,
    state_reason: str | None = None,
) -> Issue:
    """Change title, body or state of an issue or pull request.

    Raises:
        InvalidError: 403 for somebody who is neither the author nor a triager, 422 for an unknown state.
    """
    pull = forge.store.first(Pull, "issue_id = ?", issue.id)
    if pull is not None:
        pulls.edit(forge, actor, repository, pull, change)
        return forge.store.get(Issue, issue.id)
    pulls.require_author(forge, actor, repository, issue.user_id)
    if change.state not in {None, "open", "closed"}:
        raise InvalidError("Issue", "state")
    changes: Shape = {}
    for name, old, new in (("title", issue.title, change.title), ("body", issue.body, change.body)):
        if new is not None and new != (old or ""):
            changes[name] = {"from": old or ""}
            issue = forge.store.change(Issue, issue.id, **{name: new, "updated_at": stamp()})
    if changes:
        announce(forge, actor, repository, issue, "edited", {"changes": changes})
    if change.state is not None and change.state != issue.state:
        issue = _turn(forge, actor, repository, issue, change.state, state_reason)
    return issue


def _turn(forge: Forge, actor: Actor, repository: Repository, issue: Issue, state: str, reason: str | None) -> Issue:
    time, closes = stamp(), state == "closed"
    issue = forge.store.change(
        Issue,
        issue.id,
        state=state,
        state_reason=(reason or "completed") if closes else "reopened",
        closed_at=time if closes else None,
        closed_by_id=actor.user.id if closes else None,
        updated_at=time,
    )
    announce(forge, actor, repository, issue, "closed" if closes else "reopened")
    return issue


def announce(
    forge: Forge, actor: Actor, repository: Repository, issue: Issue, action: str, more: Shape | None = None
) -> None:
    """Send an issues event."""
    emit(
        forge,
        "issues",
        repository,
        actor.user,
        lambda: {"issue": issue_shape(forge, repository, issue), **(more or {})},
        action=action,
    )
