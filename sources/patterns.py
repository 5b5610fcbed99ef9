"""Glob patterns of files in a commit's tree: `*` and `?` stay within a folder's name, `**` crosses folders."""

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

MAX_PATTERN = 300
"""Characters."""
MAX_PATTERNS = 100
"""Patterns of one document."""
MAX_STEPS = 10_000_000
"""Folder names that are held against parts of patterns for one document: some seconds."""

_MAGIC = re.compile(r"[*?\[]")


def is_within(pattern: str) -> bool:
    """Tell whether a pattern stays within the repository."""
    return len(pattern) <= MAX_PATTERN and not pattern.startswith("/") and ".." not in pattern.split("/")


def choose(paths: Sequence[str], patterns: Sequence[str]) -> frozenset[str] | None:
    """Give the paths that any of the patterns matches; None if finding them takes too long."""
    plain = {pattern.removeprefix("./") for pattern in patterns if not _MAGIC.search(pattern)}
    magic = [pattern for pattern in patterns if _MAGIC.search(pattern)]
    parts = sum(pattern.count("/") + 1 for pattern in magic)
    if parts * sum(path.count("/") + 1 for path in paths) > MAX_STEPS:
        return None
    return frozenset(path for path in paths if path in plain or any(matches(path, pattern) for pattern in magic))


def matches(path: str, pattern: str) -> bool:
    """Match a path in the tree with a glob pattern, folder by folder; in time linear in each."""
    parts = pattern.removeprefix("./").split("/")
    alive = {0}
    for name in path.split("/"):
        alive = _reach(alive, parts)
        alive = {
            after
            for at in alive
            if at < len(parts)
            for after in ((at,) if parts[at] == "**" else (at + 1,) if fnmatchcase(name, parts[at]) else ())
        }
    return len(parts) in _reach(alive, parts)


def _reach(alive: set[int], parts: Sequence[str]) -> set[int]:
    """Add the places behind each `**`, which may stand for no folder at all."""
    reached = set(alive)
    for at in range(len(parts)):
        if at in reached and parts[at] == "**":
            reached.add(at + 1)
    return reached
