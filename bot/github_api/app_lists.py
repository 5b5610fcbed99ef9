"""What GitHub tells the App itself: where it is installed, and which webhooks it was sent."""

import re
from collections.abc import Iterator
from datetime import datetime

from github.Requester import Requester

from bot.github_values import HookDelivery, Installation
from bot.payload import Payload

PER_PAGE = 100
MOST_DELIVERIES = 10_000
"""Of the newest attempts to deliver a webhook; each hundred costs a request."""
NEXT = re.compile(r'[?&]cursor=([^&>]+)[^>]*>; rel="next"')


def installations(requester: Requester) -> tuple[Installation, ...]:
    """List where the App is installed."""
    found = ((item.number("id"), item) for item in _pages(requester, "/app/installations"))
    return tuple(
        Installation(id=number, suspended=item.text("suspended_at") is not None)
        for number, item in found
        if number is not None
    )


def repositories(requester: Requester) -> tuple[str, ...]:
    """List the repositories that an installation's token reaches, as `owner/name`."""
    found = (item.text("full_name") for item in _pages(requester, "/installation/repositories", key="repositories"))
    return tuple(name for name in found if name is not None)


def hook_deliveries(requester: Requester, *, since: datetime) -> tuple[HookDelivery, ...]:
    """List the attempts to deliver a webhook since then, newest first; GitHub keeps them for some days."""
    listed: list[HookDelivery] = []
    cursor: str | None = ""
    while cursor is not None and len(listed) < MOST_DELIVERIES:
        query = f"&cursor={cursor}" if cursor else ""
        headers, data = requester.requestJsonAndCheck("GET", f"/app/hook/deliveries?per_page={PER_PAGE}{query}")
        page = [delivery for item in Payload(data).items() if (delivery := _hook_delivery(item)) is not None]
        listed += (delivery for delivery in page if delivery.delivered_at >= since)
        more = NEXT.search(str(headers.get("link", "")))
        cursor = more[1] if more is not None and page and page[-1].delivered_at >= since else None
    return tuple(listed)


def _hook_delivery(item: Payload) -> HookDelivery | None:
    number, guid, at = item.number("id"), item.text("guid"), item.time("delivered_at")
    if number is None or guid is None or at is None:
        return None
    return HookDelivery(id=number, guid=guid, status_code=item.number("status_code") or 0, delivered_at=at)


def _pages(requester: Requester, path: str, *, key: str | None = None) -> Iterator[Payload]:
    page = 1
    while True:
        _, data = requester.requestJsonAndCheck("GET", f"{path}?per_page={PER_PAGE}&page={page}")
        items = Payload(data).items(*(() if key is None else (key,)))
        yield from items
        if len(items) < PER_PAGE:
            return
        page += 1
