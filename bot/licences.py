"""Licences as people write them: which ones of a policy's list a text means, and which words forbid or bind."""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache


class Standing(Enum):
    """What a policy thinks of a licence."""

    LISTED = auto()
    RESTRICTIVE = auto()
    OTHER = auto()
    """A licence, but none on the list."""
    UNKNOWN = auto()
    """A text that names no licence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A policy's view of a licence that somebody stated."""

    standing: Standing
    meant: str | None = None
    """The licence of the list that was probably meant: misspelt, or without its version."""


_LONGEST = 400
"""Characters of a stated licence that are read."""
_NEAR = 0.8
_TOKEN = re.compile(r"[a-z]+|\d+(?:\.\d+)*")
_SPELLINGS = tuple(
    (re.compile(rf"\b(?:{pattern})\b"), name)
    for pattern, name in (
        (r"creative ?commons", "cc"),
        (r"ccby", "cc by"),
        (r"ccbysa|cc bysa", "cc by sa"),
        (r"community data licen[cs]e agreement", "cdla"),
        (r"(?:gnu )?(?:lesser |affero |library )?general public|[al]?gplv?", "gpl"),
        (r"attribution", "by"),
        (r"share ?alike", "sa"),
        (r"non ?commercial", "nc"),
        (r"no ?deriv(?:ative)?s?(?: works?)?", "nd"),
        (r"zero", "0"),
        (r"publicdomain", "public domain"),
        (r"asl", "apache"),
    )
)
# What says nothing of which licence is meant; SPDX identifiers have none of it.
_FILLING = frozenset({
    "the", "of", "a", "an", "as", "under", "is", "only", "later", "licensed", "license", "licence", "licenses",
    "licences", "version", "versions", "v", "ver", "international", "unported", "generic", "universal", "deed",
    "dedication", "legalcode", "org", "www", "https", "http", "com", "spdx", "en", "txt", "html", "foundation",
    "software",
})  # fmt: skip
_FAMILIES = frozenset({
    "cc", "apache", "mit", "bsd", "gpl", "gfdl", "fdl", "mpl", "ogl", "epl", "eupl", "isc", "odbl", "odc", "cdla",
    "zlib", "unlicense", "wtfpl", "boost", "artistic", "postgresql", "psf", "licensed", "license", "licence",
    "licenses", "licences", "copyright", "copyrighted", "government", "ofl", "lgpl", "agpl", "osl", "cddl", "ncsa",
    "rights",
})  # fmt: skip
_ADDRESS = re.compile(r"https?://|www\.", re.IGNORECASE)


def judge(text: str, *, listed: Sequence[str], restrictive: Sequence[str]) -> Judgement:
    """Compare a stated licence with a policy's, as people write it: by identifier, by name, or by address.

    Of alternatives (`GPL-3.0 OR MIT`) one that is listed is enough.

    Args:
        text: What stands after `License of the work:`.
        listed: Licences that the policy takes, by SPDX identifier or name.
        restrictive: Words that a licence must not have.
    """
    parts = [part for part in re.split(r"\bor\b|\|", text[:_LONGEST], flags=re.IGNORECASE) if part.strip()]
    alternatives = [_words(part) for part in parts]
    forbidden = [_words(word) for word in restrictive]
    free = [words for words in alternatives if not any(_holds(words, word) for word in forbidden)]
    if any(_means(words, name) for words in free for name in listed):
        return Judgement(standing=Standing.LISTED)
    if len(free) < len(alternatives):
        return Judgement(standing=Standing.RESTRICTIVE)
    meant = next(filter(None, (_near(words, listed) for words in alternatives)), None)
    is_licence = not _FAMILIES.isdisjoint(_TOKEN.findall(text[:_LONGEST].lower())) or _ADDRESS.search(text[:_LONGEST])
    return Judgement(standing=Standing.OTHER if is_licence or meant else Standing.UNKNOWN, meant=meant)


@lru_cache(maxsize=256)
def _words(text: str) -> tuple[str, ...]:
    """Write a licence in one spelling: `CC BY-SA 4.0` and its full name both give `cc by sa 4`."""
    tokens = [re.sub(r"(?:\.0+)+$", "", token) for token in _TOKEN.findall(text.lower())]
    line = " ".join(tokens)
    for pattern, name in _SPELLINGS:
        line = pattern.sub(name, line)
    return tuple(word for word in line.split() if word not in _FILLING)


def _means(words: tuple[str, ...], name: str) -> bool:
    """Tell whether a listed licence is named; one with a version does not need it where there is but one (CC0)."""
    wanted = _words(name)
    return _holds(words, wanted) or (
        wanted[:2] == ("cc", "0") and _holds(words, wanted[:2]) and not _version(words[2:])
    )


def _holds(words: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Tell whether words stand in a row."""
    size = len(wanted)
    return size > 0 and any(words[start : start + size] == wanted for start in range(len(words) - size + 1))


def _near(words: tuple[str, ...], listed: Iterable[str]) -> str | None:
    if not words:
        return None
    names = {" ".join(_words(name)): name for name in listed}
    for key in difflib.get_close_matches(" ".join(words)[:80], names, n=3, cutoff=_NEAR):
        given, wanted = _version(words), _version(_words(names[key]))
        if given == wanted or not given:
            return names[key]
    return None


def _version(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word[0].isdigit() and word != "0")
