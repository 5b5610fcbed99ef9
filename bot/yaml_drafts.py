"""Every slip of a text that is no YAML: each is found by mending those before it in thought."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from bot.yaml_slips import Case, Slip, explain
from schemas.safe_yaml import UnreadableYaml, load

MAX_ROUNDS = 20
"""How many slips of one file are named; each is mended in thought to find the next."""
MAX_CHARACTERS = 100_000
"""Of a longer text only the first slip is named: each further one costs another reading."""


@dataclass(slots=True, kw_only=True)
class _Draft:
    """The text as mended so far: where each of its lines comes from, and which mend wrote it."""

    lines: list[str]
    origins: list[int]
    """Line of the original, from 1."""
    owners: list[int | None]
    """Number of the mend that wrote the line."""
    spans: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Lines of the original that a mend replaces."""

    def after(self, slip: Slip) -> list[str]:
        """Give the lines as they would be with one more mend."""
        return [*self.lines[: slip.first - 1], *slip.mended, *self.lines[slip.last :]]

    def accept(self, slip: Slip, number: int) -> None:
        """Make a mend; those that wrote lines which it replaces become one with it."""
        here = slice(slip.first - 1, slip.last)
        spans = {self.spans[owner] for owner in self.owners[here] if owner is not None}
        touched = {owner for owner, span in self.spans.items() if span in spans}
        reach = [*self.origins[here], *(end for span in spans for end in span)]
        self.spans.update(dict.fromkeys((number, *touched), (min(reach), max(reach))))
        first, last = slip.first - 1, slip.last - 1
        origins = [self.origins[min(first + n, last)] for n in range(len(slip.mended))]
        self.lines = self.after(slip)
        self.origins[here] = origins
        self.owners[here] = [number] * len(origins)
        self.owners = [number if owner in touched else owner for owner in self.owners]

    def mended(self, number: int) -> tuple[str, ...]:
        """Give the lines that stand for a mend's span."""
        spans = {owner for owner, span in self.spans.items() if span == self.spans.get(number)}
        return tuple(line for line, owner in zip(self.lines, self.owners, strict=True) if owner in spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """A text that can be read once its slips are mended."""

    text: str
    origins: tuple[int, ...]
    """For each line of the text the line of the original that it comes from."""


def slips(text: str, error: UnreadableYaml) -> tuple[Slip, ...]:
    """Name every slip of a text that did not parse, with the lines that mend it, in the text's own line numbers.

    Slips whose mends touch the same lines share one mend, which does what all of them need.
    """
    draft, found, _ = _drafted(text, error)
    return tuple(_placed(slip, draft, number) for number, slip in enumerate(found))


def mended(text: str, error: UnreadableYaml) -> Mended | None:
    """Mend every slip of a text that did not parse; None where that takes a person."""
    draft, _, whole = _drafted(text, error)
    return Mended(text="\n".join(draft.lines), origins=tuple(draft.origins)) if whole else None


@lru_cache(maxsize=16)
def _drafted(text: str, error: UnreadableYaml) -> tuple[_Draft, Sequence[Slip], bool]:
    """Give the draft, the slips, and whether the draft can be read; what asks for the slips asks for the draft too."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    draft = _Draft(lines=lines, origins=list(range(1, len(lines) + 1)), owners=[None] * len(lines))
    found: list[Slip] = []
    for number in range(MAX_ROUNDS if len(text) <= MAX_CHARACTERS else 1):
        slip = explain(Case(lines=tuple(draft.lines), error=error))
        better = draft.after(slip)
        following = _error("\n".join(better)) if slip.mended else error
        moved = len(better) - len(draft.lines)
        helped = following is None or following.position.line > error.position.line + min(moved, 0)
        found.append(replace(slip, line=draft.origins[slip.line - 1], mended=()))
        if not helped or not slip.mended:
            break
        draft.accept(slip, number)
        if following is None:
            return draft, found, True
        error = following
    return draft, found, False


def _placed(slip: Slip, draft: _Draft, number: int) -> Slip:
    if number not in draft.spans:
        return slip
    first, last = draft.spans[number]
    return replace(slip, first=first, last=last, mended=draft.mended(number))


def _error(text: str) -> UnreadableYaml | None:
    try:
        load(text.encode())
    except UnreadableYaml as error:
        return error
    return None
