"""Numbers for an operator, in Prometheus' text format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.context import Bot


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the bot's threads do."""

    alive: bool
    handled: int
    seconds: float


def metrics_text(bot: Bot, pulse: Pulse, answers: Mapping[int, int]) -> str:
    """Give all numbers (prometheus.io/docs/instrumenting/exposition_formats).

    Args:
        bot: The running bot.
        pulse: How its threads do.
        answers: How many webhook requests were answered with each status.
    """
    return "\n".join(_lines(bot, pulse, answers)) + "\n"


def _lines(bot: Bot, pulse: Pulse, answers: Mapping[int, int]) -> Iterator[str]:
    by_status = {str(int(status)): count for status, count in answers.items()}
    yield from _family("espalier_webhooks_total", "counter", "Webhook requests, by the answer.", "status", by_status)
    yield from _family("espalier_deliveries", "gauge", "Deliveries kept, by state.", "state", bot.store.inbox.counts())
    yield from _family("espalier_builds", "gauge", "Builds, by state.", "state", bot.store.builds.counts())
    yield from _family(
        "espalier_github_requests_remaining", "gauge", "Requests left this hour.", "repository", bot.github.remaining
    )
    yield "# HELP espalier_handling_seconds Time from taking a delivery to the end of its handling."
    yield "# TYPE espalier_handling_seconds summary"
    yield f"espalier_handling_seconds_sum {pulse.seconds:.3f}"
    yield f"espalier_handling_seconds_count {pulse.handled}"
    yield "# HELP espalier_up Whether every thread works."
    yield "# TYPE espalier_up gauge"
    yield f"espalier_up {int(pulse.alive)}"


def _family(name: str, kind: str, text: str, label: str, values: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for key, value in sorted(values.items()):
        escaped = key.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'{name}{{{label}="{escaped}"}} {value}'
