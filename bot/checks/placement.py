"""Whether what a pull request adds lies where a taxonomy looks for it, under the names that it is looked for by."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath

import yaml

from bot.check import Rules, check
from bot.facts import ChangedFile, FileStatus, PullRequestFacts
from bot.factual import LIKELY, share_of_facts
from bot.findings import Finding, Fix, Level, Rename
from bot.leaf_names import Part, looks_like_leaf, part_of
from bot.misplaced import Move, is_in_place, misnamed, moves, tree_meant
from bot.neutralise import code
from bot.reading import readable
from schemas.leaf import TREES, Kind, is_below_trees, kind_of
from schemas.safe_yaml import Loaded

RULES: Rules = {
    "outside-trees": (Level.ERROR, "a leaf lies outside the taxonomy's trees, where nobody looks for it"),
    "no-folder": (Level.ERROR, "a leaf lies in the root of a tree, and not in a folder of its own"),
    "tree-inside-tree": (Level.ERROR, "a tree's folder, or a path of somebody's own computer, lies inside a tree"),
    "spaces": (Level.ERROR, "the name of a new folder has spaces"),
    "upper-case": (Level.ERROR, "the name of a new folder has capital letters"),
    "misnamed": (Level.ERROR, "a leaf's file has another name than qna.yaml or attribution.txt, and is not read"),
    "symbolic-link": (Level.ERROR, "a file is a symbolic link"),
    "submodule": (Level.ERROR, "a folder is a Git submodule"),
    "grounded-elsewhere": (Level.WARNING, "a new skill answers from contexts, and does not lie with the grounded ones"),
    "grounded-without-context": (Level.WARNING, "a new skill lies with the grounded ones, and has no context"),
    "knowledge-like": (Level.NOTICE, "a new skill asks for facts, as knowledge does"),
    "mixed-with-reorganisation": (Level.WARNING, "new leaves come together with a reorganisation of the tree"),
}
MENDED = frozenset({"outside-trees", "tree-inside-tree", "spaces", "upper-case", "misnamed"})

MAX_TOLD = 30
"""Findings of one rule; who has more has one cause for all of them."""
REORGANISED = 3
"""Leaves that are moved, removed or prepared by empty folders, from which on a pull request reorganises the tree."""

_LINKS = {
    "120000": ("symbolic-link", "This is a symbolic link. Put the file itself here."),
    "160000": ("submodule", "This is a Git submodule. Put the files themselves here, without their repository."),
}
_KEEPERS = frozenset({".gitignore", ".gitkeep", ".keep"})
_SEEDS = "seed_examples"


@check
def placement(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look whether files lie in the right folder, under the right name."""
    present = [file for file in facts.files if file.status is not FileStatus.REMOVED]
    below = [file for file in present if is_below_trees(file.path)]
    regular = [file for file in below if file.mode not in _LINKS and kind_of(file.path) is not None]
    arriving = [file for file in present if _arrives(file, facts)]
    yield from _told(_outside(arriving))
    yield from _told(_without_folder(regular))
    yield from _told(_linked(file) for file in below if file.mode in _LINKS)
    yield from _told(_moved(move) for move in moves([file for file in regular if _arrives(file, facts)]))
    yield from _told(_misnamed(regular))
    arrived = {file.path for file in arriving if file.status is not FileStatus.RENAMED}
    for path, kind, loaded in readable(facts):
        if kind is Kind.SKILL and path in arrived:
            yield from _skill(path, loaded, facts.config.placement.grounded.strip("/"))
    yield from _reorganised(facts)


def _arrives(file: ChangedFile, facts: PullRequestFacts) -> bool:
    """Tell whether a file comes to where it lies; in a working tree without a base all of them do."""
    return file.status in {FileStatus.ADDED, FileStatus.RENAMED} or not facts.head_sha


def _told(findings: Iterator[Finding]) -> Iterator[Finding]:
    counts: dict[str, int] = {}
    for finding in findings:
        counts[finding.rule] = counts.get(finding.rule, 0) + 1
        if counts[finding.rule] <= MAX_TOLD:
            yield finding


def _outside(files: Sequence[ChangedFile]) -> Iterator[Finding]:
    for file in files:
        tree = tree_meant(file.path)
        if tree is None or not looks_like_leaf(file.path):
            continue
        first, _, rest = file.path.partition("/")
        if not tree:
            message = (
                "This leaf lies outside the taxonomy. Move its folder below `compositional_skills/` if it teaches how "
                "to do something, or below `knowledge/` if it teaches facts."
            )
            yield _error("outside-trees", file, message)
            continue
        to = f"{tree}/{PurePosixPath(rest).parent}/{Part.QNA}"
        message = f"The taxonomy has no folder {code(first)}. Move this leaf to {code(to, limit=200)}."
        yield _error("outside-trees", file, message, {file.path: to})


def _without_folder(files: Sequence[ChangedFile]) -> Iterator[Finding]:
    for file in files:
        tree, _, name = file.path.partition("/")
        if tree in TREES and "/" not in name and part_of(name, file.content) is not None:
            message = (
                f"A leaf needs a folder of its own. Move this file to a folder named by its subject below `{tree}/`."
            )
            yield _error("no-folder", file, message)


