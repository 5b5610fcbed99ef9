"""Rounds over everything that could have been missed; each difference is a delivery of its own into the inbox."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.comment import parse_comment
from bot.context import Bot, receive
from bot.duty import Duty
from bot.events import Place
from bot.github_api import GitHubApp, GitHubError, Repository
from bot.reconcile import (
    SUCCESS,
    look_again,
    missed_comments,
    missed_pulls,
    missed_webhooks,
    news_of_comment,
    news_of_pull,
)
from bot.releases import mend_current
from bot.store import LeaseLostError, StoreError, require
from bot.store.database import stamp
from bot.store.pulls import ALL
from bot.webhook import Delivery

log = logging.getLogger(__name__)

LEASE = "reconcile"
WEBHOOKS = "webhooks"
"""Up to when it is known what became of GitHub's webhooks."""
LOOPBACK_GRACE = timedelta(seconds=1)
GRACE = timedelta(minutes=1)
"""How long news may be on its way as a webhook before it counts as missed."""
HOOKS_KEPT = timedelta(days=3)
"""How long back GitHub repeats a webhook (docs.github.com, "Redelivering webhooks")."""
WRITE_SECONDS = 2.0
"""What is left of the lease at least when a webhook is asked for."""
MOST_WEBHOOKS = 100
"""Webhooks that are asked for again in one round."""
HALF_WAY = timedelta(minutes=10)
"""After which a write that did not end, or a check run that is left in progress, is looked after."""
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reach:
    """The repositories that the App reaches."""

    places: tuple[Place, ...]
    is_whole: bool
    """Whether there are no others: none is suspended, and all could be listed."""


