"""Differences between two commits: files, counts and patches, from one run of git."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from forge.git.process import git

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PATCH_BYTES = 1_000_000
"""GitHub leaves out a patch that is larger: docs.github.com, limits of diffs."""
STATUSES = {"A": "added", "D": "removed", "M": "modified", "T": "changed", "R": "renamed", "C": "copied"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """A file's change; `patch` starts at its first hunk and is None for binary or very large changes."""

    path: str
    previous_path: str | None
    status: str
    sha: str
    mode: str
    additions: int
    deletions: int
    patch: str | None


def diff(folder: Path, before: str, after: str) -> list[FileDiff]:
    """Compare two commits or trees, with renames found, files in git's order."""
    output = git(
        folder, "diff-tree", "-r", "-M", "--raw", "-p", "-z", "--full-index", "--no-ext-diff", "--no-textconv",
        before, after,
    )  # fmt: skip
    return _parse(output)


def text_diff(folder: Path, before: str, after: str) -> str:
    """Write the change between two commits as `git diff` would print it."""
    return git(folder, "diff-tree", "-r", "-M", "-p", "--no-ext-diff", "--no-textconv", before, after).decode(
        errors="replace"
    )


def text_patch(folder: Path, before: str, after: str) -> str:
    """Write the commits of a range as mails, as `git format-patch` would."""
    return git(folder, "format-patch", "--stdout", "--no-signature", f"{before}..{after}").decode(errors="replace")


def _parse(output: bytes) -> list[FileDiff]:
    raw, patches = _split(output)
    cells = iter(raw.decode(errors="surrogateescape").split("\0"))
    texts = _patches(patches)
    files = []
    for cell in cells:
        if not cell.startswith(":"):
            continue
        old_mode, mode, old_sha, sha, status = cell[1:].split(" ")
        path, previous = next(cells), None
        if status[0] in "RC":
            previous, path = path, next(cells)
        # A change of type stands as two patches, one away and one back; the second one is the new file.
        text = next(texts, "")
        if status[0] == "T":
            text = next(texts, text)
        additions, deletions = _count(text)
        gone = status[0] == "D"
        files.append(
            FileDiff(
                path=_printable(path),
                previous_path=None if previous is None else _printable(previous),
                status=STATUSES.get(status[0], "changed"),
                sha=old_sha if gone else sha,
                mode=old_mode if gone else mode,
                additions=additions,
                deletions=deletions,
                patch=text if text and len(text) <= PATCH_BYTES else None,
            )
        )
    return files


def _split(output: bytes) -> tuple[bytes, bytes]:
    # Raw entries end in NUL; a further NUL stands before the patches.
    at = output.find(b"\0\0diff --git ")
    if at < 0:
        return output, b""
    return output[: at + 1], output[at + 2 :]


def _patches(text: bytes) -> "_Patches":
    return _Patches(text.decode(errors="replace"))


class _Patches:
    """Hunks by file: a line of a hunk never starts with the word `diff`, since each has a mark before it."""

    def __init__(self, text: str) -> None:
        self._parts = [part for part in ("\n" + text).split("\ndiff --git ") if part.strip("\n")]
        self._at = 0

    def __iter__(self) -> "_Patches":
        return self

    def __next__(self) -> str:
        if self._at >= len(self._parts):
            raise StopIteration
        part = self._parts[self._at]
        self._at += 1
        start = part.find("\n@@ ")
        return part[start + 1 :].rstrip("\n") if start >= 0 else ""


def _count(patch: str) -> tuple[int, int]:
    lines = patch.split("\n")
    return sum(line.startswith("+") for line in lines), sum(line.startswith("-") for line in lines)


def _printable(path: str) -> str:
    return path.encode(errors="surrogateescape").decode(errors="replace")


HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A line of a patch: its number on its side, its position below the first hunk's head, and the hunk so far."""

    line: int
    side: str
    position: int
    hunk: str


def find_spot(patch: str, *, line: int, side: str) -> Spot | None:
    """Find a line of the new (RIGHT) or old (LEFT) file in a patch; None if the patch does not show it."""
    return next((spot for spot in _spots(patch) if spot.side == side and spot.line == line), None)


def find_position(patch: str, position: int) -> Spot | None:
    """Find the line at a position in a patch, on the new side if it is on both; None if there is none."""
    found = [spot for spot in _spots(patch) if spot.position == position]
    return found[-1] if found else None


def _spots(patch: str) -> Iterator[Spot]:
    old, new, hunk = 0, 0, list[str]()
    for position, text in enumerate(patch.split("\n")):
        head = HUNK.match(text)
        if head is not None:
            old, new, hunk = int(head[1]), int(head[2]), [text]
            continue
        hunk.append(text)
        shown = "\n".join(hunk)
        if text.startswith(("-", " ")):
            yield Spot(line=old, side="LEFT", position=position, hunk=shown)
            old += 1
        if text.startswith(("+", " ")):
            yield Spot(line=new, side="RIGHT", position=position, hunk=shown)
            new += 1
