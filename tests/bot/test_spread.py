"""News that concerns every open pull request reaches every one of them, in its own lane."""

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from bot.handle import handle
from bot.live import LiveReports
from bot.records import Pull
from bot.store import Item, Store
from bot.webhook import Delivery

if TYPE_CHECKING:
    from bot.context import Bot

OPEN = 230
HEAD = "a" * 40


def test_a_recheck_reaches_all_open_pull_requests_however_many_there_are(store: Store) -> None:
    with store.database.change():
        for number in range(1, OPEN + 2):
            store.pulls.save(
                Pull(
                    repository="orchard/wood", number=number, installation=1, title="", author="",
                    state="open" if number <= OPEN else "closed", head_sha=HEAD, head_seen_at="", triage=None,
                    labels=(), own_labels=(), url="", updated_at="",
                )
            )  # fmt: skip
    body = {
        "action": "rerequested", "repository": {"full_name": "orchard/wood"}, "installation": {"id": 1},
        "check_suite": {"head_sha": HEAD},
    }  # fmt: skip
    delivery = Delivery(guid="again", event="check_suite", body=json.dumps(body).encode())
    bot = cast("Bot", SimpleNamespace(store=store))
    assert handle(bot, LiveReports(), Item(id=0, lane="orchard/wood", received_at="", delivery=delivery))
    assert store.inbox.counts() == {"pending": OPEN}
