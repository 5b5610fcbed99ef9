"""Reports that live while a build runs: the comment is edited with its progress, seldom, and only if it changed."""

import logging
import threading
import time
import uuid
from dataclasses import dataclass, replace

from bot.apply import apply
from bot.context import Bot, receive
from bot.effects import EditComment, comment_key
from bot.events import RECHECK, Place, own_delivery
from bot.github_api import GitHubError
from bot.look import recall
from bot.plan import with_marker
from bot.records import Build
from bot.report import render_report
from bot.report_status import REPORT_MARKER
from bot.verdict import Situation, decide

log = logging.getLogger(__name__)

LOOPBACK_SECONDS = 2.0
SECONDS = 20.0
"""Between two edits of one report; on github.com an installation has 80 writes a minute for everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a report shows now, and what it rests on."""

    situation: Situation
    body: str
    comment_id: int | None


class LiveReports:
    """The reports of pull requests with builds that wait or run."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._shown: dict[tuple[str, int], Shown | None] = {}
        self._next: dict[tuple[str, int], float] = {}

    def remember(self, place: Place, shown: Shown) -> None:
        """Keep what a report shows after it was brought up to date."""
        with self._turn:
            self._shown[place.repository, shown.situation.facts.number] = shown

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
            with bot.store.leases.hold(f"{place.repository}#{part.number}") as lane:
                if lane is not None:
                    self._refresh(bot, place, part.number)
            if lane is not None:
                bot.store.inbox.ring()  # deliveries of the lane may wait

    def _refresh(self, bot: Bot, place: Place, number: int) -> None:
        key = (place.repository, number)
        with self._turn:
            known, shown = key in self._shown, self._shown.get(key)
            self._shown.setdefault(key, None)
        if shown is None:
            if not known:  # after a restart: look once, which remembers
                receive(bot, own_delivery(f"live-{uuid.uuid4()}", RECHECK, place, number=number))
            return
        situation = recall(bot, shown.situation)
        body = with_marker(REPORT_MARKER, render_report(situation.facts, situation.results, decide(situation)))
        if body == shown.body:
            return
        try:
            self._edit(bot, place, number, replace(shown, situation=situation, body=body))
        except GitHubError as error:
            log.warning("the report of %s#%d was not brought up to date: %s", place.repository, number, error)
            with self._turn:
                self._shown.pop(key, None)

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
