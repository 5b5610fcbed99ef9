"""The leases that the present handling holds: what it writes is written only while they are its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


class LeaseLostError(Exception):
    """A lease has gone to another holder, or may any moment: nothing more may be written under it."""


@dataclass(slots=True, kw_only=True, eq=False)
class Lease:
    """The right to be the only one at something, for as long as it is renewed."""

    name: str
    epoch: int
    """One more each time that it is taken: a late holder's is lower than what stands in the database."""
    holder: str
    expires: float
    """On this process's monotonic clock, and never later than the database has it; the heartbeat moves it on."""
    ending: bool = False
    """Whether it is being given back: that the database has it no more is no loss."""

    def require(self, seconds: float) -> None:
        """Make sure that the lease lasts for what takes so many seconds.

        Raises:
            LeaseLostError: if it may not.
        """
        left = self.expires - time.monotonic()
        if left < seconds:
            raise LeaseLostError(
                f"the lease of {self.name} (epoch {self.epoch}) has {left:.1f} s left of {seconds:.1f}"
            )


_held: ContextVar[tuple[Lease, ...]] = ContextVar("held", default=())


def held() -> tuple[Lease, ...]:
    """Give the leases under which the caller acts, the outermost first."""
    return _held.get()


@contextmanager
def under(lease: Lease | None) -> Iterator[None]:
    """Let everything in the block be done under a lease: the database refuses its changes once the lease is lost."""
    token = _held.set(_held.get() if lease is None else (*_held.get(), lease))
    try:
        yield
    finally:
        _held.reset(token)


def require(seconds: float) -> None:
    """Make sure, before something that the database cannot refuse, that all leases last for so many seconds more.

    A `LeaseLostError` says that one may not.
    """
    for lease in _held.get():
        lease.require(seconds)
