"""Facts about leaves on this machine: from files of a checkout, or from a range of its commits, by git."""

import os
import stat
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bot.facts import ChangedFile, Commit, FileStatus, Identity, LeafFiles, PullRequestFacts
from schemas.config import FILE as POLICY
from schemas.config import Config, parse_config
from schemas.errors import UserError
from schemas.leaf import CLOSED_TREE, TREES, is_below_trees, kind_of

MAX_FILE = 1024 * 1024
"""Bytes of a file that checks are given, as for a pull request."""
QNA, ATTRIBUTION = "qna.yaml", "attribution.txt"
SECONDS = 120

_REGULAR = frozenset({"100644", "100755"})
_STATUSES = {"A": FileStatus.ADDED, "D": FileStatus.REMOVED}
# The checkout is the person's own, but may hold a stranger's branch: no hook, pager, monitor or filter of it runs.
_SAFE = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "log.showSignature=false")


def gather_files(root: Path, paths: Sequence[Path], *, author: str) -> PullRequestFacts:
    """Read leaves of the working tree: those at or below `paths`, or all of them where none is given.

    Leaves that are named are judged as changed ones; in a whole taxonomy each is judged at the version it declares.
    A UserError says which path does not exist, lies outside the taxonomy, or holds no leaf.
    """
    config = _policy(_content(root / POLICY))
    if not paths:
        config = replace(config, schema=replace(config.schema, required_version="declared"))
    files = tuple(_file(root, path) for path in sorted(_leaf_files(root, paths)))
    folders = {str(PurePosixPath(file.path).parent) for file in files if kind_of(file.path) is not None}
    leaves = (
        LeafFiles(
            folder=folder,
            qna=next((file for file in files if file.path == f"{folder}/{QNA}"), None),
            attribution=_content(root / folder / ATTRIBUTION),
        )
        for folder in sorted(folders)
    )
    return _facts(root, files, tuple(leaves), config, author=author)


def gather_range(root: Path, *, base: str, head: str, author: str) -> PullRequestFacts:
    """Read what the commits between the merge base of `base` and `head` change, as a pull request would show it.

    Raises:
        UserError: if a revision is unknown, or the two have no common commit.
    """
    head_sha, base_tip = _commit_sha(root, head), _commit_sha(root, base)
    try:
        base_sha = _git(root, "merge-base", base_tip, head_sha).decode().strip()
    except UserError:
        raise UserError(f"{base} and {head} have no common commit; name the branch that yours began from.") from None
    config = _policy(_objects(root, [f"{base_tip}:{POLICY}"])[0])
    files = tuple(_changed_files(root, base_sha, head_sha))
    by_path = {file.path: file for file in files}
    folders = sorted({
        str(PurePosixPath(path).parent)
        for path in by_path
        if PurePosixPath(path).name in {QNA, ATTRIBUTION} and kind_of(path) is not None
    })
    attributions = _objects(root, [f"{head_sha}:{folder}/{ATTRIBUTION}" for folder in folders])
    leaves = []
    for folder, attribution in zip(folders, attributions, strict=True):
        qna = by_path.get(f"{folder}/{QNA}")
        qna = qna if qna is not None and qna.status is not FileStatus.REMOVED else None
        if qna is not None or attribution is not None:
            leaves.append(LeafFiles(folder=folder, qna=qna, attribution=attribution))
    facts = _facts(root, files, tuple(leaves), config, author=author)
    commits = tuple(_commits(root, base_tip, head_sha))
    return replace(facts, base_ref=base, base_sha=base_sha, head_sha=head_sha, commits=commits)


def find_root(start: Path) -> Path:
    """Give the top of the git checkout that a path is in, or the path itself where there is none."""
    folder = start if start.is_dir() else start.parent
    try:
        return Path(os.fsdecode(_git(folder, "rev-parse", "--show-toplevel")).strip()).resolve()
    except (UserError, OSError):
        return folder.resolve()


def _facts(
    root: Path, files: tuple[ChangedFile, ...], leaves: tuple[LeafFiles, ...], config: Config, *, author: str
) -> PullRequestFacts:
    return PullRequestFacts(
        repository=root.name,
        number=0,
        author=author,
        title="",
        body="",
        base_ref="",
        base_sha="",
        head_sha="",
        files=files,
        leaves=leaves,
        commits=(),
        commits_complete=True,
        config=config,
    )


def _policy(content: bytes | None) -> Config:
    return Config() if content is None else parse_config(content)


def _leaf_files(root: Path, paths: Sequence[Path]) -> Iterator[str]:
    trees = [root / tree for tree in (*TREES, CLOSED_TREE)]
    for path in paths or trees:
        if not path.exists() and not path.is_symlink():
            if paths:
                raise UserError(f"There is no {path}; name a qna.yaml, or a folder with leaves below it.")
            continue
        found = [_inside(root, each) for each in _below(path)]
        if paths and not found:
            raise UserError(f"There is no {QNA} at or below {path}; name a leaf's file or folder.")
        yield from found
    if not paths and not any(tree.is_dir() for tree in trees):
        raise UserError(f"{root} holds no taxonomy (no compositional_skills/ or knowledge/); name one with --repo.")


