"""Where misplaced and misnamed files of a taxonomy belong."""

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.facts import ChangedFile
from bot.leaf_names import Part, inner_tree, kind_by_content, part_by_name, part_of, tidy_folder
from schemas.leaf import TREES, is_below_trees

_OWN_FOLDERS = frozenset({"docs", "doc", "schema", "schemas", "scripts", "test", "tests"})
"""Folders of a taxonomy's repository that may hold examples of leaves."""
_HOMES = frozenset({"Users", "home"})
_NEAR = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A folder that has to move, with all that the pull request puts below the part of its path that is bad."""

    rule: str
    """`tree-inside-tree`, `spaces` or `upper-case`."""
    file: ChangedFile
    """The one that it is told at: a leaf's qna file, where there is one."""
    folder: str
    to: str | None
    """None where only a person can tell."""
    renames: Mapping[str, str]
    others: int
    """How many more folders have the same bad part."""


def tree_meant(path: str) -> str | None:
    """Tell which tree a leaf outside the trees was meant for: empty where that is unclear, None where for none."""
    first, *rest = path.split("/")
    if is_below_trees(path) or first.startswith(".") or (rest and first in _OWN_FOLDERS):
        return None
    near = difflib.get_close_matches(first[:40].lower(), TREES, n=1, cutoff=_NEAR) if rest[1:] else []
    return near[0] if near else ""


def moves(files: Sequence[ChangedFile]) -> Iterator[Move]:
    """Find the folders that have to move; all below one bad part of a path are one move."""
    grouped: dict[tuple[str, str], list[ChangedFile]] = {}
    for file in files:
        bad = _bad_part(_folder(file.path))
        if bad is not None:
            grouped.setdefault(bad, []).append(file)
    for (rule, _), found in grouped.items():
        contents = {_folder(file.path): file.content for file in found if part_of(_name(file.path), None) is Part.QNA}
        targets = {folder: _target(folder, contents.get(folder)) for folder in map(_folder, _paths(found))}
        first = min(found, key=lambda file: (part_of(_name(file.path), file.content) is not Part.QNA, file.path))
        folder = _folder(first.path)
        renames = {file.path: f"{to}/{_tidy_name(file)}" for file in found if (to := targets[_folder(file.path)])}
        yield Move(
            rule=rule,
            file=first,
            folder=folder,
            to=targets[folder],
            # Where two files would become one, only a person can tell which.
            renames=renames if len(set(renames.values())) == len(renames) else {},
            others=len(targets) - 1,
        )


def misnamed(files: Sequence[ChangedFile]) -> Iterator[tuple[ChangedFile, Part, str | None]]:
    """Find the files that are parts of a leaf under another name, each with the path it should have.

    A qna file that is named after its subject gets a folder of that name, unless the folder it lies in is that already
    or holds the attribution. There is no path where that part of the leaf is there too.
    """
    taken = {file.path for file in files}
    parts = [(file, part_of(_name(file.path), file.content)) for file in files]
    attributed = {_folder(file.path) for file, part in parts if part is Part.ATTRIBUTION}
    for file, part in parts:
        if part is None or _name(file.path) == part.value:
            continue
        to = _right_path(file.path, part, attributed)
        yield file, part, None if to in taken else to
        taken.add(to)


def is_in_place(path: str) -> bool:
    """Tell whether nothing is wrong with the folder that a file lies in."""
    return _bad_part(_folder(path)) is None


def _right_path(path: str, part: Part, attributed: AbstractSet[str]) -> str:
    folder = _folder(path)
    subject = tidy_folder(_name(path).partition(".")[0].replace("-", " "))
    if part_by_name(_name(path)) is part or folder in attributed or subject in {_name(folder), ""}:
        return f"{folder}/{part.value}"
    return f"{folder}/{subject}/{part.value}"


def _bad_part(folder: str) -> tuple[str, str] | None:
    """Give the rule that a folder breaks, and its path up to the part that does."""
    parts = folder.split("/")
    inner = inner_tree(parts)
    hidden = any(part.startswith(".") for part in parts[2:])
    if inner is not None or (parts[1:2] and parts[1] in _HOMES and hidden):
        return "tree-inside-tree", "/".join(parts[: (inner or 1) + 1])
    bad: tuple[tuple[str, Callable[[str], bool]], ...] = (("spaces", _has_space), ("upper-case", _has_capital))
    for rule, is_bad in bad:
        for index, part in enumerate(parts):
            if is_bad(part):
                return rule, "/".join(parts[: index + 1])
    return None


def _target(folder: str, qna: bytes | None) -> str | None:
    """Give the path that a folder should have; None where it cannot be told."""
    parts = folder.split("/")
    inner = inner_tree(parts)
    if inner is not None:
        kind = kind_by_content(qna)
        wanted = next((tree for tree, of in TREES.items() if of is kind), None)
        if wanted is None and parts[0] == parts[inner]:
            wanted = parts[0]
        if wanted is None:
            return None
        rest = parts[inner + 1 :] if wanted == parts[inner] else []
        parts = [wanted, *(rest or [part for part in parts[1:] if part not in TREES])]
    elif _bad_part(folder) == ("tree-inside-tree", "/".join(parts[:2])):
        return None
    return "/".join(map(tidy_folder, parts)) if parts[1:] else None


def _tidy_name(file: ChangedFile) -> str:
    part = part_of(_name(file.path), file.content)
    return _name(file.path) if part is None else part.value


def _has_space(part: str) -> bool:
    return any(map(str.isspace, part))


def _has_capital(part: str) -> bool:
    return part != part.lower()


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _paths(files: Sequence[ChangedFile]) -> Iterator[str]:
    return (file.path for file in files)
