"""How far students that are tuned side by side have come together: one sum of steps, which never falls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far one student has come."""

    done: int
    total: int
    message: str


class Abreast:
    """Adds up the marks of several students; the words are those of the first, the one that is wanted."""

    def __init__(self, names: Sequence[str], told: Callable[[int, int, str], None]) -> None:
        """Begin with no student's mark known.

        Args:
            names: The students' names, the one that is wanted first; the others are there to compare it with.
            told: Told of the steps that all have done, of all their steps, and what the first is doing.
        """
        self._names = tuple(names)
        self._told = told
        self._marks: dict[str, Mark] = {}
        self._last: tuple[int, int, str] | None = None

    def note(self, name: str, mark: Mark) -> None:
        """Take a student's mark; one that went back to its last checkpoint has not come less far for that."""
        before = self._marks.get(name)
        if before is None or mark.done >= before.done:
            self._marks[name] = mark
        if len(self._marks) == len(self._names):  # before that nobody knows how many steps there are
            self._say()

    def _say(self) -> None:
        marks, first = self._marks.values(), self._names[0]
        now = (sum(mark.done for mark in marks), sum(mark.total for mark in marks), self._words(first))
        if now != self._last:
            self._last = now
            self._told(*now)

    def _words(self, first: str) -> str:
        message = self._marks[first].message
        return f"{first}: {message}" if len(self._names) > 1 else message
