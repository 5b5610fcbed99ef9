"""Fixes as a machine makes them on the bytes of files, and which of them can be made together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.findings import Finding, Fix, Replacement

_BOM = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mend:
    """What one round of fixes does."""

    findings: tuple[Finding, ...]
    """Those whose fix is made, in the order they were given."""
    replacements: Mapping[str, tuple[Replacement, ...]]
    """By path; none of one file overlaps another."""
    renames: Mapping[str, str]
    """From path to path; done after the replacements."""


def choose(findings: Iterable[Finding]) -> Mend:
    """Take the fixes that can be made together; of two that touch the same lines or the same name, the first.

    A fix is made as a whole or not at all. What is left over is offered again by the checks of the next round.
    """
    taken: list[Finding] = []
    replacements: dict[str, list[Replacement]] = {}
    renames: dict[str, str] = {}
    for finding in findings:
        fix = finding.fix
        if fix is None or not fix.mechanical:
            continue
        if _is_made(fix, replacements, renames):
            taken.append(finding)
        elif not _collides(fix, replacements, renames):
            taken.append(finding)
            for each in fix.replacements:
                replacements.setdefault(each.path, []).append(each)
            renames.update({each.path: each.to for each in fix.renames})
    return Mend(
        findings=tuple(taken),
        replacements={path: tuple(found) for path, found in replacements.items()},
        renames=renames,
    )


def mended(content: bytes, replacements: Sequence[Replacement]) -> bytes:
    """Replace lines of a file, from the last to the first, so that no replacement moves another's lines.

    What is written ends its lines as the file does most often. Where all lines are replaced the file is written anew:
    with line feeds, and without a byte order mark.

    Args:
        content: The file's bytes; those that are no UTF-8 stay as they are.
        replacements: Of this file alone, none overlapping another.

    Raises:
        ValueError: if a replacement begins behind the file's last line.
    """
    text = content.decode("utf-8", errors="surrogateescape")
    mark = _BOM if text.startswith(_BOM) else ""
    lines = _lines(text.removeprefix(_BOM))
    end = "\r\n" if 2 * sum(line.endswith("\r\n") for line in lines) > len(lines) else "\n"
    if any(each.first == 1 and each.last >= len(lines) for each in replacements):
        mark, end = "", "\n"
    for each in sorted(replacements, key=lambda item: item.first, reverse=True):
        if not 1 <= each.first <= len(lines) + 1:
            raise ValueError(f"{each.path} has {len(lines)} lines; none can be replaced from {each.first} on")
        before = lines[: each.first - 1]
        if before and not before[-1].endswith("\n"):
            before[-1] += end
        new = [line.removesuffix("\r") + end for line in each.text.split("\n")]
        lines = [*before, *new, *lines[max(each.last, each.first - 1) :]]
    return (mark + "".join(lines)).encode("utf-8", errors="surrogateescape")


def _lines(text: str) -> list[str]:
    """Split at line feeds alone, as findings count; the ends stay, and an empty text has no lines."""
    *ended, rest = text.split("\n")
    return [f"{line}\n" for line in ended] + ([rest] if rest else [])


def _is_made(fix: Fix, replacements: Mapping[str, Sequence[Replacement]], renames: Mapping[str, str]) -> bool:
    return all(each in replacements.get(each.path, ()) for each in fix.replacements) and all(
        renames.get(each.path) == each.to for each in fix.renames
    )


def _collides(fix: Fix, replacements: Mapping[str, Sequence[Replacement]], renames: Mapping[str, str]) -> bool:
    names = {*renames, *renames.values()}
    return any(
        each.path in names or any(_overlap(each, other) for other in replacements.get(each.path, ()))
        for each in fix.replacements
    ) or any(
        not names.isdisjoint({each.path, each.to}) or each.path in replacements or each.to in replacements
        for each in fix.renames
    )


def _overlap(one: Replacement, other: Replacement) -> bool:
    # An insertion has no lines of its own; it keeps clear of the lines on both sides of it.
    return one.first <= max(other.last, other.first) and other.first <= max(one.last, one.first)
