"""Times as GitHub writes them."""

from datetime import UTC, datetime


def now() -> datetime:
    """Give the present time, in UTC."""
    return datetime.now(UTC)


def stamp(time: datetime | None = None) -> str:
    """Write a time (the present one if none is given) as `2026-01-31T23:59:59Z`."""
    return (time or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text: str) -> int:
    """Read a time that `stamp` wrote as seconds since 1970."""
    return int(datetime.fromisoformat(text).timestamp())


def parse_time(text: str) -> str | None:
    """Read a time in ISO 8601 and write it as `stamp` does; None if it is none. A time without a zone is UTC."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return stamp(time if time.tzinfo is not None else time.replace(tzinfo=UTC))
