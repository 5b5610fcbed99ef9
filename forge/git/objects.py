"""Blobs, trees and commits: read and written without a working tree."""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forge.git.process import GitError, git

TREE = "040000"
NAME = re.compile(r"[0-9a-f]{40}(\^\{tree\})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeEntry:
    """A name in a tree, with its path from where the listing began."""

    path: str
    mode: str
    kind: str
    sha: str
    size: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Whose name a new commit carries; the date is git's own format or ISO, empty for now."""

    name: str
    email: str
    date: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeChange:
    """A path to set in a tree, or to take out of it if there is no SHA."""

    path: str
    mode: str = "100644"
    sha: str | None = None


def kind_of(folder: Path, name: str) -> tuple[str, str] | None:
    """Find the kind of an object named by its full SHA, perhaps with `^{tree}`; None if there is no such object."""
    if not NAME.fullmatch(name):
        return None
    line = git(folder, "cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=f"{name}\n".encode()).decode()
    parts = line.rstrip("\n").rsplit(" ", 1)
    return (parts[0], parts[1]) if parts[-1] in {"blob", "tree", "commit", "tag"} else None


def read_blob(folder: Path, sha: str) -> bytes:
    """Read a blob's bytes.

    Fails with `GitError` if there is no such blob.
    """
    return git(folder, "cat-file", "blob", sha)


def list_tree(folder: Path, treeish: str, path: str = "", *, recursive: bool = False) -> list[TreeEntry]:
    """List a tree, or the folder at a path in it; recursive listings name the trees too.

    Fails with `GitError` if there is no such tree.
    """
    name = f"{treeish}:{path}" if path else treeish
    options = ["-r", "-t"] if recursive else []
    output = git(folder, "ls-tree", "-z", "--long", *options, name)
    return [_entry(line) for line in output.decode(errors="replace").split("\0") if line]


def find_entry(folder: Path, treeish: str, path: str) -> TreeEntry | None:
    """Find what stands at a path, without looking into it."""
    output = git(folder, "ls-tree", "-z", "--long", treeish, "--", path)
    entries = [_entry(line) for line in output.decode(errors="replace").split("\0") if line]
    return next((entry for entry in entries if entry.path == path), None)


def write_blob(folder: Path, content: bytes) -> str:
    """Store a blob and give its SHA."""
    return git(folder, "hash-object", "-w", "--stdin", stdin=content).decode().strip()


def write_tree(folder: Path, base: str | None, changes: Sequence[TreeChange]) -> str:
    """Store the tree that differs from a base by some changes, and give its SHA.

    Raises:
        GitError: if a path is not allowed or an object is missing.
    """
    for change in changes:
        if not is_valid_path(change.path):
            raise GitError(1, f"invalid path {change.path!r}")
    lines = [line for change in changes for line in _index_lines(folder, change)]
    with tempfile.TemporaryDirectory(prefix="forge-index-") as scratch:
        environment = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
        if base is not None:
            git(folder, "read-tree", base, environment=environment)
        stdin = "".join(lines).encode()
        git(folder, "update-index", "--replace", "-z", "--index-info", stdin=stdin, environment=environment)
        return git(folder, "write-tree", environment=environment).decode().strip()


def is_valid_path(path: str) -> bool:
    """Say whether a path may stand in a tree: git would pass over the others without a word."""
    parts = path.split("/")
    return "\0" not in path and all(part not in {"", ".", ".."} and part.lower() != ".git" for part in parts)


def _index_lines(folder: Path, change: TreeChange) -> list[str]:
    if change.sha is None:
        return [f"0 {'0' * 40}\t{change.path}\0"]
    if change.mode != TREE:
        return [f"{change.mode} {change.sha}\t{change.path}\0"]
    entries = list_tree(folder, change.sha, recursive=True)
    return [f"{entry.mode} {entry.sha}\t{change.path}/{entry.path}\0" for entry in entries if entry.mode != TREE]


def module_url(folder: Path, commit: str, path: str) -> str | None:
    """Find where a submodule comes from; None if `.gitmodules` does not say."""
    try:
        text = git(
            folder, "config", "--blob", f"{commit}:.gitmodules", "-z", "--get-regexp", r"^submodule\..*\.(path|url)$"
        )
    except GitError:
        return None
    pairs = [item.partition("\n") for item in text.decode(errors="replace").split("\0") if item]
    values = {name: value for name, _, value in pairs}
    named = next((name for name, value in values.items() if name.endswith(".path") and value == path), "")
    return values.get(f"{named.removesuffix('.path')}.url")


def write_commit(
    folder: Path, *, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature
) -> str:
    """Store a commit and give its SHA.

    Fails with `GitError` if the tree or a parent is missing, or a name is empty.
    """
    environment = {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        **({"GIT_AUTHOR_DATE": author.date} if author.date else {}),
        **({"GIT_COMMITTER_DATE": committer.date} if committer.date else {}),
    }
    ends = [word for parent in parents for word in ("-p", parent)]
    sha = git(folder, "commit-tree", tree, *ends, stdin=message.encode(), environment=environment)
    return sha.decode().strip()


def _entry(line: str) -> TreeEntry:
    words, path = line.split("\t", 1)
    mode, kind, sha, size = words.split()
    return TreeEntry(path=path, mode=mode, kind=kind, sha=sha, size=None if size == "-" else int(size))
