"""Planned effects, stored and then sent one after the other; what became of each is noted before the next."""

import logging
from collections.abc import Iterable

from bot.context import Bot
from bot.effects import (
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
    React,
    RemoveLabel,
    marks,
)
from bot.github_api import GitHubError, Repository
from bot.github_values import LabelView
from bot.store import require

log = logging.getLogger(__name__)

NOT_FOUND, UNPROCESSABLE = 404, 422
WRITE_SECONDS = 2.0
"""What is left of the lane's lease at least when something is sent; what takes longer is settled by whoever is next."""
CREATIONS = (CreateLabel, CreateComment, CreateCheckRun, CommentOnLines, React)
"""Effects that GitHub counts as the creation of content."""


def apply(bot: Bot, repository: Repository, number: int, effects: Iterable[Effect]) -> int:
    """Store effects for a pull request and send them, in their order; give how many there were.

    A GitHubError says that GitHub refuses or fails, or that this installation has created as much as it may for now.
    What was sent until then is noted, and the rest is planned anew by the next handling.

    Args:
        bot: The running bot.
        repository: Where they belong.
        number: The pull request; 0 for what belongs to the repository itself.
        effects: What is to be written.
    """
    effects = tuple(effect for effect in effects if not _has_reacted(bot, repository, number, effect))
    if effects:
        bot.store.outbox.plan(repository.full_name, number, [mark for effect in effects for mark in marks(effect)])
    for effect in effects:
        if isinstance(effect, CREATIONS):
            _wait_for_budget(bot, repository)
        _apply(bot, repository, number, effect)
    return len(effects)


def _has_reacted(bot: Bot, repository: Repository, number: int, effect: Effect) -> bool:
    """Tell whether a comment as it stands has this reaction of ours: reactions are not read before they are planned."""
    if not isinstance(effect, React):
        return False
    (mark,) = marks(effect)
    entry = bot.store.outbox.of_pull(repository.full_name, number).get(mark.key)
    return entry is not None and entry.is_said(mark.says)


def _wait_for_budget(bot: Bot, repository: Repository) -> None:
    """Count a creation.

    Raises:
        GitHubError: if none is left for now.
    """
    budget = bot.settings.budget
    wait = 0.0 if budget is None else bot.store.creations.take(repository.place.installation, budget)
    if wait > 0:
        raise GitHubError(
            f"installation {repository.place.installation} has created as much as it may for now",
            status=None,
            wait=wait,
        )


def _apply(bot: Bot, repository: Repository, number: int, effect: Effect) -> None:
    outbox, name = bot.store.outbox, repository.full_name
    keys = [mark.key for mark in marks(effect)]
    require(WRITE_SECONDS)  # a replica that comes back late writes nothing
    outbox.sending(name, number, keys)
    try:
        github_id = _send(repository, number, effect)
    except GitHubError as error:
        if isinstance(effect, EditComment) and error.status == NOT_FOUND:
            outbox.lose(name, number, keys)  # a person deleted it a moment ago
            return
        if error.refused:
            outbox.fail(name, number, keys, str(error))
        raise
    outbox.sent(name, number, keys, github_id=github_id)
    match effect:
        case DeleteComment(id=comment):
            outbox.forget_comment(name, number, comment)
        case DeleteLineComment(known_as=key):
            outbox.forget(name, number, (key,))


def _send(repository: Repository, number: int, effect: Effect) -> int | None:
    """Send one effect; give GitHub's id of what it made or changed, where that has one."""
    match effect:
        case CreateLabel(label=label):
            _create_label(repository, label)
        case AddLabels(names=names):
            repository.add_labels(number, names)
        case RemoveLabel(name=name):
            repository.remove_label(number, name)
        case CreateComment(body=text):
            return repository.create_comment(number, text).id
        case EditComment(id=comment, body=text):
            repository.edit_comment(number, comment, text)
            return comment
        case DeleteComment(id=comment):
            repository.delete_comment(comment)
        case React():
            _react(repository, number, effect)
        case CreateCheckRun() | EditCheckRun() | CommentOnLines() | DeleteLineComment():
            return _send_to_code(repository, number, effect)
    return None


def _send_to_code(
    repository: Repository, number: int, effect: CreateCheckRun | EditCheckRun | CommentOnLines | DeleteLineComment
) -> int | None:
    """Send what stands on commits and on lines, and not in the conversation."""
    match effect:
        case CreateCheckRun(body=body):
            return repository.create_check_run(body)
        case EditCheckRun(id=run, body=body):
            repository.edit_check_run(run, body)
            return run
        case CommentOnLines():
            return _comment_on_lines(repository, number, effect)
        case DeleteLineComment(id=comment):
            repository.delete_line_comment(comment)
            return None


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


def _react(repository: Repository, number: int, effect: React) -> None:
    """React to a comment; that it was deleted meanwhile is no error.

    Raises:
        GitHubError: for any other refusal.
    """
    try:
        repository.react(number, effect.comment_id, effect.content)
    except GitHubError as error:
        if error.status != NOT_FOUND:
            raise


def _comment_on_lines(repository: Repository, number: int, effect: CommentOnLines) -> int | None:
    """Offer suggestions; that the head moved or its diff shows a line no more is no error: the next look offers anew.

    Raises:
        GitHubError: for any other refusal.
    """
    try:
        return repository.comment_on_lines(number, effect.sha, effect.body, effect.comments)
    except GitHubError as error:
        if error.status != UNPROCESSABLE:
            raise
        log.warning("%s#%d at %s: no suggestions: %s", repository.full_name, number, effect.sha[:7], error)
        return None
