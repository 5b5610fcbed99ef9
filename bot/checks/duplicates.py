"""Whether a leaf is there already: at its path, byte by byte elsewhere, or in nearly the same words."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from bot.check import NotLooked, Rules, check
from bot.facts import FileStatus, LeafFiles, OtherLeaf, PullRequestFacts
from bot.findings import Finding, Level
from bot.neighbours import Print, Shelf, prints
from bot.neutralise import code

UNCOMPARED = "the other leaves could not be read; in a Git checkout, or on an open pull request, they are compared"
MAX_NEAR = 3
"""Near-duplicates of a leaf that are told."""
MAX_REPEATED = 5
"""Leaves of the same path or bytes as one that are told."""
LEAST = 12
"""Numbers of the sketch of a leaf that says enough to be compared."""
RULES: Rules = {
    "path-taken": (Level.ERROR, "a leaf stands at this path already"),
    "identical": (Level.ERROR, "the same file stands elsewhere"),
    "identical-proposed": (Level.WARNING, "another open pull request proposes the same file"),
    "proposed-twice": (Level.WARNING, "another open pull request proposes a leaf at the same path"),
    "near-duplicate": (Level.WARNING, "another leaf says nearly the same"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Other:
    """A leaf elsewhere, or one before it in the same pull request."""

    print: Print
    name: str
    pull: int | None = None
    own: bool = False


@check
def duplicates(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look for every leaf's path, bytes and wording in the tree and in other open pull requests.

    Raises:
        NotLooked: if nobody looked at other leaves, and those of the pull request do not repeat each other.
    """
    own = {each.folder: each for each in prints(facts)}
    others = [*_elsewhere(facts), *(_Other(print=each, name=code(each.folder), own=True) for each in own.values())]
    shelf = Shelf([other.print.sketch for other in others])
    same: dict[str, list[int]] = defaultdict(list)
    for place, other in enumerate(others):
        same[other.print.digest].append(place)
        same[other.print.folder].append(place)
    found: list[Finding] = []
    for leaf in facts.leaves:
        if leaf.folder in own:
            each = own[leaf.folder]
            places = sorted({*same[each.folder], *same[each.digest]})
            repeated = _repeated(leaf, each, [others[place] for place in places])
            found.extend(islice(repeated, MAX_REPEATED))
            found.extend(_near(each, others, shelf, facts.config.duplicates.similarity))
    if own and not found and facts.others is None:
        raise NotLooked(UNCOMPARED)
    yield from found


def _elsewhere(facts: PullRequestFacts) -> Iterator[_Other]:
    """Give the leaves elsewhere, without what this pull request changes or moves."""
    files = [file for file in facts.files if file.path.endswith("/qna.yaml")]
    left = {file.path for file in files if file.status not in {FileStatus.ADDED, FileStatus.RENAMED}}
    left |= {file.previous_path for file in facts.files if file.status is FileStatus.RENAMED and file.previous_path}
    for other in facts.others or ():
        if other.pull is not None or f"{other.folder}/qna.yaml" not in left:
            each = Print(folder=other.folder, digest=other.digest, sketch=other.sketch)
            yield _Other(print=each, name=_name(other), pull=other.pull)


def _repeated(leaf: LeafFiles, own: Print, others: Iterable[_Other]) -> Iterator[Finding]:
    """Say of leaves of the same path or bytes what is wrong."""
    new = leaf.qna is not None and leaf.qna.status in {FileStatus.ADDED, FileStatus.RENAMED}
    for other in others:
        if other.own:
            if other.print.digest == own.digest and other.print.folder < own.folder:
                yield _identical(own, other)
        elif other.pull is None and other.print.folder == own.folder and new:
            message = f"There is a leaf at this path already: {other.name}. Choose another folder, or change that leaf."
            yield _finding("path-taken", own, message)
        elif other.print.digest == own.digest:
            yield _identical(own, other)
        else:
            verb = "proposed" if new else "changed"
            message = f"The leaf at this path is {verb} by {other.name} too. Agree there on one of the two."
            yield _finding("proposed-twice", own, message)


def _near(own: Print, others: Sequence[_Other], shelf: Shelf, least: float) -> Iterator[Finding]:
    """Say of leaves of other paths and bytes that they are alike."""
    count = 0
    for near in shelf.near(own.sketch, least=least) if len(own.sketch) >= LEAST else ():
        other = others[near.place]
        later = other.own and other.print.folder >= own.folder
        if later or other.print.folder == own.folder or other.print.digest == own.digest or count == MAX_NEAR:
            continue
        count += 1
        message = (
            f"{near.share:.0%} of the wording is in {other.name} too. Say in the description what this leaf adds, or "
            "add what is new to that one."
        )
        yield _finding("near-duplicate", own, message)


def _identical(own: Print, other: _Other) -> Finding:
    if other.pull is not None:  # a warning: who copied whom no number says, and a copy must not block what it copies
        message = f"The same file, byte by byte, is proposed by {other.name} too. Close one of the two."
        return _finding("identical-proposed", own, message)
    message = f"This is the same file, byte by byte, as {other.name} has. Remove one of the two."
    return _finding("identical", own, message)


def _finding(rule: str, own: Print, message: str) -> Finding:
    return Finding(rule=rule, level=RULES[rule][0], path=f"{own.folder}/qna.yaml", line=1, message=message)


def _name(other: OtherLeaf) -> str:
    if other.pull is None:
        return f"{code(other.folder)} ({other.url})" if other.url else code(other.folder)
    return f"pull request {other.pull} ({other.url})"
