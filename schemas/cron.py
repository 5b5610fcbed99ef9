"""The policy's schedule: five fields of cron, in UTC; what is wrong with them, and whether their time has come."""

from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

FIELDS = 5
RANGES = {
    "Bad minute": "minute must lie within 0 to 59",
    "Bad hour": "hour must lie within 0 to 23",
    "Bad day-of-month": "day of the month must lie within 1 to 31, and one of its months must have it",
    "Bad month": "month must lie within 1 to 12 or JAN to DEC",
    "Bad day-of-week": "day of the week must lie within 0 to 7 or SUN to SAT",
}
"""What the library says, and what to do; a range that runs backwards, or a step of none, is told of in the same way."""
EXAMPLE = "0 3 * * 1 is every Monday at three"


def problem_of(schedule: str) -> str | None:
    """Say in a clause what is wrong with a schedule, to follow its key's name; None if nothing is."""
    if len(schedule.split()) != FIELDS:
        return f"must be five fields of cron; {EXAMPLE}"
    try:
        first = next(CronSim(schedule, datetime.now(UTC)), None)
    except CronSimError as error:
        return f"is no schedule: its {RANGES.get(str(error), 'fields cannot be read')}; {EXAMPLE}"
    return None if first is not None else f"names a time that does not come within fifty years; {EXAMPLE}"


def has_come(schedule: str, *, since: datetime, now: datetime) -> bool:
    """Tell whether the schedule names a time after `since` that is not after `now`; both know their time zone.

    However many such times there are, that is one answer: after an outage there is one thing to catch up on. The
    schedule has to be one that `problem_of` finds nothing wrong with.
    """
    first = next(CronSim(schedule, since.astimezone(UTC)), None)
    return first is not None and first <= now
