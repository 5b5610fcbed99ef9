"""Leaves that stand near a leaf: at the same path, of the same bytes, or alike by their sketches."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from bot.facts import OtherLeaf, PullRequestFacts
from bot.sketch import PARTS, likeness, sketch

MAX_NEAR = 20
"""Leaves that are looked at more closely, those first that share most."""
MAX_COMMON = 50
"""Leaves that one part of a sketch leads to; what more of them share tells none from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Print:
    """What a leaf is known by."""

    folder: str
    digest: str
    sketch: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A leaf that is alike, by its place among those that were looked through."""

    place: int
    share: float


def print_of(folder: str, content: bytes) -> Print:
    """Give what a leaf is known by, from its qna.yaml."""
    return Print(folder=folder, digest=blob_sha(content), sketch=sketch(content))


def prints(facts: PullRequestFacts) -> tuple[Print, ...]:
    """Give what the changed leaves are known by; one without content is known by nothing."""
    files = ((leaf.folder, leaf.qna.content) for leaf in facts.leaves if leaf.qna is not None)
    return tuple(print_of(folder, content) for folder, content in files if content and not content.isspace())


def blob_sha(content: bytes) -> str:
    """Give the name that Git has for a file's content: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


class Shelf:
    """Sketches, found by their parts: whatever the number, a look for the nearest costs the same."""

    def __init__(self, sketches: Sequence[tuple[int, ...]]) -> None:
        self._sketches = sketches
        self._places: dict[int, list[int]] = defaultdict(list)
        for place, each in enumerate(sketches):
            for part in each[:PARTS]:
                self._places[part].append(place)

    def near(self, own: tuple[int, ...], *, least: float) -> Iterator[Near]:
        """Give the sketches that are at least so alike, the most alike first."""
        shared = Counter(place for part in own[:PARTS] for place in self._places.get(part, ())[:MAX_COMMON])
        for place, _ in shared.most_common(MAX_NEAR):
            share = likeness(own, self._sketches[place])
            if share >= least:
                yield Near(place=place, share=share)


def among(own: Sequence[Print], leaves: Mapping[str, bytes]) -> tuple[OtherLeaf, ...]:
    """Give the leaves of a tree that share a folder, a digest or a part of the sketch with one's own.

    Args:
        own: The changed leaves.
        leaves: Folder to qna.yaml, of the tree.
    """
    folders, digests = {each.folder for each in own}, {each.digest for each in own}
    parts = {part for each in own for part in each.sketch[:PARTS]}
    found = (print_of(folder, content) for folder, content in leaves.items())
    return tuple(
        OtherLeaf(folder=each.folder, digest=each.digest, sketch=each.sketch, url="")
        for each in found
        if each.folder in folders or each.digest in digests or not parts.isdisjoint(each.sketch[:PARTS])
    )


def leaf_url(page: str, branch: str, folder: str) -> str:
    """Give the page of a leaf in the tree, from that of a pull request of the same repository."""
    home = page.rpartition("/pull/")[0]
    return f"{home}/blob/{quote(branch, safe='')}/{quote(f'{folder}/qna.yaml')}" if home else ""


def pull_url(page: str, number: int) -> str:
    """Give the page of a pull request from that of another one of the same repository."""
    home = page.rpartition("/pull/")[0]
    return f"{home}/pull/{number}" if home else ""