class Reconciler:
    """A thread that makes a round at the start and every few minutes, in one replica at a time."""

    def __init__(self, bot: Bot, app: GitHubApp) -> None:
        self._bot = bot
        self._app = app
        self._grace = LOOPBACK_GRACE if bot.settings.loopback else GRACE
        self._forgot_at: datetime | None = None
        self._stop = threading.Event()
        self.missed = 0
        """What this process found that no webhook told of, and webhooks that it had sent again."""
        self._duty = Duty(
            bot.store.leases, LEASE, begin=self._try_round, step=self._try_round, seconds=bot.settings.reconcile_seconds
        )

    def start(self) -> None:
        """Start the thread."""
        self._duty.start()

    def close(self) -> None:
        """End the thread after what it does now."""
        self._stop.set()
        self._duty.close()

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._duty.alive

    def _try_round(self) -> None:
        try:
            self.round()
        except GitHubError as error:
            log.warning("a round of reconciliation was cut short: %s", error)
        except (StoreError, LeaseLostError):
            raise
        except Exception:
            log.exception("a round of reconciliation was cut short")

    def round(self) -> None:
        """Look for what was missed, everywhere; what cannot be read now is read in the next round."""
        began = datetime.now(UTC)
        # These first: what GitHub sends again says more than what we can make of its lists.
        self.missed += self._ask_for_webhooks(began - self._grace)
        found, reach = 0, self._reach()
        for place in reach.places:
            if self._stop.is_set():
                return
            here = self._compare(place, began - self._grace)
            self.missed += here
            found += here
        if reach.is_whole:
            marks = (mark for place in reach.places for mark in (_pulls(place.repository), _comments(place.repository)))
            self._bot.store.rounds.keep_only({WEBHOOKS, *marks})
        half_way = self._finish_half_way()
        self.missed += half_way
        found += half_way
        forgotten = self._bot.store.outbox.prune() + self._bot.store.pulls.forget_refusals()
        self._forget_bodies(began)
        mend_current(self._bot)
        log.info("reconciliation: %d things were missed, %d old writes and refusals forgotten", found, forgotten)

    def _reach(self) -> _Reach:
        """List the repositories that the App reaches now; an installation that is suspended is caught up with later."""
        places: list[Place] = []
        is_whole = True
        for installation in self._app.installations():
            try:
                names = () if installation.suspended else self._app.repositories(installation.id)
            except GitHubError as error:
                log.warning("the repositories of installation %d cannot be listed: %s", installation.id, error)
                names, is_whole = (), False
            is_whole &= not installation.suspended
            places += (Place(repository=name, installation=installation.id) for name in names)
        return _Reach(places=tuple(places), is_whole=is_whole)

    def _forget_bodies(self, now: datetime) -> None:
        """Forget, once a day, what deliveries of long ago said: that takes a look at all of them."""
        if self._forgot_at is None or now - self._forgot_at > A_DAY:
            log.info("what %d old deliveries said is forgotten", self._bot.store.inbox.forget_bodies())
            self._forgot_at = now

    def _compare(self, place: Place, before: datetime) -> int:
        """Compare one repository, and give how much was missed; what keeps it from being read stops no other.

        Raises:
            StoreError: if nothing can be remembered.
            LeaseLostError: if another replica compares now.
        """
        try:
            with self._bot.github.repository(place, permissions={"metadata": "read", "pull_requests": "read"}) as home:
                return self._compare_pulls(home, before) + self._compare_comments(home, before)
        except GitHubError as error:
            log.warning("%s cannot be compared: %s", place.repository, error)
        except (StoreError, LeaseLostError):
            raise
        except Exception:
            log.exception("%s cannot be compared", place.repository)
        return 0

    def _compare_pulls(self, home: Repository, before: datetime) -> int:
        pulls, mark = self._bot.store.pulls, _pulls(home.full_name)
        since = self._bot.store.rounds.seen_until(mark)
        closed = () if since is None else home.closed_pulls(since=since)
        listed = (*home.open_pulls(), *closed)
        here = {pull.number for pull in listed}
        believed_open = {pull.number: pull for pull in pulls.list(repository=home.full_name, state="open", limit=ALL)}
        others = (pulls.get(home.full_name, number) for number in here - believed_open.keys())
        known = believed_open | {pull.number: pull for pull in others if pull is not None}
        found = sum(self._tell(news_of_pull(home.place, pull)) for pull in missed_pulls(listed, known, before=before))
        for number in sorted(believed_open.keys() - here):
            # Closed, and nobody told us within the time that we looked back on.
            found += self._tell(look_again(home.place, number, why=f"closed {believed_open[number].updated_at}"))
        self._bot.store.rounds.note(mark, before)
        return found

    def _compare_comments(self, home: Repository, before: datetime) -> int:
        mark = _comments(home.full_name)
        since = self._bot.store.rounds.seen_until(mark)
        found = 0
        if since is not None:  # what was said before we came was not said to us
            app = self._bot.github.identity().slug
            listed = home.comments_since(since)
            numbers = {comment.number for comment in listed if parse_comment(comment.body, app=app)}
            heard = {each for number in numbers for each in self._heard(home, number)}
            for comment in missed_comments(listed, heard, app=app, before=before):
                found += self._tell(news_of_comment(home.place, comment))
        self._bot.store.rounds.note(mark, before)
        return found

    def _heard(self, home: Repository, number: int) -> Iterator[int]:
        """Give the ids of the comments on a pull request that were answered with a reaction."""
        for key in self._bot.store.outbox.of_pull(home.full_name, number):
            kind, comment, *_ = key.split()
            if kind == "reaction":
                yield int(comment)

    def _ask_for_webhooks(self, before: datetime) -> int:
        """Have GitHub send again what never arrived; if it will not, the lists below find most of it.

        Give how many are sent again.
        """
        rounds, mark = self._bot.store.rounds, WEBHOOKS
        earliest = before - HOOKS_KEPT
        try:
            attempts = self._app.hook_deliveries(since=max(rounds.seen_until(mark) or earliest, earliest))
        except GitHubError as error:
            log.warning("what became of webhooks cannot be read: %s", error)
            return 0
        failed = {attempt.guid for attempt in attempts if attempt.status_code not in SUCCESS}
        known = {guid for guid in failed if self._bot.store.inbox.knows(guid)}
        missed = missed_webhooks(attempts, known, before=before)
        asked = sum(self._ask_for(attempt) for attempt in missed[:MOST_WEBHOOKS])
        if missed:
            log.info("%d webhooks did not arrive; GitHub was asked for %d again", len(missed), asked)
        else:
            rounds.note(mark, before)
        return asked

    def _ask_for(self, attempt: int) -> bool:
        require(WRITE_SECONDS)  # a replica that comes back late asks for nothing
        try:
            self._app.redeliver(attempt)
        except GitHubError as error:
            log.warning("GitHub does not send webhook %d again: %s", attempt, error)
            return False
        return True

    def _tell(self, delivery: Delivery) -> bool:
        """Take news in, once: what failed before stays with the dead letters."""
        return not self._bot.store.inbox.knows(delivery.guid) and receive(self._bot, delivery)

    def _finish_half_way(self) -> int:
        """Have a look where a write or a check run was left half-way, unless a build still runs there."""
        building = {
            (build.job.repository, part.number)
            for build in self._bot.store.builds.queue()
            for part in build.job.pull_requests
        }
        before = stamp(datetime.now(UTC) - HALF_WAY)
        found = 0
        for repository, number, at in self._bot.store.outbox.unfinished(before=before):
            pull = self._bot.store.pulls.get(repository, number)
            if pull is None or (repository, number) in building:
                continue
            place = Place(repository=repository, installation=pull.installation)
            found += self._tell(look_again(place, number, why=f"half-way {at}"))
        return found


def _pulls(repository: str) -> str:
    """Name the comparison of a repository's pull requests."""
    return f"pulls {repository}"


def _comments(repository: str) -> str:
    """Name the comparison of a repository's comments."""
    return f"comments {repository}"
