"""Workers over the inbox: one delivery of a lane at a time, different lanes side by side."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from bot.github_api import GitHubError
from bot.store import Inbox, Item, StoreError

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often an idle worker looks for deliveries that were put back and are due again."""
STORE_SECONDS = 2.0
"""Between two tries to use a database that cannot be used, as on a full disk."""


@dataclass(slots=True, kw_only=True)
class Timing:
    """How much was handled, and how long it took: what `/metrics` shows."""

    count: int = 0
    seconds: float = 0.0


class Lanes:
    """Which lanes are busy; threads take turns on a lane."""

    def __init__(self) -> None:
        self._busy: set[str] = set()
        self._changed = threading.Condition()

    def take(self, inbox: Inbox) -> Item | None:
        """Take the oldest delivery whose lane is free, and its lane with it."""
        with self._changed:
            item = inbox.take(busy=self._busy)
            if item is not None:
                self._busy.add(item.lane)
            return item

    def leave(self, lane: str) -> None:
        """Give a lane back."""
        with self._changed:
            self._busy.discard(lane)
            self._changed.notify_all()

    @contextmanager
    def hold(self, lane: str) -> Iterator[bool]:
        """Take a lane for something that is no delivery; gives False, without waiting, where it is busy."""
        with self._changed:
            free = lane not in self._busy
            if free:
                self._busy.add(lane)
        try:
            yield free
        finally:
            if free:
                self.leave(lane)

    def wake(self) -> None:
        """Tell the workers that something came."""
        with self._changed:
            self._changed.notify_all()

    def wait(self) -> None:
        """Wait until something came or a lane is free, for a short while."""
        with self._changed:
            self._changed.wait(POLL_SECONDS)


class Workers:
    """Threads that hand deliveries to a handler; what one of them raises stops no other."""

    def __init__(self, lanes: Lanes, inbox: Inbox, handler: Callable[[Item], bool], *, threads: int = 4) -> None:
        self._lanes = lanes
        self._inbox = inbox
        self._handler = handler
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}") for n in range(threads)]
        self.timing = Timing()

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads after what they handle now."""
        self._stop.set()
        self._lanes.wake()
        for thread in self._threads:
            thread.join()

    @property
    def alive(self) -> bool:
        """Whether every thread still works."""
        return all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                item = self._lanes.take(self._inbox)
            except StoreError as error:
                log.error("no delivery can be taken: %s", error)  # noqa: TRY400 - as often as this, the cause says all
                self._stop.wait(STORE_SECONDS)
                continue
            if item is None:
                self._lanes.wait()
                continue
            started = time.monotonic()
            try:
                self._handle(item)
            finally:
                self._lanes.leave(item.lane)
                self.timing.count += 1
                self.timing.seconds += time.monotonic() - started

    def _handle(self, item: Item) -> None:
        guid = item.delivery.guid
        try:
            concerned = self._handler(item)
        except GitHubError as error:
            if error.wait is None:
                log.exception("delivery %s (%s) failed", guid, item.delivery.event)
                self._settle(partial(self._inbox.fail, item, str(error)))
            else:
                log.warning("delivery %s (%s) waits %.0f s: %s", guid, item.delivery.event, error.wait, error)
                self._settle(partial(self._inbox.retry, item, str(error), seconds=error.wait))
        except StoreError as error:
            log.warning("delivery %s (%s) waits: %s", guid, item.delivery.event, error)
            self._settle(partial(self._inbox.retry, item, str(error), seconds=STORE_SECONDS))
        except Exception as error:
            log.exception("delivery %s (%s) failed", guid, item.delivery.event)
            self._settle(partial(self._inbox.fail, item, f"{type(error).__name__}: {error}"))
        else:
            self._settle(partial(self._inbox.finish, item, ignored=not concerned))

    def _settle(self, write: Callable[[], None]) -> None:
        """Write how a delivery ended, however long that takes; what is not written is handled again by the next bot."""
        while True:
            try:
                write()
            except StoreError as error:
                log.error("a delivery's end cannot be noted: %s", error)  # noqa: TRY400 - see above
                if self._stop.wait(STORE_SECONDS):
                    return
            else:
                return
