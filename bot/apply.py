"""Planned effects, sent to GitHub one after the other."""

import logging
from collections.abc import Iterable

from bot.github_api import GitHubError, Repository
from bot.github_values import LabelView
from bot.plan import (
    AddLabels,
    CommentOnLines,
    CreateCheckRun,
    CreateComment,
    CreateLabel,
    DeleteComment,
    DeleteLineComment,
    EditCheckRun,
    EditComment,
    Effect,
    RemoveLabel,
)

log = logging.getLogger(__name__)

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
        case CreateCheckRun() | EditCheckRun() | CommentOnLines() | DeleteLineComment():
            _send_to_code(repository, number, effect)


def _send_to_code(
    repository: Repository, number: int, effect: CreateCheckRun | EditCheckRun | CommentOnLines | DeleteLineComment
) -> None:
    """Send what stands on commits and on lines, and not in the conversation."""
    match effect:
        case CreateCheckRun(body=body):
            repository.create_check_run(body)
        case EditCheckRun(id=run, body=body):
            repository.edit_check_run(run, body)
        case CommentOnLines():
            _comment_on_lines(repository, number, effect)
        case DeleteLineComment(id=comment):
            repository.delete_line_comment(comment)


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


def _comment_on_lines(repository: Repository, number: int, effect: CommentOnLines) -> None:
    """Offer suggestions; that the head moved or its diff shows a line no more is no error: the next look offers anew.

    Raises:
        GitHubError: for any other refusal.
    """
    try:
        repository.comment_on_lines(number, effect.sha, effect.body, effect.comments)
    except GitHubError as error:
        if error.status != UNPROCESSABLE:
            raise
        log.warning("%s#%d at %s: no suggestions: %s", repository.full_name, number, effect.sha[:7], error)
