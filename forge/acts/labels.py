"""Labels: of a repository, and on its issues and pull requests."""

import re
from collections.abc import Sequence

from forge.acts import issues, pulls
from forge.clock import stamp
from forge.errors import ApiError, InvalidError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.records import Issue, IssueLabel, Label, Pull, Repository
from forge.shapes.issues import issue_labels, label_shape
from forge.shapes.users import Shape

COLOR = re.compile(r"[0-9a-fA-F]{6}")
LONGEST_NAME, LONGEST_DESCRIPTION, MOST = 50, 100, 100
DEFAULT_COLOR = "ededed"


def list_labels(forge: Forge, repository: Repository) -> list[Label]:
    """List a repository's labels by name."""
    return forge.store.all(Label, "repository_id = ? ORDER BY name", repository.id)


def find(forge: Forge, repository: Repository, name: str) -> Label | None:
    """Find a label by name, whatever its case."""
    return forge.store.first(Label, "repository_id = ? AND name = ?", repository.id, name)


def create(
    forge: Forge,
    actor: Actor,
    repository: Repository,
    *,
    name: str,
    color: str | None = None,
    description: str | None = None,
) -> Label:
    """Make a label.

    Raises:
        InvalidError: 422 if it is there already, or its name, color or description is not allowed.
    """
    _check(name, color, description)
    with forge.store.writing():
        if find(forge, repository, name) is not None:
            raise InvalidError("Label", "name", "already_exists")
        label = forge.store.add(
            Label,
            repository_id=repository.id,
            name=name,
            color=(color or DEFAULT_COLOR).lower(),
            description=description,
            is_default=False,
        )
    _announce(forge, actor, repository, label, "created")
    return label


def edit(
    forge: Forge,
    actor: Actor,
    repository: Repository,
    label: Label,
    *,
    name: str | None = None,
    color: str | None = None,
    description: str | None = None,
) -> Label:
    """Change a label.

    Raises:
        InvalidError: 422 as for a new one.
    """
    _check(name or label.name, color, description)
    if name is not None and name.lower() != label.name.lower() and find(forge, repository, name) is not None:
        raise InvalidError("Label", "name", "already_exists")
    values = {
        key: value
        for key, value in (("name", name), ("color", color), ("description", description))
        if value is not None
    }
    changes = {
        key: {"from": getattr(label, key) or ""} for key, value in values.items() if getattr(label, key) != value
    }
    if not changes:
        return label
    label = forge.store.change(Label, label.id, **values)
    _announce(forge, actor, repository, label, "edited", {"changes": changes})
    return label


def delete(forge: Forge, actor: Actor, repository: Repository, label: Label) -> None:
    """Delete a label, and take it off wherever it is."""
    forge.store.remove(Label, "id = ?", label.id)
    _announce(forge, actor, repository, label, "deleted")


def put_on(forge: Forge, actor: Actor, repository: Repository, issue: Issue, names: Sequence[str]) -> list[Label]:
    """Put labels on an issue, made on the way where there are none of that name.

    Raises:
        ApiError: 422 if a name is not allowed or there would be more than 100.
    """
    present = {label.id for label in issue_labels(forge, issue.id)}
    for name in names:
        label = find(forge, repository, name) or create(forge, actor, repository, name=name)
        if label.id in present:
            continue
        if len(present) >= MOST:
            raise ApiError(422, "Validation Failed", errors=[_too_many()])
        present.add(label.id)
        with forge.store.writing():
            forge.store.add(IssueLabel, issue_id=issue.id, label_id=label.id)
            forge.store.change(Issue, issue.id, updated_at=stamp())
        _announce_on(forge, actor, repository, issue, label, "labeled")
    return issue_labels(forge, issue.id)


def take_off(forge: Forge, actor: Actor, repository: Repository, issue: Issue, labels: Sequence[Label]) -> list[Label]:
    """Take labels off an issue; those that are not on it are passed over."""
    for label in labels:
        if forge.store.remove(IssueLabel, "issue_id = ? AND label_id = ?", issue.id, label.id):
            forge.store.change(Issue, issue.id, updated_at=stamp())
            _announce_on(forge, actor, repository, issue, label, "unlabeled")
    return issue_labels(forge, issue.id)


def set_on(forge: Forge, actor: Actor, repository: Repository, issue: Issue, names: Sequence[str]) -> list[Label]:
    """Leave exactly these labels on an issue."""
    wanted = {name.lower() for name in names}
    gone = [label for label in issue_labels(forge, issue.id) if label.name.lower() not in wanted]
    take_off(forge, actor, repository, issue, gone)
    return put_on(forge, actor, repository, issue, names)


def _too_many() -> dict[str, str]:
    return {"resource": "Label", "field": "labels", "code": "custom", "message": f"An issue has at most {MOST} labels"}


def _check(name: str, color: str | None, description: str | None) -> None:
    if not name.strip() or len(name) > LONGEST_NAME:
        raise InvalidError("Label", "name", "invalid", f"name is too long (maximum is {LONGEST_NAME} characters)")
    if color is not None and not COLOR.fullmatch(color):
        raise InvalidError("Label", "color")
    if description is not None and len(description) > LONGEST_DESCRIPTION:
        message = f"description is too long (maximum is {LONGEST_DESCRIPTION} characters)"
        raise InvalidError("Label", "description", "invalid", message)


def _announce(
    forge: Forge, actor: Actor, repository: Repository, label: Label, action: str, more: Shape | None = None
) -> None:
    shape = label_shape(forge, repository, label)
    emit(forge, "label", repository, actor.user, lambda: {"label": shape, **(more or {})}, action=action)


def _announce_on(forge: Forge, actor: Actor, repository: Repository, issue: Issue, label: Label, action: str) -> None:
    about: Shape = {"label": label_shape(forge, repository, label)}
    pull = forge.store.first(Pull, "issue_id = ?", issue.id)
    if pull is None:
        issues.announce(forge, actor, repository, forge.store.get(Issue, issue.id), action, about)
    else:
        pulls.announce(forge, actor, repository, pull, action, about)
