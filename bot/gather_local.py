"""Facts about leaves on this machine: from files of a checkout, or from what changed in it since a commit."""

import hashlib
import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from bot import local_git
from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.neighbours import among, prints
from schemas.config import FILE as POLICY
from schemas.config import Config, parse_config
from schemas.errors import UserError
from schemas.leaf import CLOSED_TREE, TREES, is_below_trees, kind_of

MAX_FILE = 1024 * 1024
"""Bytes of a file that checks are given, as for a pull request."""
QNA, ATTRIBUTION = "qna.yaml", "attribution.txt"
WORKING_TREE = None
"""The head of a range that ends with what is not committed yet."""

_REGULAR = frozenset({"100644", "100755"})
_LINK, _SUBMODULE = "120000", "160000"
_STATUSES = {"A": FileStatus.ADDED, "D": FileStatus.REMOVED}


def gather_files(root: Path, paths: Sequence[Path]) -> PullRequestFacts:
    """Read files of the working tree: those at or below `paths`, or the whole taxonomy where none is given.

    Leaves that are named are judged as changed ones; in a whole taxonomy each is judged at the version it declares.
    A UserError says which path does not exist, lies outside the taxonomy, or holds nothing.
    """
    config = _policy(_content(root / POLICY))
    if not paths:
        config = replace(config, schema=replace(config.schema, required_version="declared"))
    names = dict.fromkeys(_names(root, paths))
    known = _committed(root) if paths else names.keys()
    files = tuple(
        _file(root, name, FileStatus.MODIFIED if name in known else FileStatus.ADDED) for name in sorted(names)
    )
    facts = _facts(root, files, config, attribution=lambda path: _content(root / path))
    # A whole taxonomy has no leaves beside those that are looked at.
    return replace(facts, others=among(prints(facts), dict(_other_leaves(root, names))) if paths else ())


def gather_range(root: Path, *, base: str, head: str | None) -> PullRequestFacts:
    """Read what has changed since the merge base of `base` and `head`, as a pull request would show it.

    Args:
        root: Top of the checkout.
        base: The branch that the change is for; the policy is its.
        head: Last commit of the change; `WORKING_TREE` for the files as they lie there, committed or not.

    Raises:
        UserError: if a revision is unknown, or the two have no common commit.
    """
    head_sha, base_tip = local_git.commit_sha(root, head or "HEAD"), local_git.commit_sha(root, base)
    base_sha = local_git.merge_base(root, base_tip, head_sha)
    if base_sha is None:
        raise UserError(f"{base} and {head or 'HEAD'} have no common commit; name the branch that yours began from.")
    (policy,) = local_git.objects(root, [f"{base_tip}:{POLICY}"], most=MAX_FILE)
    if head is WORKING_TREE:
        files = tuple(sorted(_changed_here(root, base_sha), key=lambda file: file.path))
        facts = _facts(root, files, _policy(policy), attribution=lambda path: _content(root / path))
    else:
        files = tuple(_changed_files(root, base_sha, head_sha))
        contents = _committed_attributions(root, head_sha, files)
        facts = _facts(root, files, _policy(policy), attribution=contents.get)
    return replace(
        facts,
        base_ref=base,
        base_sha=base_sha,
        head_sha=head_sha,
        commits=tuple(local_git.commits(root, base_tip, head_sha)),
        base_commits=local_git.base_commits(root, base_tip, head_sha),
        others=among(prints(facts), dict(_leaves_at(root, base_tip))),
    )


def find_root(start: Path) -> Path:
    """Give the taxonomy that a path is in: the outermost folder with the trees, up to the top of the git checkout.

    That is the top itself where there is no such folder, and the path itself where there is no checkout.
    """
    folder = (start if start.is_dir() else start.parent).resolve()
    top = local_git.find_top(folder)
    if top is None:
        return folder
    between = [place for place in (folder, *folder.parents) if place.is_relative_to(top)]
    return next((place for place in reversed(between) if _holds_trees(place)), top)


def _holds_trees(folder: Path) -> bool:
    return any((folder / tree).is_dir() for tree in (*TREES, CLOSED_TREE))


def _committed(root: Path) -> frozenset[str]:
    """Name the files of the last commit; none where there is none."""
    try:
        return frozenset(path for path, _ in local_git.blobs(root, "HEAD", tuple(TREES)))
    except UserError:
        return frozenset()


def _other_leaves(root: Path, names: Collection[str]) -> Iterator[tuple[str, bytes]]:
    """Read the leaves of the working tree that are not among some files, by folder."""
    for tree in TREES:
        for path in _below(root / tree):
            name = path.relative_to(root).as_posix()
            content = _content(path) if path.name == QNA and name not in names else None
            if content is not None:
                yield name.removesuffix(f"/{QNA}"), content


def _leaves_at(root: Path, commit: str) -> Iterator[tuple[str, bytes]]:
    """Read the leaves of a commit, by folder."""
    blobs = {path: blob for path, blob in local_git.blobs(root, commit, tuple(TREES)) if path.endswith(f"/{QNA}")}
    for path, content in zip(blobs, local_git.objects(root, tuple(blobs.values()), most=MAX_FILE), strict=True):
        if content is not None:
            yield path.removesuffix(f"/{QNA}"), content


def _facts(
    root: Path, files: tuple[ChangedFile, ...], config: Config, *, attribution: Callable[[str], bytes | None]
) -> PullRequestFacts:
    return PullRequestFacts(
        repository=root.name,
        number=0,
        author="",
        title="",
        body="",
        base_ref="",
        base_sha="",
        head_sha="",
        files=files,
        leaves=tuple(_leaves(files, attribution)),
        commits=(),
        commits_complete=True,
        config=config,
    )