def _linked(file: ChangedFile) -> Finding:
    rule, message = _LINKS[file.mode]
    return _error(rule, file, message)


def _moved(move: Move) -> Finding:
    new = f" Move what is in {code(move.folder, limit=200)} to {code(move.to, limit=200)}." if move.to else ""
    message = {
        "tree-inside-tree": "One tree of the taxonomy lies inside another here, or a path of your own computer.",
        "spaces": "Folders have no spaces in their names, but underscores.",
        "upper-case": "Folders have names in lower case.",
    }[move.rule]
    if not move.to:
        new = " Move the leaf to a folder named by its subject, right below `compositional_skills/` or `knowledge/`."
    if move.others:
        new += f" Do so with {move.others} more folder{'' if move.others == 1 else 's'} beside it."
    return _error(move.rule, move.file, message + new, move.renames)


def _misnamed(files: Sequence[ChangedFile]) -> Iterator[Finding]:
    nested = [file for file in files if file.path.count("/") > 1]
    for file, part, to in misnamed(nested):
        if to is None:
            message = f"Its folder has a `{part}` already. Delete this file, or give it a folder of its own."
            yield _error("misnamed", file, message)
        elif is_in_place(file.path):
            message = f"Nobody looks for a file of this name. Rename it to {code(to, limit=200)}."
            yield _error("misnamed", file, message, {file.path: to})
        else:
            message = f"Nobody looks for a file of this name. Rename it to `{part}`."
            yield _error("misnamed", file, message)


def _skill(path: str, loaded: Loaded, grounded: str) -> Iterator[Finding]:
    seeds = loaded.find([_SEEDS])
    if not isinstance(seeds, yaml.SequenceNode) or not seeds.value:
        return
    line = loaded.key_position([_SEEDS]).line
    with_context = sum(loaded.find([_SEEDS, index, "context"]) is not None for index in range(len(seeds.value)))
    # Where the folder is named after the grounded ones the contributor has thought of it: old trees had several.
    beside = PurePosixPath(grounded).name in PurePosixPath(path).parts[:-1]
    if 2 * with_context > len(seeds.value) and not beside:
        message = (
            f"Most examples bring a `context` to answer from. Such skills lie below {code(f'{grounded}/')}: move the "
            "leaf there, unless it has a reason to be here."
        )
        yield _hint("grounded-elsewhere", Level.WARNING, path, line, message)
    elif not with_context and path.startswith(f"{grounded}/"):
        message = (
            f"Skills below {code(f'{grounded}/')} answer from a `context`, and no example has one. Add it to each, or "
            "move the skill out of there."
        )
        yield _hint("grounded-without-context", Level.WARNING, path, line, message)
    elif not with_context and share_of_facts(tuple(_questions(loaded, len(seeds.value)))) >= LIKELY:
        message = (
            "Most questions ask for facts, which a model cannot work out. If facts are what this teaches, make it "
            "knowledge: a leaf below `knowledge/`, with a document that the answers can be read from."
        )
        yield _hint("knowledge-like", Level.NOTICE, path, line, message)


def _questions(loaded: Loaded, count: int) -> Iterator[str]:
    for index in range(min(count, 200)):
        node = loaded.find([_SEEDS, index, "question"])
        yield str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _reorganised(facts: PullRequestFacts) -> Iterator[Finding]:
    files = [file for file in facts.files if is_below_trees(file.path)]
    qnas = [file for file in files if file.path.endswith(f"/{Part.QNA}")]
    added, removed, renamed = (
        [file for file in qnas if file.status is status]
        for status in (FileStatus.ADDED, FileStatus.REMOVED, FileStatus.RENAMED)
    )
    keepers = sum(file.path.rpartition("/")[2] in _KEEPERS for file in files)
    # Without renames, a leaf that is moved is one that is removed and one that is added.
    new = added[: max(len(added) - len(removed), 0)]
    if new and len(removed) + len(renamed) + keepers >= REORGANISED:
        leaves = "1 new leaf" if len(new) == 1 else f"{len(new)} new leaves"
        message = (
            f"This pull request brings {leaves} and also moves or removes others. Please put the reorganisation into a "
            "pull request of its own, so that each can be judged by itself."
        )
        yield Finding(rule="mixed-with-reorganisation", level=Level.WARNING, message=message)


def _error(rule: str, file: ChangedFile, message: str, renames: Mapping[str, str] | None = None) -> Finding:
    fix = None
    if renames:
        made = tuple(Rename(path=old, to=new) for old, new in renames.items())
        to = code(next(iter(renames.values())), limit=200)
        text = f"Rename it to {to}" if len(made) == 1 else f"Rename it to {to}, and what lies beside it alike"
        fix = Fix(description=text, renames=made)
    return Finding(rule=rule, level=Level.ERROR, path=file.path, line=1, message=message, fix=fix)


def _hint(rule: str, level: Level, path: str, line: int, message: str) -> Finding:
    return Finding(rule=rule, level=level, path=path, line=line, message=message)
