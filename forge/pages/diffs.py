"""A patch as rows of a page: old and new line numbers, marks, and remarks under the lines that they are about."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from forge.acts.suggestions import Suggestion
from forge.git.diffs import FileDiff

HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@(.*)")
ROWS = 3_000
"""Rows of one file that a page shows; a browser takes many more, a person does not read them."""
KINDS = {"+": "added", "-": "removed", " ": "same", "\\": "note"}
SIDES = {"removed": "LEFT"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What somebody, or a check, says about a line: `side` is LEFT for the line as it was, RIGHT as it is now."""

    path: str
    line: int | None
    side: str
    kind: str
    author: str
    title: str
    body: Markup
    anchor: str
    suggestion: Suggestion | None = None
    number: int = 0
    """Of the comment; 0 for what is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a patch; `trailing` is the white space at the end of a line that was added, shown as such."""

    kind: str
    old: int | None
    new: int | None
    text: str
    trailing: str = ""
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """A changed file: its rows, and the remarks whose lines are not among them."""

    anchor: str
    path: str
    previous_path: str | None
    status: str
    additions: int
    deletions: int
    rows: tuple[Row, ...]
    elsewhere: tuple[Remark, ...]
    hidden: int
    binary: bool


def view_files(files: Sequence[FileDiff], remarks: Iterable[Remark]) -> tuple[tuple[FileView, ...], tuple[Remark, ...]]:
    """Lay out changed files with their remarks.

    Returns:
        The files, and the remarks on files that are not among them.
    """
    by_path: dict[str, list[Remark]] = defaultdict(list)
    for remark in remarks:
        by_path[remark.path].append(remark)
    views = tuple(_view(number, file, by_path.pop(file.path, [])) for number, file in enumerate(files, 1))
    return views, tuple(remark for left in by_path.values() for remark in left)


def _view(number: int, file: FileDiff, remarks: Sequence[Remark]) -> FileView:
    rows = parse_patch(file.patch or "")
    shown = rows[:ROWS]
    placed = {(SIDES.get(row.kind, "RIGHT"), row.old if row.kind == "removed" else row.new) for row in shown}
    by_place: dict[tuple[str, int | None], list[Remark]] = defaultdict(list)
    for remark in remarks:
        by_place[remark.side, remark.line].append(remark)
    return FileView(
        anchor=f"file-{number}",
        path=file.path,
        previous_path=file.previous_path,
        status=file.status,
        additions=file.additions,
        deletions=file.deletions,
        rows=tuple(_with_remarks(row, by_place) for row in shown),
        elsewhere=tuple(remark for remark in remarks if (remark.side, remark.line) not in placed),
        hidden=len(rows) - len(shown),
        binary=file.patch is None,
    )


def _with_remarks(row: Row, by_place: Mapping[tuple[str, int | None], Sequence[Remark]]) -> Row:
    place = ("LEFT", row.old) if row.kind == "removed" else ("RIGHT", row.new)
    if row.kind not in {"added", "removed", "same"} or place not in by_place:
        return row
    return replace(row, remarks=tuple(by_place[place]))


def parse_patch(patch: str) -> tuple[Row, ...]:
    """Read the hunks of one file's patch, which starts at its first `@@`."""
    rows: list[Row] = []
    old = new = 0
    for line in patch.split("\n") if patch else ():
        hunk = HUNK.match(line)
        if hunk:
            old, new = int(hunk[1]), int(hunk[2])
            rows.append(Row(kind="hunk", old=None, new=None, text=hunk[3].strip()))
            continue
        kind, text = KINDS.get(line[:1], "same"), line[1:].removesuffix("\r")
        if kind == "note":
            rows.append(Row(kind=kind, old=None, new=None, text=text.strip()))
            continue
        kept = text.rstrip() if kind == "added" else text
        rows.append(
            Row(
                kind=kind,
                old=old if kind != "added" else None,
                new=new if kind != "removed" else None,
                text=kept,
                trailing=text[len(kept) :],
            )
        )
        old += kind != "added"
        new += kind != "removed"
    return tuple(rows)
