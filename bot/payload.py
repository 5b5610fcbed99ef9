"""Parsed JSON of others, looked into without trust: what is missing or of another type is none."""

from collections.abc import Mapping
from datetime import datetime


class Payload:
    """Lenient, typed look-up in parsed JSON: what is missing or mistyped is None."""

    def __init__(self, data: object) -> None:
        self.data = data

    def at(self, *keys: str) -> "Payload":
        """Go down by keys; anything missing on the way gives an empty payload."""
        data = self.data
        for key in keys:
            data = data.get(key) if isinstance(data, Mapping) else None
        return Payload(data)

    def text(self, *keys: str) -> str | None:
        """Give the text below these keys."""
        data = self.at(*keys).data
        return data if isinstance(data, str) else None

    def number(self, *keys: str) -> int | None:
        """Give the whole number below these keys."""
        data = self.at(*keys).data
        return data if isinstance(data, int) and not isinstance(data, bool) else None

    def time(self, *keys: str) -> datetime | None:
        """Give the time below these keys, written in ISO 8601 with its zone."""
        text = self.text(*keys)
        try:
            found = None if text is None else datetime.fromisoformat(text)
        except ValueError:
            return None
        return found if found is not None and found.tzinfo is not None else None

    def true(self, *keys: str) -> bool:
        """Tell whether the value below these keys is `true`."""
        return self.at(*keys).data is True

    def items(self, *keys: str) -> tuple["Payload", ...]:
        """Give the list below these keys."""
        data = self.at(*keys).data
        return tuple(Payload(item) for item in data) if isinstance(data, list) else ()
