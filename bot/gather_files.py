"""The files that a pull request changes, read at its head by REST within bounds on how many and how large."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath

from bot.facts import ChangedFile, FileStatus, LeafFiles
from bot.github_api import Repository
from bot.github_values import FileView, Tree, TreeEntry
from bot.suggestions import shown_lines
from schemas.config import FILE as POLICY
from schemas.leaf import TREES, is_below_trees

MAX_FILE = 1024 * 1024
"""Bytes of a file that checks are given; the longest real qna.yaml has a third of that."""
MAX_FILES = 500
"""Files of a pull request whose content is read; each costs a request."""
MAX_READ = 64 * 1024 * 1024
"""Bytes of all of them together."""
MAX_BESIDE = 100
"""Attributions that are read beside files which are not: each costs a request too."""
AT_ONCE = 8
"""Files that are read side by side: few, so that a pull request of many lets others in between."""
REGULAR = frozenset({"100644", "100755"})
LEAF_FILES = frozenset({"qna.yaml", "attribution.txt"})

STATUSES = {
    "added": FileStatus.ADDED,
    "copied": FileStatus.ADDED,
    "removed": FileStatus.REMOVED,
    "renamed": FileStatus.RENAMED,
}


def read_files(
    repository: Repository, listed: tuple[FileView, ...], tree: Tree
) -> tuple[tuple[ChangedFile, ...], tuple[LeafFiles, ...]]:
    """Read the files that checks are given; the others are told without their content.

    Args:
        repository: Where they are.
        listed: What the pull request changes.
        tree: All files at its head.

    Returns:
        The files in the order of the list, and the leaves that they belong to.
    """
    readable = {file.path for file in listed[:MAX_FILES] if is_below_trees(file.path)} | {POLICY}
    blobs = _blobs(repository, listed, tree, readable)
    files = tuple(_file(file, tree, blobs if file.path in readable else {}) for file in listed)
    return files, tuple(_leaves(repository, {file.path: file for file in files}, tree, blobs))


def _blobs(
    repository: Repository, listed: tuple[FileView, ...], tree: Tree, readable: Collection[str]
) -> dict[str, bytes]:
    """Read the files that checks are given, and attributions beside them, a few at a time; by their SHA."""
    beside = {str(PurePosixPath(path).with_name("attribution.txt")) for path in readable if _is_leaf_file(path)}
    paths = [file.path for file in listed if file.path in readable]
    sizes: dict[str, int] = {}
    room = MAX_READ
    for entry in (tree.entries.get(path) for path in dict.fromkeys((*paths, *sorted(beside)))):
        if entry is not None and _is_small_file(entry) and entry.sha not in sizes and entry.size <= room:
            sizes[entry.sha] = entry.size
            room -= entry.size
    wanted = list(sizes)
    found: dict[str, bytes] = {}
    for start in range(0, len(wanted), AT_ONCE):
        first, *others = wanted[start : start + AT_ONCE]
        coming = {sha: repository.soon(Repository.blob, sha) for sha in others}
        found[first] = repository.blob(first)
        found.update((sha, blob.result()) for sha, blob in coming.items())
    return found


def _is_leaf_file(path: str) -> bool:
    return PurePosixPath(path).name in LEAF_FILES and is_below_trees(path)


def _is_small_file(entry: TreeEntry) -> bool:
    return entry.mode in REGULAR and entry.size <= MAX_FILE


def _file(file: FileView, tree: Tree, blobs: Mapping[str, bytes]) -> ChangedFile:
    entry = tree.entries.get(file.path)
    return ChangedFile(
        path=file.path,
        status=STATUSES.get(file.status, FileStatus.MODIFIED),
        mode=entry.mode if entry else "000000",
        content=blobs.get(entry.sha) if entry is not None and _is_small_file(entry) else None,
        size=entry.size if entry else 0,
        previous_path=file.previous_path,
        shown=shown_lines(file.patch),
    )


def _leaves(
    repository: Repository, files: Mapping[str, ChangedFile], tree: Tree, blobs: Mapping[str, bytes]
) -> Iterator[LeafFiles]:
    # A file that was renamed away is missing from the folder it stood in, as one that was removed.
    left = (file.previous_path for file in files.values() if file.status is FileStatus.RENAMED and file.previous_path)
    paths = (PurePosixPath(path) for path in (*files, *left))
    folders = {str(path.parent) for path in paths if path.name in LEAF_FILES and path.parts[0] in TREES}
    beside = 0
    for folder in sorted(folders):
        if not any(f"{folder}/{name}" in tree.entries for name in LEAF_FILES):
            continue
        qna = files.get(f"{folder}/qna.yaml")
        entry = tree.entries.get(f"{folder}/attribution.txt")
        small = entry if entry is not None and _is_small_file(entry) else None
        attribution = None if small is None else blobs.get(small.sha)
        read = small is None or attribution is not None
        if small is not None and not read and beside < MAX_BESIDE:
            # One beside a file that was moved away, or that is not among those that are read, was not read with them.
            attribution, read, beside = repository.blob(small.sha), True, beside + 1
        yield LeafFiles(
            folder=folder,
            qna=qna if qna is not None and qna.status is not FileStatus.REMOVED else None,
            attribution=attribution,
            attribution_read=read,
        )
