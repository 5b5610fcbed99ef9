"""A button that somebody pressed on our check run: who may, and what it does; a refusal is answered in a comment."""

import hashlib
import logging

from bot.context import Bot
from bot.events import ButtonPressed
from bot.github_api import Repository
from bot.look import recall
from bot.neutralise import code
from bot.obey import Obeyed
from bot.verdict import Situation
from bot.waiver import BUTTON, MAY, can_be_waived
from schemas.errors import UserError

log = logging.getLogger(__name__)


def press(bot: Bot, repository: Repository, situation: Situation, event: ButtonPressed) -> Obeyed:
    """Do what the button says, if the one who pressed it may."""
    if event.button != BUTTON.identifier:
        return Obeyed(situation=situation, replies={})
    try:
        _set_to_pass(bot, repository, situation, event)
    except UserError as refusal:
        return Obeyed(situation=situation, replies={_marker(event): f"@{event.login} {refusal}"})
    return Obeyed(situation=recall(bot, situation), replies={})


def _set_to_pass(bot: Bot, repository: Repository, situation: Situation, event: ButtonPressed) -> None:
    """Remember for this head alone that its sign-offs are waived.

    Raises:
        UserError: if the head is another one, if nothing is to be waived, or if the person may not do so.
    """
    facts = situation.facts
    if event.head_sha != facts.head_sha:
        raise UserError(
            f"The head moved to {code(facts.head_sha[:7])} since that check run; press the button on the new one."
        )
    if not can_be_waived(situation.results):
        raise UserError(f"DCO does not fail at {code(facts.head_sha[:7])}; there is nothing to set.")
    if repository.role_name(event.login) not in MAY:
        raise UserError(
            "DCO can be set to pass by people with `write` permission here; I am sorry that I cannot do it for you. "
            "The report says how to sign the commits off."
        )
    bot.store.heads.waive_sign_off(facts.repository, facts.number, head_sha=facts.head_sha, login=event.login)
    log.info("%s#%d: %s set DCO to pass at %s", facts.repository, facts.number, event.login, facts.head_sha)


def _marker(event: ButtonPressed) -> str:
    who = hashlib.sha256(event.login.encode()).hexdigest()[:8]
    return f"<!-- espalier:reply {event.button} {event.head_sha[:12]} {who} -->"
