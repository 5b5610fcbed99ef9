"""A button that somebody pressed: the command of its name, for a check run's commit, or for what a page shows."""

from bot.context import Bot
from bot.events import ButtonPressed
from bot.github_api import Repository
from bot.obey import Obeyed, obey
from bot.orders import from_button
from bot.present import BUTTONS
from bot.verdict import Situation


def press(bot: Bot, repository: Repository, situation: Situation, event: ButtonPressed, *, received_at: str) -> Obeyed:
    """Obey the command that the button stands for, if the one who pressed it may give it."""
    if event.about is None and event.button not in {button.identifier for button in BUTTONS}:
        return Obeyed(situation=situation, replies={})
    return obey(bot, repository, event.place, situation, from_button(event, received_at=received_at))
