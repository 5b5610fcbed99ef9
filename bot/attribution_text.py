"""An attribution.txt as people write it: its fields, wherever they stand and however they are spelt."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What an attribution says of a work; the value is how the taxonomy writes it."""

    TITLE = "Title of work"
    LINK = "Link to work"
    REVISION = "Revision"
    LICENCE = "License of the work"
    CREATORS = "Creator names"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A field with what stands behind it."""

    field: Field
    value: str
    line: int
    """Counted from 1."""
    column: int
    """Of the value, counted from 1."""

    @property
    def filled(self) -> bool:
        """Whether something is stated: no dash, no dots, and no placeholder in angle brackets."""
        return self.value.lower() not in NOTHING and not (self.value.startswith("<") and self.value.endswith(">"))


NOTHING = frozenset({
    "", "-", "--", "...", "…", "?", "n/a", "na", "none", "no license", "no licence", "tbd", "todo", "unknown",
    "not known",
})  # fmt: skip

_WORDS = (
    (Field.LICENCE, re.compile("licen[cs]e")),
    (Field.TITLE, re.compile(r"\btitle\b")),
    (Field.LINK, re.compile(r"\b(?:link|url|source|website)\b")),
    (Field.REVISION, re.compile(r"\brevision\b")),
    (Field.CREATORS, re.compile(r"\b(?:creators?|authors?|contributors?)\b")),
)
_LONGEST_KEY, _MOST_WORDS = 60, 6
_LONGEST_VALUE = 2_000
_AROUND = " \t*_\"'"


def entries(text: str) -> Iterator[Entry]:
    """Read the fields of an attribution, in its order; what stands on the next line belongs to an empty field."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        field = _field(line)
        if field is None:
            continue
        value, place = _value(line), number
        if not value and number < len(lines) and _field(lines[number]) is None:
            following = lines[number][:_LONGEST_VALUE].strip(_AROUND + "\r")
            value, place = following, number + 1 if following else number
        column = lines[place - 1].find(value) + 1 if value else len(line.rstrip("\r")) + 1
        yield Entry(field=field, value=value, line=place, column=max(column, 1))


def _field(line: str) -> Field | None:
    key, colon, _ = line[: _LONGEST_KEY + 20].partition(":")
    words = key.strip("-#>+ \t*_").replace("_", " ").replace("-", " ").lower()
    if not colon or len(words) > _LONGEST_KEY or len(words.split()) > _MOST_WORDS:
        return None
    return next((field for field, pattern in _WORDS if pattern.search(words)), None)


def _value(line: str) -> str:
    return line.partition(":")[2][:_LONGEST_VALUE].strip(_AROUND + "\r")
