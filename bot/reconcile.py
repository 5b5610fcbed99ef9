"""What was missed, found by comparing what GitHub lists with what we remember; pure."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from bot.comment import parse_comment
from bot.events import MISSED_COMMENT, RECHECK, Place
from bot.github_values import HookDelivery, ListedComment, ListedPull
from bot.records import Pull
from bot.webhook import Delivery

MAX_ATTEMPTS = 3
"""Attempts of one webhook before it is asked for no more: what we refused three times is refused again."""
SUCCESS = range(200, 300)


def missed_pulls(
    listed: Iterable[ListedPull], known: Mapping[int, Pull], *, before: datetime
) -> tuple[ListedPull, ...]:
    """Give the pull requests that stand otherwise than we remember.

    Args:
        listed: All open ones, and those closed lately.
        known: What we remember of the repository, by number.
        before: What changed later may still be on its way to us.
    """
    return tuple(pull for pull in listed if pull.updated_at < before and _is_news(pull, known.get(pull.number)))


def _is_news(pull: ListedPull, known: Pull | None) -> bool:
    if known is None:
        return pull.state != "closed"  # one that was merged unseen waits for a release
    return (known.state, known.head_sha) != (pull.state, pull.head_sha)


def missed_comments(
    listed: Iterable[ListedComment], heard: Collection[int], *, app: str, before: datetime
) -> tuple[ListedComment, ...]:
    """Give the comments with commands that nobody heard.

    An edited one is left out: a list does not tell who edited it, and nobody commands by another's right.

    Args:
        listed: Comments of a repository.
        heard: Ids of those that were answered with a reaction.
        app: The App's name, by which it can be called.
        before: What was written later may still be on its way to us.
    """
    return tuple(
        comment
        for comment in listed
        if comment.on_pull
        and not comment.by_bot
        and not comment.edited
        and comment.updated_at < before
        and comment.id not in heard
        and parse_comment(comment.body, app=app)
    )


def missed_webhooks(attempts: Iterable[HookDelivery], known: Collection[str], *, before: datetime) -> tuple[int, ...]:
    """Give the attempts to be repeated of webhooks that never arrived, the oldest first, by GitHub's id.

    Args:
        attempts: What GitHub tried.
        known: GUIDs that we keep.
        before: What was tried later may still be on its way to us.
    """
    by_guid: defaultdict[str, list[HookDelivery]] = defaultdict(list)
    for attempt in attempts:
        by_guid[attempt.guid].append(attempt)
    missed = []
    for guid, tries in by_guid.items():
        newest = max(tries, key=lambda attempt: attempt.id)
        arrived = guid in known or any(attempt.status_code in SUCCESS for attempt in tries)
        if not arrived and len(tries) < MAX_ATTEMPTS and newest.delivered_at < before:
            missed.append(min(attempt.id for attempt in tries))
    return tuple(sorted(missed))


def look_again(place: Place, number: int, *, why: str) -> Delivery:
    """Make a delivery that asks for a look at a pull request; the same reason gives the same one."""
    return _own(RECHECK, place, f"{number} {why}", {"number": number})


def news_of_pull(place: Place, pull: ListedPull) -> Delivery:
    """Make the delivery that should have told of a pull request's present state."""
    at = pull.updated_at.isoformat()
    told = {"number": pull.number, "head": pull.head_sha, "updated_at": at, "missed": True}
    return _own(RECHECK, place, f"{pull.number} {pull.state} {pull.head_sha} {at}", told)


def news_of_comment(place: Place, comment: ListedComment) -> Delivery:
    """Make the delivery that should have told of a comment."""
    return _own(
        MISSED_COMMENT,
        place,
        str(comment.id),
        {
            "action": "created",
            "issue": {"number": comment.number, "pull_request": {}},
            "comment": {
                "id": comment.id,
                "user": {"login": comment.author, "type": "User"},
                "body": comment.body,
                "updated_at": comment.updated_at.isoformat(),
            },
            "sender": {"login": comment.author, "type": "User"},
        },
    )


def _own(event: str, place: Place, why: str, told: Mapping[str, object]) -> Delivery:
    body = {"repository": {"full_name": place.repository}, "installation": {"id": place.installation}, **told}
    guid = hashlib.sha256(f"{event} {place.repository} {why}".encode()).hexdigest()[:32]
    return Delivery(guid=f"missed-{guid}", event=event, body=json.dumps(body).encode())
