"""How long to wait before something that could not be done is tried again; pure."""

from random import Random

FIRST = 2.0
"""Seconds, before the second try."""
LONGEST = 600.0
"""Seconds; an outage of a day costs no more than this beyond its end."""


def backoff(waits: int, *, least: float = 0.0, random: Random) -> float:
    """Give the seconds to wait: twice as long each time, half of it by chance, and never less than was asked for.

    So many who were refused together do not come back together (AWS Architecture Blog, "Exponential Backoff And
    Jitter": equal jitter).

    Args:
        waits: How often it was waited for the same thing before.
        least: What GitHub's Retry-After asks for, in seconds.
        random: Where chance comes from.
    """
    pause = min(LONGEST, FIRST * 2.0 ** min(waits, 30)) / 2
    return max(least, pause) + random.uniform(0.0, pause)
