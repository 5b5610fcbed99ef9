"""Planned effects, sent to GitHub one after the other."""

from collections.abc import Iterable

from bot.github_api import GitHubError, Repository
from bot.github_values import LabelView
from bot.plan import (
    AddLabels,
    CreateCheckRun,
    CreateComment,
    CreateLabel,
    DeleteComment,
    EditCheckRun,
    EditComment,
    Effect,
    RemoveLabel,
)

UNPROCESSABLE = 422


def apply(repository: Repository, number: int, effects: Iterable[Effect]) -> None:
    """Send effects for a pull request, in their order."""
    for effect in effects:
        _send(repository, number, effect)


def _send(repository: Repository, number: int, effect: Effect) -> None:
    match effect:
        case CreateLabel(label=label):
            _create_label(repository, label)
        case AddLabels(names=names):
            repository.add_labels(number, names)
        case RemoveLabel(name=name):
            repository.remove_label(number, name)
        case CreateComment(body=text):
            repository.create_comment(number, text)
        case EditComment(id=comment, body=text):
            repository.edit_comment(number, comment, text)
        case DeleteComment(id=comment):
            repository.delete_comment(number, comment)
        case CreateCheckRun(body=body):
            repository.create_check_run(body)
        case EditCheckRun(id=run, body=body):
            repository.edit_check_run(run, body)


def _create_label(repository: Repository, label: LabelView) -> None:
    """Make a label; that another lane made it a moment ago is no error.

    Raises:
        GitHubError: for any other refusal.
    """
    try:
        repository.create_label(label)
    except GitHubError as error:
        if error.status != UNPROCESSABLE:
            raise
