"""How many words a text has, in any script: by the default word boundaries of Unicode's UAX #29, with two additions.

By UAX #29 (Unicode Text Segmentation, section 4.1) letters, digits and underscores with the marks on them make a word,
an apostrophe or a full stop between two letters and a comma or a full stop between two digits do not end it, a run of
Katakana is one word, and each ideograph and each Hiragana is one by itself. What has no letter and no digit is no word.

UAX #29 leaves Thai, Lao, Khmer and Burmese, which put no spaces between words, to dictionaries. Here, `LETTERS_OF_WORD`
of their letters count as one word, vowel signs and tone marks not counted. And a colon ends a word, as in CLDR's root
locale, where UAX #29 itself lets it stand between two letters.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache

LETTERS_OF_WORD = 4
"""Letters of a word of Thai, Lao, Khmer or Burmese: an estimate, on the high side, so that no text counts as too long
for its script alone."""

_ASCII_WORD = re.compile(r"\w+(?:(?:(?<=[A-Za-z])['.](?=[A-Za-z])|(?<=[0-9])['.,;](?=[0-9]))\w+)*", re.ASCII)
_DICTIONARY = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\uaa60-\uaa7f"
_DICTIONARY_RUN = re.compile(f"[{_DICTIONARY}]+")
_ALONE = "\u3005-\u3007\u3041-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
_KATAKANA = "\u30a0-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_JOINERS = "\u00ad\u200c\u200d"
_BLOCKS_WITH_MARKS = ((0x0300, 0x3100), (0xA600, 0xAC00), (0xFB00, 0xFE30), (0x10000, 0x12000), (0x1E000, 0x1E950))
"""Ideographs and Hangul syllables, which lie between, have none."""


def count_words(text: str) -> int:
    """Count the words of a text; the time is linear in its length."""
    if text.isascii():
        return len(_ASCII_WORD.findall(text))
    runs = _DICTIONARY_RUN.findall(text)
    letters = (sum(map(str.isalnum, run)) for run in runs)
    total = sum(-(-count // LETTERS_OF_WORD) for count in letters)
    return total + len(_word().findall(_DICTIONARY_RUN.sub(" ", text) if runs else text))


@cache
def _word() -> re.Pattern[str]:
    """Give the pattern of a word; it is made when the first text comes that is more than ASCII."""
    marks = "".join(_marks())
    special = f"{_DICTIONARY}{_ALONE}{_KATAKANA}"
    run = rf"[^\W{special}](?:[^\W{special}]|[{marks}{_JOINERS}])*"
    between_letters = rf"(?<=[^\W\d_]|[{marks}])['’.·․‧](?=[^\W\d_{special}])"  # noqa: RUF001 - UAX #29 names them
    between_digits = r"(?<=\d)['’.,;](?=\d)"  # noqa: RUF001 - see above
    return re.compile(rf"[{_ALONE}]|[{_KATAKANA}]+|{run}(?:(?:{between_letters}|{between_digits}){run})*")


def _marks() -> Iterator[str]:
    """Give the ranges of combining marks, as a character class has them."""
    for first, end in _BLOCKS_WITH_MARKS:
        start: int | None = None
        for point in range(first, end + 1):
            inside = point < end and unicodedata.category(chr(point)).startswith("M")
            if inside and start is None:
                start = point
            elif not inside and start is not None:
                yield f"{chr(start)}-{chr(point - 1)}"
                start = None
