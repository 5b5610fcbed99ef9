"""Git on a local checkout: the one place of the bot that starts it; a stranger's branch in it makes it run nothing."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.base_commits import MAX_LOOKED_AT, Trace, held, looked_from, suspects
from bot.facts import Commit, Identity
from schemas.errors import UserError

SECONDS = 120

# The checkout is the person's own, but may hold a stranger's branch: no hook, pager, monitor or filter of it runs.
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")
_NONE = frozenset("0")
_LAST_SECOND = 253_402_300_799
"""Of the year 9999: git takes later dates, and Python does not."""


class MissingGitError(UserError):
    """There is no git to be run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a diff says of one file."""

    path: str
    status: str
    """Git's letter: A, D, M or T."""
    mode: str
    blob: str | None
    """Name of the new content; None where it is in the working tree alone."""
    old_blob: str


def find_top(folder: Path) -> Path | None:
    """Give the top of the checkout that a folder is in; None if it is in none."""
    try:
        return Path(os.fsdecode(git(folder, "rev-parse", "--show-toplevel").rstrip(b"\n"))).resolve()
    except (UserError, OSError):
        return None


def commit_sha(root: Path, revision: str) -> str:
    """Resolve a revision.

    Raises:
        MissingGitError: if there is no git.
        UserError: if there is no such commit.
    """
    if not revision.strip():
        raise UserError("The name of a commit is empty; name a branch, a tag or a SHA.")
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    try:
        return git(root, *arguments).decode().strip()
    except MissingGitError:
        raise
    except UserError as error:
        raise UserError(f"{revision} is no commit of {root}; fetch it first, or name another one.") from error


def merge_base(root: Path, one: str, other: str) -> str | None:
    """Find the best common ancestor of two commits, or None.

    Raises:
        MissingGitError: if there is no git.
    """
    try:
        return git(root, "merge-base", one, other).decode().strip()
    except MissingGitError:
        raise
    except UserError:
        return None


def changes(root: Path, base: str, head: str | None) -> Iterator[Change]:
    """Compare two commits, or a commit with the working tree where there is no head; new files are not in that."""
    command = ("diff-tree", "-r") if head is not None else ("diff-index",)
    arguments = (*command, "-z", "--no-renames", "--no-ext-diff", "--no-textconv", base)
    fields = git(root, *arguments, *([] if head is None else [head])).split(b"\0")
    for meta, name in zip(fields[::2], fields[1::2], strict=False):
        _, mode, old, blob, status = meta.decode().removeprefix(":").split(" ")
        new = None if set(blob) <= _NONE else blob
        yield Change(path=os.fsdecode(name), status=status[:1], mode=mode, blob=new, old_blob=old)


def untracked(root: Path, folders: Sequence[str]) -> tuple[str, ...]:
    """List the files below some folders that git does not know and does not ignore."""
    names = git(root, "ls-files", "-z", "--others", "--exclude-standard", "--", *folders).split(b"\0")
    return tuple(os.fsdecode(name) for name in names if name)


def blobs(root: Path, commit: str, folders: Sequence[str]) -> Iterator[tuple[str, str]]:
    """List the files of a commit below some folders, with the names of their contents."""
    for row in git(root, "ls-tree", "-r", "-z", commit, "--", *folders).split(b"\0"):
        meta, _, name = row.partition(b"\t")
        if name:
            yield os.fsdecode(name), meta.decode().split(" ")[2]


def ignored(root: Path, paths: Sequence[str]) -> frozenset[str]:
    """Tell which of some paths git ignores; none of them outside a checkout."""
    text = b"\0".join(map(os.fsencode, paths))
    try:
        names = git(root, "check-ignore", "-z", "--stdin", stdin=text).split(b"\0") if paths else []
    except UserError:  # its exit code says so too where it ignores none
        return frozenset()
    return frozenset(os.fsdecode(name) for name in names)


