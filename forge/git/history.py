"""Commits: read, listed, counted and compared."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from forge.git.process import GitError, git

FIELDS = ("%H", "%T", "%P", "%an", "%ae", "%aI", "%cn", "%ce", "%cI", "%B")
FORMAT = f"--format={'%x00'.join(FIELDS)}"
FULL = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who wrote or committed, and when (UTC, as GitHub writes times)."""

    name: str
    email: str
    date: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit as git has it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitFiles:
    """What a commit touches, by name."""

    added: tuple[str, ...]
    modified: tuple[str, ...]
    removed: tuple[str, ...]


def log(
    folder: Path, *revisions: str, limit: int | None = None, path: str | None = None, reverse: bool = False
) -> list[Commit]:
    """List commits of a range, newest first unless reversed."""
    options = ["--topo-order"] if reverse else []
    options += ["--reverse"] if reverse else []
    options += [f"--max-count={limit}"] if limit is not None else []
    text = git(folder, "log", "-z", FORMAT, *options, *revisions, "--", *([path] if path else []))
    return _parse(text)


def read_commits(folder: Path, *shas: str) -> list[Commit]:
    """Read commits by SHA, in the order asked.

    Fails with `GitError` if one of them is no commit.
    """
    if not shas:
        return []
    # Git lists a commit once, however often it is asked for.
    found = {
        commit.sha: commit for commit in _parse(git(folder, "log", "-z", "--no-walk=unsorted", FORMAT, *shas, "--"))
    }
    return [found[sha] for sha in shas]


def read_commit(folder: Path, sha: str) -> Commit:
    """Read one commit.

    Fails with `GitError` if there is none.
    """
    return _known_commit(folder, sha) if FULL.fullmatch(sha) else read_commits(folder, sha)[0]


def merge_base(folder: Path, one: str, other: str) -> str | None:
    """Find the best common ancestor; None if the histories never met."""
    full = FULL.fullmatch(one) and FULL.fullmatch(other)
    return _known_base(folder, one, other) if full else _merge_base(folder, one, other)


def _merge_base(folder: Path, one: str, other: str) -> str | None:
    return git(folder, "merge-base", one, other, codes=(0, 1)).decode().strip() or None


# What is named by its full SHA never changes, and one push asks for it several times.
@lru_cache(maxsize=1024)
def _known_commit(folder: Path, sha: str) -> Commit:
    return read_commits(folder, sha)[0]


_known_base = lru_cache(maxsize=1024)(_merge_base)


def is_ancestor(folder: Path, ancestor: str, descendant: str) -> bool:
    """Say whether one commit is reachable from another; a commit that is not there is not."""
    try:
        git(folder, "merge-base", "--is-ancestor", ancestor, descendant)
    except GitError:
        return False
    return True


def ahead_behind(folder: Path, base: str, head: str) -> tuple[int, int]:
    """Count the commits only the head has, and those only the base has."""
    behind, ahead = git(folder, "rev-list", "--left-right", "--count", f"{base}...{head}").decode().split()
    return int(ahead), int(behind)


def touched(folder: Path, shas: list[str]) -> dict[str, CommitFiles]:
    """Say what each commit touches, against its first parent."""
    if not shas:
        return {}
    listing = git(
        folder, "log", "-z", "--no-walk=unsorted", "--diff-merges=first-parent", "--no-renames", "--name-status",
        "--format=%x00%H", *shas, "--",
    ).decode(errors="replace")  # fmt: skip
    files: dict[str, dict[str, list[str]]] = {}
    words = iter(listing.split("\0"))
    current: dict[str, list[str]] = {}
    for word in words:
        mark = word.strip()
        if len(mark) == len(shas[0]):
            current = files.setdefault(mark, {"A": [], "M": [], "D": []})
        elif mark:
            current["M" if mark[0] not in "AD" else mark[0]].append(next(words))
    return {
        sha: CommitFiles(added=tuple(kinds["A"]), modified=tuple(kinds["M"]), removed=tuple(kinds["D"]))
        for sha, kinds in files.items()
    }


def _parse(text: bytes) -> list[Commit]:
    cells = text.decode(errors="replace").split("\0")
    width = len(FIELDS)
    commits = []
    for start in range(0, len(cells) - width + 1, width):
        sha, tree, parents, name, email, date, committer, committer_email, committed, message = cells[
            start : start + width
        ]
        commits.append(
            Commit(
                sha=sha.strip(),
                tree=tree,
                parents=tuple(parents.split()),
                author=Person(name=name, email=email, date=_utc(date)),
                committer=Person(name=committer, email=committer_email, date=_utc(committed)),
                message=message.rstrip("\n"),
            )
        )
    return commits


def _utc(text: str) -> str:
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
