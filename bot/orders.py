"""Who asks for what, and where the answer goes: a comment's commands, a review's, or a button that was pressed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.comment import Invocation
from bot.events import ButtonPressed, CommentWritten
from bot.neutralise import code

MAX_KNOWN = 300
"""Characters of a command that are remembered; PostgreSQL's index takes 2,704 bytes a row, and UTF-8 up to 4 each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Commands that one person gave at once."""

    login: str
    written_at: datetime
    invocations: tuple[Invocation, ...]
    source: str
    """Where it was given, one word that is the same whenever it is handled: of a comment, its id."""
    edition: str
    """Which text of its source it is: what is handled again has the same one, what was given again has not."""
    comment: int = 0
    """The comment that it was given in, which can be reacted to and looked at again; 0 for anything else."""
    body: str = ""
    """The comment's text: an edit is reacted to anew."""
    review: bool = False
    """Whether it was given in a review, which nobody can react to."""

    def marker(self, *invocations: Invocation) -> str:
        """Give the first line of the comment that answers these commands; it is the same whenever they are handled."""
        given = " ".join((self.source, *map(words, invocations)))
        return f"<!-- espalier:reply {self.source} {hashlib.sha256(given.encode()).hexdigest()[:8]} -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A command that was not taken."""

    invocation: Invocation
    reason: str
    """One line that says who may, or what to do."""


def words(invocation: Invocation) -> str:
    """Give a command as it was written, in one spelling."""
    return " ".join((invocation.name, *invocation.arguments))


def known_as(invocation: Invocation) -> str:
    """Give the words that a command is remembered by: a database's keys are short, and a comment's lines are not."""
    text = words(invocation)
    return text if len(text) <= MAX_KNOWN else f"{text[:MAX_KNOWN]} {hashlib.sha256(text.encode()).hexdigest()}"


def render_refusals(order: Order, refusals: Sequence[Refusal]) -> str:
    """Answer all that was refused of an order at once, with a line for each command; there has to be one."""
    if len(order.invocations) == 1:
        return f"@{order.login} {refusals[0].reason}"
    lines = (f"- {code(f'/espalier {words(each.invocation)}', limit=60)}: {each.reason}" for each in refusals)
    return "\n".join((f"@{order.login}", *lines))


def from_comment(event: CommentWritten, invocations: tuple[Invocation, ...]) -> Order:
    """Take the new commands of a comment or of a review's text."""
    return Order(
        login=event.author,
        written_at=event.written_at,
        invocations=invocations,
        source=f"{'review-' if event.review else ''}{event.comment_id}",
        # A review that was edited may come with the time that it was submitted at.
        edition=f"{event.written_at.isoformat()} {hashlib.sha256(event.body.encode()).hexdigest()[:16]}",
        comment=0 if event.review else event.comment_id,
        body=event.body,
        review=event.review,
    )


def from_button(event: ButtonPressed, *, received_at: str) -> Order:
    """Take the press of a button for the command of its name: for its check run's commit, or for what it is about.

    It was pressed when its delivery came, ISO 8601, however late that is handled: GitHub names no time of it.
    """
    who = hashlib.sha256(event.login.encode()).hexdigest()[:8]
    return Order(
        login=event.login,
        written_at=datetime.fromisoformat(received_at),
        invocations=(Invocation(name=event.button, arguments=(event.about or event.head_sha,)),),
        source=f"page-{event.press}" if event.press else f"button-{event.head_sha[:12]}-{who}",
        edition=event.press or received_at,
    )
