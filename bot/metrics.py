"""Numbers for an operator, in Prometheus' text format (prometheus.io/docs/instrumenting/exposition_formats)."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.context import Bot
from bot.github_api import ANSWERS
from bot.numbers import BOUNDS, Spread
from bot.store import StoreError

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds that a connection is waited for: Prometheus gives a scrape up after ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the bot's threads do, and what they counted."""

    alive: bool
    handlings: Spread
    outcomes: Mapping[str, int]
    missed: int
    """What reconciliation found that no webhook told of, and webhooks that it had sent again."""


def metrics_text(bot: Bot, pulse: Pulse, answers: Mapping[int, int]) -> str:
    """Give all numbers: of this process, and of the database that replicas share where it can be read.

    Args:
        bot: The running bot.
        pulse: How its threads do.
        answers: How many webhook requests were answered with each status.
    """
    try:
        bot.store.database.probe(patience=PATIENCE)
        kept = tuple(_of_database(bot))
    except StoreError as error:
        log.warning("numbers of the database are left out: %s", error)
        kept = ()
    text = "Whether the database can be read; without it, what it counts is left out."
    readable = _one("espalier_database_up", "gauge", text, int(bool(kept)))
    return "\n".join((*_of_process(bot, pulse, answers), *readable, *kept)) + "\n"


def _of_process(bot: Bot, pulse: Pulse, answers: Mapping[int, int]) -> Iterator[str]:
    yield from _one("espalier_up", "gauge", "Whether every thread of this process works.", int(pulse.alive))
    # The web side counts on meanwhile: a copy is made at once.
    by_status = {str(int(status)): count for status, count in dict(answers).items()}
    yield from _family("espalier_webhooks_total", "counter", "Webhook requests, by the answer.", "status", by_status)
    yield from _family(
        "espalier_handlings_total", "counter", "Deliveries handled, by how that ended.", "outcome", pulse.outcomes
    )
    yield from _histogram("espalier_handling_seconds", "From taking a delivery to its end.", pulse.handlings)
    yield from _family(
        "espalier_github_answers_total", "counter", "Answers of GitHub, by status; none where it gave none.", "status",
        ANSWERS.all(),
    )  # fmt: skip
    yield from _family(
        "espalier_github_requests_remaining", "gauge", "Requests left this hour.", "repository", bot.github.remaining
    )
    yield from _family(
        "espalier_github_rest_seconds", "gauge", "Seconds that GitHub wants to be left alone.", "installation",
        bot.github.rest_seconds(),
    )  # fmt: skip
    text = "Webhooks that never arrived and were asked for again, and things that reconciliation found without one."
    yield from _one("espalier_missed_total", "counter", text, pulse.missed)


def _of_database(bot: Bot) -> Iterator[str]:
    store = bot.store
    yield from _family("espalier_deliveries", "gauge", "Deliveries kept, by state.", "state", store.inbox.counts())
    since = store.letters.waiting_since()
    text = "How long the delivery has waited that waits longest."
    yield from _one("espalier_oldest_delivery_seconds", "gauge", text, _age(since))
    yield from _family("espalier_outbox", "gauge", "Writes, by state.", "state", store.outbox.counts())
    yield from _family("espalier_builds", "gauge", "Builds, by state.", "state", store.builds.counts())
    ages: dict[str, float] = {}
    for build in store.builds.queue():
        ages[build.state] = max(ages.get(build.state, 0.0), _age(build.started_at or build.created_at))
    text = "Age of the oldest build that waits or runs, by state."
    yield from _family("espalier_oldest_build_seconds", "gauge", text, "state", ages)
    rounds = {name: at.timestamp() for name, at in store.rounds.all().items()}
    text = "Up to when GitHub was compared with what we remember."
    yield from _family("espalier_reconciled_timestamp_seconds", "gauge", text, "what", rounds)
    if bot.settings.budget is not None:
        left = store.creations.left(bot.settings.budget)
        text = "What may still be created on GitHub this minute, by installation."
        yield from _family("espalier_creations_left", "gauge", text, "installation", left)


def _age(since: str | None) -> float:
    return 0 if since is None else round(max(time.time() - datetime.fromisoformat(since).timestamp(), 0.0), 1)


def _one(name: str, kind: str, text: str, value: float) -> Iterator[str]:
    yield from _head(name, kind, text)
    yield f"{name} {value}"


def _family(name: str, kind: str, text: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    yield from _head(name, kind, text)
    for key, value in sorted(values.items()):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'{name}{{{label}="{escaped}"}} {value}'


def _histogram(name: str, text: str, spread: Spread) -> Iterator[str]:
    yield from _head(name, "histogram", text)
    for bound, count in zip(BOUNDS, spread.up_to, strict=True):
        yield f'{name}_bucket{{le="{bound}"}} {count}'
    yield f'{name}_bucket{{le="+Inf"}} {spread.count}'
    yield f"{name}_sum {spread.seconds:.3f}"
    yield f"{name}_count {spread.count}"


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
