"""Commands, one after the other: who may, what each asks for, and having it done; the answers go into replies."""

import logging
from dataclasses import dataclass

from bot.command import Command, Role, load_commands
from bot.comment import MAX_COMMANDS, Invocation, nearest
from bot.context import Bot, Errand
from bot.effects import React
from bot.events import Place
from bot.gather import gather_role
from bot.github_api import Repository
from bot.known import known_for
from bot.look import recall
from bot.orders import Order, Refusal, known_as, render_refusals
from bot.steps import Reply
from bot.take import take
from bot.verdict import Situation
from schemas.errors import UserError

log = logging.getLogger(__name__)

SERVED_ALONE = frozenset({"release", "rollback", "allow", "budget"})
"""Commands that need a bot which is always there."""
BUILDING = frozenset({"build", "precheck", "generate", "retry", "cancel"})
TOO_MANY = f"I take {MAX_COMMANDS} commands at once; write this one, and what follows, in another comment."
NO_REACTION = "(GitHub lets nobody react to a review, so I answer in place of a thumb.)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """What came of an order."""

    situation: Situation
    replies: dict[str, str]
    """Text by marker."""
    reaction: React | None = None
    """Of a comment; it is given once what was asked for is shown: who sees it may go on."""


def obey(bot: Bot, repository: Repository, place: Place, situation: Situation, order: Order) -> Obeyed:
    """Obey commands one after the other; one that is refused stops no other, and all refusals stand in one reply.

    A comment is given a reaction: thumbs up where a command was taken, a confused face where none was. A review, which
    takes none, is given an answer.
    """
    replies: dict[str, str] = {}
    refusals: list[Refusal] = []
    for index, invocation in enumerate(order.invocations[:MAX_COMMANDS]):
        try:
            text = _obey_unless_refused(bot, repository, place, situation, order, index)
            if order.review and not text:
                text = f"@{order.login} `{invocation.name}`: done. {NO_REACTION}"
            if text and text not in replies.values():  # `help`, asked for in several ways
                replies[order.marker(invocation)] = text
        except UserError as refusal:
            refusals.append(Refusal(invocation=invocation, reason=str(refusal)))
        situation = recall(bot, situation)
    refusals += [Refusal(invocation=each, reason=TOO_MANY) for each in order.invocations[MAX_COMMANDS:]]
    if refusals:
        replies[order.marker(*order.invocations)] = render_refusals(order, refusals)
    reaction = None
    if order.comment:
        taken = len(refusals) < len(order.invocations)
        reaction = React(comment_id=order.comment, content="+1" if taken else "confused", body=order.body)
    return Obeyed(situation=situation, replies=replies, reaction=reaction)


def _obey_unless_refused(
    bot: Bot, repository: Repository, place: Place, situation: Situation, order: Order, index: int
) -> str:
    """Obey one of the commands, unless it was refused when it was handled before: its author was told so by then.

    Raises:
        UserError: if it was, or is refused now.
    """
    invocation = order.invocations[index]
    # The same words may stand there twice: what is refused at first may be taken then.
    asked = f"{order.invocations[:index].count(invocation)} {known_as(invocation)}"
    name, pulls = situation.facts.repository, bot.store.pulls
    reason = pulls.refusal(name, order.source, asked, edition=order.edition)
    if reason is not None:
        raise UserError(reason)
    try:
        return _obey_one(bot, repository, place, situation, order, invocation)
    except UserError as refusal:
        pulls.note_refusal(name, order.source, asked, edition=order.edition, reason=str(refusal))
        raise


def _obey_one(
    bot: Bot, repository: Repository, place: Place, situation: Situation, order: Order, invocation: Invocation
) -> str:
    """Obey a command and give the answer to it, if there is one; one that was obeyed before is answered as it was then.

    Raises:
        UserError: if there is no such command, or it may not be given; it is one line that says who may, or what to do.
    """
    command = _find(invocation)
    facts = situation.facts
    answered = bot.store.pulls.answer(facts.repository, order.source, known_as(invocation))
    if answered is not None:
        return answered
    role = _role(bot, repository, place, situation, order.login)
    if role < command.needs:
        raise UserError(f"`/espalier {command.name}` is for {command.needs.people}.")
    if bot.errand is not None:
        _refuse_undoable(bot.errand, command.name)
    request = known_for(bot, situation, order, invocation.arguments, role)
    steps = tuple(command.run(request))
    text = "\n\n".join(step.text for step in steps if isinstance(step, Reply))
    if any(not isinstance(step, Reply) for step in steps):
        take(bot, repository, place, situation, order, invocation, steps, answer=text)
    log.info(
        "%s#%d: %s by %s at %s", facts.repository, facts.number, command.name, order.login, facts.head_sha
    )  # fmt: skip
    return text


def _role(bot: Bot, repository: Repository, place: Place, situation: Situation, login: str) -> Role:
    """Find out what somebody may do here, now."""
    role = gather_role(bot.github, place, repository, login, situation.facts.config)
    if any(build.asked_by == login for build in situation.builds):
        role = max(role, Role.STARTER)
    return max(role, Role.AUTHOR) if login == situation.pull.author else role


def _refuse_undoable(errand: Errand, command: str) -> None:
    """Refuse what a workflow run cannot bring about.

    Raises:
        UserError: if the command is such a one; it says what a maintainer has to set up.
    """
    if command in SERVED_ALONE:
        raise UserError(f"`{command}` is for a bot that always runs, and this repository is served by workflows alone.")
    if command in BUILDING and not errand.builds:
        raise UserError("No builds are set up here; a maintainer adds a job with `actions/build` to the workflow.")


def _find(invocation: Invocation) -> Command:
    commands = load_commands()
    if invocation.name in commands:
        return commands[invocation.name]
    meant = nearest(invocation.name, commands.keys())
    hint = f"did you mean `/espalier {meant}`?" if meant else "`/espalier help` lists all."
    raise UserError(f"There is no such command; {hint}")
