"""Deliveries as they come from the web side: gathered and kept by one thread, many in one transaction."""

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from bot.store.database import Database, StoreError, now
from bot.store.inbox import keep, values_of
from bot.webhook import Delivery

log = logging.getLogger(__name__)

MAX_BATCH = 500
"""Deliveries in one transaction."""
GATHER_SECONDS = 0.003
"""For which more are waited for where several come at once: fewer transactions, and a tenth less CPU for each."""


class _Waiting(NamedTuple):
    """A delivery whose sender waits until it is kept."""

    delivery: Delivery
    lane: str | None
    looks: bool
    answer: "asyncio.Future[bool]"


class Intake:
    """One writer thread: what comes while it waits for the disk is kept by the next transaction, all of it together."""

    def __init__(self, database: Database, announced: Callable[[], None]) -> None:
        """Make one that is not started.

        Args:
            database: Where deliveries are kept.
            announced: Called after some were that are to be handled.
        """
        self._database = database
        self._announced = announced
        self._come: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write, name="intake")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread after what has come."""
        self._come.put(None)
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    def keep(self, delivery: Delivery, *, lane: str | None, looks: bool = False) -> asyncio.Future[bool]:
        """Keep a delivery: true once it is on the disk, false if it was kept before, and is not among the failed.

        Args:
            delivery: What came.
            lane: Where it is handled; None if it is of no concern.
            looks: Whether it only asks for a look, so that a later such one makes up for it.

        That the database cannot take it now is a StoreError in what is given.
        """
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._come.put(_Waiting(delivery=delivery, lane=lane, looks=looks, answer=answer))
        return answer

    def _write(self) -> None:
        many = False
        while (first := self._come.get()) is not None:
            batch, ends = [first], False
            if many:
                time.sleep(GATHER_SECONDS)
            while len(batch) < MAX_BATCH and not self._come.empty():
                item = self._come.get()
                if item is None:
                    ends = True
                    break
                batch.append(item)
            self._keep(batch)
            many = len(batch) > 1
            if ends:
                return

    def _keep(self, batch: Sequence[_Waiting]) -> None:
        try:
            kept = self._insert(batch)
        except StoreError as error:
            log.error("%d deliveries could not be kept: %s", len(batch), error)  # noqa: TRY400 - the cause says all
            _answer(batch, [error] * len(batch))
        except Exception as error:
            log.exception("%d deliveries could not be kept", len(batch))
            _answer(batch, [error] * len(batch))
        else:
            _answer(batch, kept)

    def _insert(self, batch: Sequence[_Waiting]) -> list[bool]:
        """Keep all of a batch or nothing; tell of each whether it was new."""
        received_at = now()  # a few milliseconds ago at most
        first: dict[str, _Waiting] = {}
        for each in batch:  # the first of those that come twice at once counts
            first.setdefault(each.delivery.guid, each)
        rows = [
            values_of(each.delivery, lane=each.lane, looks=each.looks, received_at=received_at)
            for each in first.values()
        ]
        with self._database.change() as connection:
            kept = keep(connection, rows)
        if any(each.lane is not None for each in batch):
            self._announced()
        return [each.delivery.guid in kept and first[each.delivery.guid] is each for each in batch]


def _answer(batch: Sequence[_Waiting], outcomes: Sequence[bool | Exception]) -> None:
    """Let those who wait go on, with one call into their loop."""

    def resolve() -> None:
        for each, outcome in zip(batch, outcomes, strict=True):
            if each.answer.done():  # the sender has hung up
                continue
            if isinstance(outcome, Exception):
                each.answer.set_exception(outcome)
            else:
                each.answer.set_result(outcome)

    try:
        batch[0].answer.get_loop().call_soon_threadsafe(resolve)
    except RuntimeError:  # the loop has ended, and nobody waits
        log.warning("the web side ended before %d deliveries were answered", len(batch))
