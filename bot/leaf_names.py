"""Names of a leaf's files and folders: what a misnamed one is meant to be, and how folders are written."""

import difflib
import re
from collections.abc import Sequence
from enum import StrEnum

from schemas.leaf import TREES, Kind


class Part(StrEnum):
    """A file that every leaf has; the value is its name."""

    QNA = "qna.yaml"
    ATTRIBUTION = "attribution.txt"


_NAMES = frozenset(Part)
_TEXT = frozenset({"", "txt", "text", "md", "json", "rst"})
_YAML = re.compile(r"y\w{0,2}m\w{0,3}l?")  # yaml, yml, and slips such as yamil and yaaml
_QNA = frozenset({"qna", "qnas", "qa", "qanda"})
_ATTRIBUTION = "attribution"
_NEAR = 0.8
_LETTERS = re.compile(r"[^a-z]+")
_KEYS = re.compile(r"^(?:seed_examples|task_description|document_outline)[ \t]*:", re.MULTILINE)
_FIELDS = re.compile(r"^(?:title of work|license of the work|creator names?)[ \t]*:", re.MULTILINE | re.IGNORECASE)
_KNOWLEDGE = re.compile(r"^(?:domain|document|document_outline)[ \t]*:", re.MULTILINE)
_SKILL = re.compile(r"^task_description[ \t]*:", re.MULTILINE)
_HUMP = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")
_HEAD = 64 * 1024
"""Bytes of a file that are looked at to tell what it is."""


def part_by_name(name: str) -> Part | None:
    """Tell by a file's name which part of a leaf it is or should be: `qna.yml`, `QNA.txt`, `x-attribution.txt`."""
    if name in _NAMES:
        return Part(name)
    stem, ending = _split(name)
    if stem is None or not (ending in _TEXT or _YAML.fullmatch(ending)):
        return None
    words = [word for word in _LETTERS.split(stem) if word]
    ends = (words[0], words[-1], "".join(words)) if words else ()
    if any(map(_is_attribution, ends)):
        return Part.ATTRIBUTION
    return Part.QNA if not _QNA.isdisjoint(ends) else None


def part_of(name: str, content: bytes | None) -> Part | None:
    """Tell by a file's name and content which part of a leaf it is or is meant to be; for files below the trees."""
    part = part_by_name(name)
    stem, ending = _split(name)
    if part is not None or stem is None:
        return part
    if _YAML.fullmatch(ending):
        return Part.QNA if content is None or holds_leaf(content) else None
    if ending not in _TEXT - {"md"}:
        return None
    if holds_leaf(content):
        return Part.QNA
    return Part.ATTRIBUTION if _FIELDS.search(head(content)) else None


def holds_leaf(content: bytes | None) -> bool:
    """Tell whether a file's first lines have the keys of a leaf."""
    return _KEYS.search(head(content)) is not None


def looks_like_leaf(path: str) -> bool:
    """Tell whether a path, wherever it is, has the name of a qna file: one outside the trees is misplaced."""
    return part_by_name(path.rpartition("/")[2]) is Part.QNA


def kind_by_content(content: bytes | None) -> Kind | None:
    """Tell by its keys what a qna file teaches, wherever it lies; None where it does not say."""
    text = head(content)
    kinds = {kind for kind, keys in ((Kind.SKILL, _SKILL), (Kind.KNOWLEDGE, _KNOWLEDGE)) if keys.search(text)}
    return kinds.pop() if len(kinds) == 1 else None


def tidy_folder(name: str) -> str:
    """Write a folder's name as the taxonomy does: in lower case, with underscores for spaces."""
    parted = _HUMP.sub("_", name) if name[:1].islower() and "_" not in name else name
    return "_".join(parted.split()).lower()


def inner_tree(parts: Sequence[str]) -> int | None:
    """Give the index of the last folder of a path that has a tree's name, and lies below another tree's."""
    found = [index for index, part in enumerate(parts) if index and part in TREES]
    return found[-1] if found else None


def head(content: bytes | None) -> str:
    """Decode the beginning of a file, whatever it is."""
    return (content or b"")[:_HEAD].decode("utf-8-sig", errors="replace")


def _split(name: str) -> tuple[str | None, str]:
    """Part a name into its stem and its last ending; a hidden file has none."""
    stem, _, rest = name.strip().lower().partition(".")
    return stem or None, rest.rpartition(".")[2].strip()


def _is_attribution(word: str) -> bool:
    return word.startswith("attribut") or (
        word[:1] == "a" and difflib.SequenceMatcher(None, word[:20], _ATTRIBUTION).ratio() >= _NEAR
    )
