"""Reports that live while a build runs: the comment is edited with its progress, seldom, and only if it changed."""

import logging
import threading
import time
import uuid
from dataclasses import dataclass, replace

from bot.apply import apply
from bot.context import Bot, receive
from bot.effects import EditComment, comment_key
from bot.events import RECHECK, Place, own_delivery, pull_lane
from bot.github_api import GitHubError
from bot.look import recall
from bot.plan import with_marker
from bot.records import Build
from bot.report import render_report
from bot.report_status import REPORT_MARKER
from bot.store.fence import held
from bot.verdict import Situation, decide

log = logging.getLogger(__name__)

LOOPBACK_SECONDS = 2.0
SECONDS = 20.0
"""Between two edits of one report; on github.com an installation has 80 writes a minute for everything."""
MOST_SHOWN = 100
"""Reports that are remembered: one that another replica saw the end of is never heard of again."""
UNKNOWN = 5
"""So many times as long until a report is looked at again of which this replica does not know what it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a report shows now, and what it rests on."""

    situation: Situation
    body: str
    comment_id: int | None
    epoch: int = 0
    """Of the lane's lease when that was so; whoever held the lane since may have changed it."""


class LiveReports:
    """The reports of pull requests with builds that wait or run."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._shown: dict[tuple[str, int], Shown] = {}
        self._next: dict[tuple[str, int], float] = {}

    def remember(self, place: Place, shown: Shown) -> None:
        """Keep what a report shows after it was brought up to date, by whoever holds its lane."""
        number = shown.situation.facts.number
        epoch = next((lease.epoch for lease in held() if lease.name == pull_lane(place, number)), 0)
        with self._turn:
            self._shown.pop((place.repository, number), None)
            self._shown[place.repository, number] = replace(shown, epoch=epoch)
            if len(self._shown) > MOST_SHOWN:
                del self._shown[next(iter(self._shown))]  # the one that was brought up to date longest ago

    def forget(self, place: Place, number: int) -> None:
        """Let go of a pull request without a build that waits or runs."""
        with self._turn:
            self._shown.pop((place.repository, number), None)
            self._next.pop((place.repository, number), None)

    def refresh(self, bot: Bot, build: Build) -> None:
        """Bring the reports of a build's pull requests up to date where their time has come."""
        place = Place(repository=build.job.repository, installation=build.installation)
        seconds = LOOPBACK_SECONDS if bot.settings.loopback else SECONDS
        for part in build.job.pull_requests:
            key = (place.repository, part.number)
            if time.monotonic() < self._next.get(key, 0.0):
                continue
            # A release of many pull requests may not use up the installation's writes.
            self._next[key] = time.monotonic() + seconds * len(build.job.pull_requests)
            with bot.store.leases.hold(pull_lane(place, part.number)) as lease:
                if lease is not None and not self._refresh(bot, place, part.number, lease.epoch):
                    self._next[key] = time.monotonic() + UNKNOWN * seconds
            if lease is not None:
                bot.store.inbox.ring()  # deliveries of the lane may wait

    def _refresh(self, bot: Bot, place: Place, number: int, epoch: int) -> bool:
        """Bring a report up to date; False if another replica, or a bot before this one, knows what it shows."""
        key = (place.repository, number)
        with self._turn:
            shown = self._shown.get(key)
        if shown is None or shown.epoch != epoch - 1:
            # Whoever looks at it brings it up to date; if that is this replica, it knows from then on.
            receive(bot, own_delivery(f"live-{uuid.uuid4()}", RECHECK, place, number=number))
            return False
        situation = recall(bot, shown.situation)
        body = with_marker(REPORT_MARKER, render_report(situation.facts, situation.results, decide(situation)))
        if body == shown.body:
            self.remember(place, shown)
            return True
        try:
            self._edit(bot, place, number, replace(shown, situation=situation, body=body))
        except GitHubError as error:
            log.warning("the report of %s#%d was not brought up to date: %s", place.repository, number, error)
            with self._turn:
                self._shown.pop(key, None)
        return True

    def _edit(self, bot: Bot, place: Place, number: int, shown: Shown) -> None:
        with bot.github.repository(place) as repository:
            comment = shown.comment_id
            if comment is None:
                known = bot.store.outbox.of_pull(place.repository, number).get(comment_key(shown.body))
                comment = None if known is None else known.github_id
            if comment is None:  # it was written before the outbox remembers
                ours = (item for item in repository.comments(number) if item.mine)
                comment = next((item.id for item in ours if item.body.lstrip().startswith(REPORT_MARKER)), None)
            if comment is None:
                return
            apply(bot, repository, number, (EditComment(id=comment, body=shown.body),))
        self.remember(place, replace(shown, comment_id=comment))
