"""Something that one replica at a time does again and again; another goes on with it when that one ends or dies."""

import logging
import threading
from collections.abc import Callable

from bot.store import LeaseLostError, Leases, StoreError, under

log = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""Between two tries to have the duty, or to use a database that cannot be used, as on a full disk."""


class Duty:
    """A thread that does its steps under a lease."""

    def __init__(
        self, leases: Leases, name: str, *, begin: Callable[[], None], step: Callable[[], None], seconds: float
    ) -> None:
        """Make one that is not started.

        Args:
            leases: Of this process.
            name: The lease.
            begin: Called whenever this replica comes to have the duty.
            step: Called again and again while it has.
            seconds: Between two steps.
        """
        self._leases = leases
        self._name = name
        self._begin = begin
        self._step = step
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def close(self) -> None:
        """End the thread after the step that it is at, and give the duty back."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while True:
            try:
                self._serve()
            except StoreError as error:
                log.error("%s waits: %s", self._name, error)  # noqa: TRY400 - as often as this, the cause says all
            except LeaseLostError as error:
                log.warning("%s is left to another replica: %s", self._name, error)
            except Exception:  # a defect of one step must not end all of them for good
                log.exception("%s was cut short, and goes on", self._name)
            if self._stop.wait(PAUSE_SECONDS):
                return

    def _serve(self) -> None:
        """Do the duty for as long as this replica has it."""
        lease = self._leases.take(self._name)
        if lease is None:
            return
        try:
            with under(lease):
                self._begin()
                while not self._stop.wait(self._seconds):
                    lease.require(0)
                    self._step()
        finally:
            self._leases.release(lease)