def _leaves(files: Sequence[ChangedFile], attribution: Callable[[str], bytes | None]) -> Iterator[LeafFiles]:
    by_path = {file.path: file for file in files}
    for folder in _leaf_folders(files):
        qna, text = by_path.get(f"{folder}/{QNA}"), attribution(f"{folder}/{ATTRIBUTION}")
        qna = None if qna is None or qna.status is FileStatus.REMOVED else qna
        if qna is not None or text is not None:
            yield LeafFiles(folder=folder, qna=qna, attribution=text)


def _leaf_folders(files: Sequence[ChangedFile]) -> list[str]:
    paths = (PurePosixPath(file.path) for file in files)
    return sorted({str(path.parent) for path in paths if path.name in {QNA, ATTRIBUTION} and kind_of(str(path.parent))})


def _policy(content: bytes | None) -> Config:
    return Config() if content is None else parse_config(content)


def _names(root: Path, paths: Sequence[Path]) -> Iterator[str]:
    """List files by their path from the root; with a leaf's attribution.txt comes its qna.yaml.

    Raises:
        UserError: if there is no taxonomy, or nothing at a path.
    """
    trees = [root / tree for tree in (*TREES, CLOSED_TREE)]
    if not paths and not _holds_trees(root):
        raise UserError(f"{root} holds no taxonomy (no compositional_skills/ or knowledge/); name one with --repo.")
    for path in paths or trees:
        if not os.path.lexists(path):
            if paths:
                raise UserError(f"There is no {path}; name a {QNA}, or a folder with leaves below it.")
            continue
        if not path.is_dir() or path.is_symlink():
            yield _inside(root, path)
            yield from (_inside(root, path.with_name(QNA)),) if _is_attribution_of_a_leaf(path) else ()
            continue
        found = [_inside(root, each) for each in _below(path)]
        if paths and not found:
            raise UserError(f"There is no {QNA} at or below {path}; name a leaf's file or folder.")
        skipped = local_git.ignored(root, found)
        yield from (name for name in found if name not in skipped)


def _is_attribution_of_a_leaf(path: Path) -> bool:
    return path.name == ATTRIBUTION and path.with_name(QNA).is_file()


def _below(folder: Path) -> Iterator[Path]:
    """Walk a folder; a symbolic link is not followed, and a repository in the repository is one entry."""
    for place, folders, names in os.walk(folder):
        for name in list(folders):
            whole = Path(place, name)
            if name == ".git":
                folders.remove(name)
            elif whole.is_symlink() or (whole / ".git").exists():
                folders.remove(name)
                yield whole
        yield from (Path(place, name) for name in names)


def _inside(root: Path, path: Path) -> str:
    # The folder is resolved and the file is not: a symbolic link stays one, and is not followed.
    whole = path.parent.resolve() / path.name
    if not whole.is_relative_to(root) or not is_below_trees(whole.relative_to(root).as_posix()):
        raise UserError(
            f"{path} is not below compositional_skills/ or knowledge/ of {root}; name the taxonomy with --repo."
        )
    return whole.relative_to(root).as_posix()


def _file(root: Path, path: str, status: FileStatus) -> ChangedFile:
    place = root / path
    found = place.lstat()
    mode = _LINK if stat.S_ISLNK(found.st_mode) else _SUBMODULE if place.is_dir() else "100644"
    return ChangedFile(path=path, status=status, mode=mode, content=_content(place), size=found.st_size)


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


def _changed_here(root: Path, base: str) -> Iterator[ChangedFile]:
    """Compare the working tree with a commit, new files included."""
    for change in local_git.changes(root, base, WORKING_TREE):
        if change.status == "D":
            yield _removed(change.path)
            continue
        status = _STATUSES.get(change.status, FileStatus.MODIFIED)
        file = _file(root, change.path, status) if is_below_trees(change.path) else _unread(change.path, status)
        if file.content is None or not _is_blob(file.content, change.old_blob):
            yield file
    known = (*TREES, CLOSED_TREE)
    for path in local_git.untracked(root, known):
        yield _file(root, path.rstrip("/"), FileStatus.ADDED)


def _is_blob(content: bytes, name: str) -> bool:
    """Tell whether a file still is what git has of it: git says only that it was touched."""
    make = hashlib.sha1 if len(name) == hashlib.sha1(usedforsecurity=False).digest_size * 2 else hashlib.sha256
    return make(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == name


def _removed(path: str) -> ChangedFile:
    return ChangedFile(path=path, status=FileStatus.REMOVED, mode="000000", content=None, size=0)


def _unread(path: str, status: FileStatus) -> ChangedFile:
    return ChangedFile(path=path, status=status, mode="100644", content=None, size=0)


def _changed_files(root: Path, base: str, head: str) -> Iterator[ChangedFile]:
    found = list(local_git.changes(root, base, head))
    wanted = [each.blob or "" if _is_read(each.mode, each.path) else "" for each in found]
    sizes, contents = local_git.sizes(root, wanted), local_git.objects(root, wanted, most=MAX_FILE)
    for each, size, content in zip(found, sizes, contents, strict=True):
        status = _STATUSES.get(each.status, FileStatus.MODIFIED)
        yield ChangedFile(path=each.path, status=status, mode=each.mode, content=content, size=size or 0)


def _is_read(mode: str, path: str) -> bool:
    return mode in _REGULAR and is_below_trees(path)


def _committed_attributions(root: Path, head: str, files: Sequence[ChangedFile]) -> Mapping[str, bytes | None]:
    paths = [f"{folder}/{ATTRIBUTION}" for folder in _leaf_folders(files)]
    contents = local_git.objects(root, [f"{head}:{path}" for path in paths], most=MAX_FILE)
    return dict(zip(paths, contents, strict=True))
