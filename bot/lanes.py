"""Workers over the inbox: one delivery of a lane at a time, different lanes side by side."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from random import Random

from bot.backoff import backoff
from bot.github_api import GitHubError
from bot.logs import about
from bot.numbers import Counts, Durations
from bot.store import Item, LeaseLostError, Store, StoreError, under

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often an idle worker looks for deliveries that are due again, or that another replica took in or left."""
FAILED = "it failed for good; /deliveries lists it"
STORE_SECONDS = 2.0
"""Between two tries to use a database that cannot be used, as on a full disk."""


class Workers:
    """Threads that hand deliveries to a handler; what one of them raises stops no other."""

    def __init__(self, store: Store, handler: Callable[[Item], bool], *, threads: int = 4) -> None:
        self._inbox = store.inbox
        self._leases = store.leases
        self._handler = handler
        self._random = Random()  # noqa: S311 - nobody gains from guessing how long we wait
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n}") for n in range(threads)]
        self.durations = Durations()
        """From taking a delivery to its end."""
        self.outcomes = Counts()
        """How handlings ended: `done`, `ignored`, `failed`, `put_back`, or `left` to whoever has the lane now."""

    def start(self) -> None:
        """Start the threads."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """End the threads after what they handle now."""
        self._stop.set()
        self._inbox.ring()
        for thread in self._threads:
            thread.join()

    @property
    def alive(self) -> bool:
        """Whether every thread still works."""
        return all(thread.is_alive() for thread in self._threads)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                item = self._inbox.take()
            except StoreError as error:
                log.error("no delivery can be taken: %s", error)  # noqa: TRY400 - as often as this, the cause says all
                self._stop.wait(STORE_SECONDS)
                continue
            except Exception:  # a worker that ends is never replaced
                log.exception("no delivery can be taken")
                self._stop.wait(STORE_SECONDS)
                continue
            if item is None:
                self._inbox.wait(POLL_SECONDS)
                continue
            started = time.monotonic()
            try:
                with about(**_facts(item)):
                    self._handle(item)
            except Exception:  # nothing is noted of it, so that it is handed out again once its lease expires
                log.exception("the end of delivery %s cannot be noted", item.delivery.guid)
            finally:
                if item.lease is not None:
                    self._leases.drop(item.lease)  # where its end could not be noted, the lease expires
                self.durations.add(time.monotonic() - started)

    def _handle(self, item: Item) -> None:
        try:
            with under(item.lease):
                concerned = self._handler(item)
        except LeaseLostError as error:
            log.warning("it is left to whoever has its lane now: %s", error)
            self.outcomes.add("left")
        except GitHubError as error:
            if error.wait is None:  # GitHub's last word, such as of a repository that is gone: no defect of ours
                log.warning("%s: %s", FAILED, error)
                self._settle("failed", partial(self._inbox.fail, item, str(error)))
            else:
                self._put_back(item, error, least=error.wait, exact=error.exact)
        except StoreError as error:
            self._put_back(item, error, least=STORE_SECONDS)
        except Exception as error:
            log.exception(FAILED)
            self._settle("failed", partial(self._inbox.fail, item, f"{type(error).__name__}: {error}"))
        else:
            self._settle("done" if concerned else "ignored", partial(self._inbox.finish, item, ignored=not concerned))

    def _put_back(self, item: Item, error: Exception, *, least: float, exact: bool = False) -> None:
        """Try again later, however often: what is not there now will be there one day.

        Where GitHub said when that is, only chance is added, so that not all who wait come back at once.
        """
        seconds = backoff(0 if exact else item.waits, least=least, random=self._random)
        log.warning("it waits %.0f s: %s", seconds, error)
        put_back = partial(self._inbox.put_back, item, str(error), seconds=seconds, counted=not exact)
        self._settle("put_back", put_back)

    def _settle(self, outcome: str, write: Callable[[], None]) -> None:
        """Write how a delivery ended, however long that takes; what is not written is handled again."""
        while True:
            try:
                write()
            except StoreError as error:
                log.error("a delivery's end cannot be noted: %s", error)  # noqa: TRY400 - see above
                if self._stop.wait(STORE_SECONDS):
                    return
            except LeaseLostError as error:
                log.warning("it ended too late to be noted: %s", error)
                self.outcomes.add("left")
                return
            else:
                self.outcomes.add(outcome)
                return


def _facts(item: Item) -> dict[str, str | int | None]:
    """Say what a handling is about, for the log."""
    repository, _, number = item.lane.partition("#")
    return {
        "delivery": item.delivery.guid,
        "event": item.delivery.event,
        "repository": repository,
        "number": int(number) if number.isdecimal() else None,
    }
