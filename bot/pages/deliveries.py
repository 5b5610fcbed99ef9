"""What the page of deliveries shows, as values: those that failed for good, and those that wait."""

from dataclasses import dataclass

from bot.context import Bot
from bot.redact import Redactor
from bot.store import Letter

SHOWN = 100
REASON_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery in a list."""

    letter: Letter
    reason: str
    """Why it failed, or what it waits for; empty where there is nothing to say."""

    @property
    def tried(self) -> int:
        """How often it was handed out."""
        return self.letter.crashes + self.letter.waits + (self.letter.state in {"running", "failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveriesView:
    """The page of deliveries."""

    failed: tuple[DeliveryRow, ...]
    """Newest first."""
    open: tuple[DeliveryRow, ...]
    """Oldest first."""
    counts: dict[str, int]
    shown: int = SHOWN


def deliveries_view(bot: Bot) -> DeliveriesView:
    """Gather the page."""
    redactor = Redactor(*bot.settings.secrets)
    letters = bot.store.letters
    return DeliveriesView(
        failed=tuple(_row(letter, redactor) for letter in reversed(letters.list("failed", limit=SHOWN))),
        open=tuple(_row(letter, redactor) for letter in letters.list("pending", "running", limit=SHOWN)),
        counts=bot.store.inbox.counts(),
    )


def _row(letter: Letter, redactor: Redactor) -> DeliveryRow:
    return DeliveryRow(letter=letter, reason=redactor.clean(letter.error or "")[:REASON_LENGTH])