def _below(path: Path) -> Iterator[Path]:
    if path.is_dir() and not path.is_symlink():
        yield from (each for each in path.rglob(QNA) if ".git" not in each.parts)
    else:
        yield path if path.name != ATTRIBUTION else path.with_name(QNA)


def _inside(root: Path, path: Path) -> str:
    # The folder is resolved and the file is not: a symbolic link stays one, and is not followed.
    whole = path.parent.resolve() / path.name
    if not whole.is_relative_to(root) or not is_below_trees(whole.relative_to(root).as_posix()):
        raise UserError(
            f"{path} is not below compositional_skills/ or knowledge/ of {root}; name the taxonomy with --repo."
        )
    return whole.relative_to(root).as_posix()


def _file(root: Path, path: str) -> ChangedFile:
    status = (root / path).lstat()
    mode = "120000" if stat.S_ISLNK(status.st_mode) else "100644"
    return ChangedFile(
        path=path, status=FileStatus.MODIFIED, mode=mode, content=_content(root / path), size=status.st_size
    )


def _content(path: Path) -> bytes | None:
    """Read a regular file; None if there is none, if it is a link, or if it is too large.

    Raises:
        UserError: if it may not be read.
    """
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_FILE:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def _changed_files(root: Path, base: str, head: str) -> Iterator[ChangedFile]:
    arguments = ("diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", base, head)
    fields = _git(root, *arguments).split(b"\0")
    rows: list[tuple[str, str, str, str]] = []
    for meta, name in zip(fields[::2], fields[1::2], strict=False):
        _, mode, _, blob, status = meta.decode().removeprefix(":").split(" ")
        rows.append((mode, blob, status[:1], os.fsdecode(name)))
    wanted = [blob if _is_read(mode, path) else "" for mode, blob, _, path in rows]
    sizes, contents = _sizes(root, wanted), _objects(root, wanted)
    for (mode, _, status, path), size, content in zip(rows, sizes, contents, strict=True):
        changed = _STATUSES.get(status, FileStatus.MODIFIED)
        yield ChangedFile(path=path, status=changed, mode=mode, content=content, size=size or 0)


def _is_read(mode: str, path: str) -> bool:
    return mode in _REGULAR and is_below_trees(path)


def _commits(root: Path, base: str, head: str) -> Iterator[Commit]:
    arguments = (
        "log",
        "-z",
        "--topo-order",
        "--reverse",
        "--encoding=UTF-8",
        "--format=%H%n%P%n%an%n%ae%n%cn%n%ce%n%B",
    )
    for record in _git(root, *arguments, f"{base}..{head}").split(b"\0"):
        if not record:
            continue
        sha, parents, name, email, committer, committer_email, message = record.decode(errors="replace").split("\n", 6)
        yield Commit(
            sha=sha,
            parents=tuple(parents.split()),
            author=Identity(name=name, email=email),
            committer=Identity(name=committer, email=committer_email),
            message=message,
            author_is_bot=name.endswith("[bot]"),
        )


def _commit_sha(root: Path, revision: str) -> str:
    try:
        return (
            _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            .decode()
            .strip()
        )
    except UserError as error:
        raise UserError(f"{revision} is no commit of {root}; fetch it first, or name another one.") from error


def _sizes(root: Path, names: Sequence[str]) -> list[int | None]:
    """Ask for the sizes of objects in one call; None for an empty name and for what is not there."""
    asked = [name for name in names if name and "\n" not in name]
    text = "".join(f"{name}\n" for name in asked)
    rows = _git(root, "cat-file", "--batch-check=%(objectsize)", stdin=os.fsencode(text)).splitlines() if asked else []
    sizes = dict(zip(asked, (int(row) if row.isdigit() else None for row in rows), strict=True))
    return [sizes.get(name) for name in names]


def _objects(root: Path, names: Sequence[str]) -> list[bytes | None]:
    """Read objects by name in one call; None for an empty name, for what is not there, and for what is too large."""
    sizes = dict(zip(names, _sizes(root, names), strict=True))
    asked = [name for name, size in sizes.items() if size is not None and size <= MAX_FILE]
    text = "".join(f"{name}\n" for name in asked)
    output = _git(root, "cat-file", "--batch", stdin=os.fsencode(text)) if asked else b""
    contents: dict[str, bytes] = {}
    at = 0
    for name in asked:
        start = output.index(b"\n", at) + 1
        at = start + (sizes[name] or 0)
        contents[name] = output[start:at]
        at += 1
    return [contents.get(name) for name in names]


def _git(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
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
        raise UserError("git is not installed, or is not on the PATH.") from error
    except subprocess.TimeoutExpired as error:
        raise UserError(f"git did not answer within {SECONDS} seconds in {root}.") from error
    if done.returncode != 0:
        reason = (done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"])[0]
        raise UserError(f"git {arguments[0]} failed in {root}: {reason}")
    return done.stdout
