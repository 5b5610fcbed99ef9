"""The words of a question: normal forms, content words, and the frame in which it asks."""

import re
from functools import lru_cache

from runner.english import ASKING, FUNCTION, lemma

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_TOPIC = re.compile(
    r"^\s*(?:(?:please )?tell me: )?(?:about|regarding|concerning|on the topic of) [^:?.]{1,100}: ", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z0-9\"“\u2018(])")
_ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|St|vs|No|e\.g|i\.e|etc|cf|ca)\.|\b[B-HJ-Z]\.)$")
_LONGEST = 1000
"""Characters of a sentence; what is longer is a list, or no prose."""
_FEWEST_WORDS = 3


@lru_cache(maxsize=65536)
def words(text: str) -> tuple[str, ...]:
    """Split into lower-case words, without punctuation and possessive endings."""
    return tuple(word.removesuffix("'s") for word in _WORD.findall(text.lower().replace("\u2019", "'")))


def normalise(text: str) -> str:
    """Reduce a text to its words, so that case, spacing and punctuation make no difference."""
    return " ".join(words(text))


@lru_cache(maxsize=65536)
def frame(text: str) -> tuple[str, ...]:
    """Give a question's content words in order; inflection, asking words and a lead that names the topic are left out.

    Two questions of one frame say the same with the same words: held-out questions keep to frames of their own.
    """
    return tuple(lemma(word) for word in words(_TOPIC.sub("", text)) if word not in ASKING and word not in FUNCTION)


def content(text: str) -> frozenset[str]:
    """Give the set of content words."""
    return frozenset(frame(text))


def overlap(one: str, other: str) -> float:
    """Measure how many of both texts' words they share, from 0 to 1 (Jaccard)."""
    left, right = set(words(one)), set(words(other))
    return len(left & right) / len(left | right) if left or right else 1.0


def sentences(text: str) -> tuple[str, ...]:
    """Split prose into sentences; headings, fences, tables and list marks are left out, as is what has no end."""
    found: list[str] = []
    fenced = False
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")):
        lines = []
        for line in block.split("\n"):
            if line.lstrip().startswith(("```", "~~~")):
                fenced = not fenced
            elif not fenced and not re.match(r"\s*(?:#|\||---|===|!\[|<)", line):
                lines.append(re.sub(r"^\s*(?:[-*+>]|\d+[.)])\s+", "\0", line).strip())
        for part in " ".join(lines).split("\0"):
            found += _split_sentences(" ".join(_plain(part).split()))
    return tuple(sentence for sentence in found if len(sentence) <= _LONGEST and len(sentence.split()) >= _FEWEST_WORDS)


def _plain(text: str) -> str:
    text = re.sub(r"!?\[([^\[\]]{0,300})\]\([^()\s]{0,500}\)", r"\1", text)
    text = re.sub(r"</?[a-zA-Z][^<>]{0,300}>", "", text)
    return re.sub(r"(\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w))", "", text)


def _split_sentences(text: str) -> list[str]:
    parts: list[str] = []
    for part in _SENTENCE_END.split(text):
        if parts and len(parts[-1]) < _LONGEST and _ABBREVIATION.search(parts[-1][-8:]):
            parts[-1] = f"{parts[-1]} {part}"
        elif part:
            parts.append(part)
    return parts