def commits(root: Path, base: str, head: str) -> Iterator[Commit]:
    """Read the commits that a head has and a base has not, oldest first.

    None is an app's: only GitHub knows that, and a name such as `x[bot]` is anybody's to take.
    """
    arguments = (
        "log",
        "-z",
        "--topo-order",
        "--reverse",
        "--encoding=UTF-8",
        "--format=%H%n%P%n%an%n%ae%n%cn%n%ce%n%B",
    )
    for record in git(root, *arguments, f"{base}..{head}").split(b"\0"):
        if not record:
            continue
        sha, parents, name, email, committer, committer_email, message = record.decode(errors="replace").split("\n", 6)
        yield Commit(
            sha=sha,
            parents=tuple(parents.split()),
            author=Identity(name=name, email=email),
            committer=Identity(name=committer, email=committer_email),
            message=message,
        )


def base_commits(root: Path, base: str, head: str) -> frozenset[str]:
    """Find the commits that a head has beyond a base, and that the base holds already under another SHA."""
    found = suspects(list(_traces(root, "--topo-order", "--reverse", f"{base}..{head}")), "")
    if not found:
        return frozenset()
    since = f"--since={looked_from(found).isoformat()}"
    return held(found, _traces(root, since, f"--max-count={MAX_LOOKED_AT}", base))


def _traces(root: Path, *arguments: str) -> Iterator[Trace]:
    for record in git(root, "log", "-z", "--encoding=UTF-8", "--format=%H%n%P%n%an%n%ae%n%at%n%s", *arguments).split(
        b"\0"
    ):
        if not record:
            continue
        sha, parents, name, email, authored, subject = record.decode(errors="replace").split("\n", 5)
        yield Trace(
            sha=sha,
            author_name=name,
            author_email=email,
            authored=datetime.fromtimestamp(min(max(int(authored or 0), 0), _LAST_SECOND), UTC),
            subject=subject,
            merge=" " in parents,
        )


def sizes(root: Path, names: Sequence[str]) -> list[int | None]:
    """Ask for the sizes of objects in one call; None for an empty name and for what is not there."""
    asked = [name for name in names if name and "\n" not in name]
    text = "".join(f"{name}\n" for name in asked)
    rows = git(root, "cat-file", "--batch-check=%(objectsize)", stdin=os.fsencode(text)).splitlines() if asked else []
    found = dict(zip(asked, (int(row) if row.isdigit() else None for row in rows), strict=True))
    return [found.get(name) for name in names]


def objects(root: Path, names: Sequence[str], *, most: int) -> list[bytes | None]:
    """Read objects by name in one call; None for an empty name, for what is not there, and for what is too large.

    Args:
        root: A folder of the checkout.
        names: Names of blobs, such as `HEAD:path`.
        most: The most bytes of one object.
    """
    known = dict(zip(names, sizes(root, names), strict=True))
    asked = [name for name, size in known.items() if size is not None and size <= most]
    text = "".join(f"{name}\n" for name in asked)
    output = git(root, "cat-file", "--batch", stdin=os.fsencode(text)) if asked else b""
    contents: dict[str, bytes] = {}
    at = 0
    for name in asked:
        start = output.index(b"\n", at) + 1
        at = start + (known[name] or 0)
        contents[name] = output[start:at]
        at += 1
    return [contents.get(name) for name in names]


def git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Run git in a folder and give what it prints.

    Raises:
        MissingGitError: if there is no git.
        UserError: if it fails or does not end.
    """
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *_SAFE, "-C", str(root), *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            timeout=SECONDS,
            env=environment,
        )
    except FileNotFoundError as error:
        raise MissingGitError("git is not installed, or is not on the PATH; install git 2.38 or later.") from error
    except subprocess.TimeoutExpired as error:
        raise UserError(f"git did not answer within {SECONDS} seconds in {root}.") from error
    if done.returncode != 0:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise UserError(f"git {arguments[0]} failed in {root}: {reason}")
    return done.stdout
