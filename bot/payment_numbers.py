"""Numbers that money moves by: payment cards and IBANs, told from other numbers by issuer, length and check digits."""

import re
from collections.abc import Iterable, Iterator

from bot.checksums import luhn, mod97
from bot.passages import Hit, is_near

_DIGIT_RUN = re.compile(r"[0-9](?:[ .\-/()\u00a0\u2009\u2011\u2013\u202f]{0,3}[0-9]){6,}")

_GAP = r"[ .\-\u00a0\u2009\u2011\u2013\u202f]"
_CARD = re.compile(
    rf"(?<![0-9A-Za-z_])(?<![0-9]{_GAP})"
    rf"(?:[0-9]{{12,19}}|[0-9]{{4}}({_GAP})[0-9]{{4}}\1[0-9]{{4}}\1[0-9]{{4}}(?:\1[0-9]{{3}})?"
    rf"|[0-9]{{4}}({_GAP})[0-9]{{6}}\2[0-9]{{4,5}})(?![0-9A-Za-z_]|{_GAP}[0-9])"
)
_CARD_WORD = re.compile(
    r"card|visa|maestro|mastercard|amex|american express|unionpay|karte|carte|tarjeta|carta|cartão|卡",
    re.IGNORECASE,
)
# ISO/IEC 7812 issuer ranges as the card brands publish them: first and last prefix of a range, and the usual lengths;
# other lengths count only beside a word for a card.
_ISSUERS = (
    ("4", "4", (16,), (13, 19)),  # Visa
    ("51", "55", (16,), ()),  # Mastercard
    ("2221", "2720", (16,), ()),
    ("34", "34", (15,), ()),  # American Express
    ("37", "37", (15,), ()),
    ("6011", "6011", (16,), (17, 18, 19)),  # Discover
    ("644", "659", (16,), (17, 18, 19)),
    ("300", "305", (14,), (16, 17, 18, 19)),  # Diners Club
    ("3095", "3095", (14,), (16, 17, 18, 19)),
    ("36", "36", (14,), (16, 17, 18, 19)),
    ("38", "39", (14, 16), (17, 18, 19)),
    ("3528", "3589", (16,), (17, 18, 19)),  # JCB
    ("62", "62", (16,), (17, 18, 19)),  # UnionPay
    ("81", "82", (16,), ()),  # UnionPay, RuPay
    ("508", "508", (16,), ()),  # RuPay
    ("60", "60", (16,), ()),
    ("2200", "2204", (16,), (17, 18, 19)),  # Mir
    ("5018", "5018", (16,), (12, 13, 14, 15, 17, 18, 19)),  # Maestro
    ("5020", "5020", (16,), (12, 13, 14, 15, 17, 18, 19)),
    ("5038", "5038", (16,), (12, 13, 14, 15, 17, 18, 19)),
    ("5893", "5893", (16,), (12, 13, 14, 15, 17, 18, 19)),
    ("6304", "6304", (16,), (12, 13, 14, 15, 17, 18, 19)),
    ("6759", "6763", (16,), (12, 13, 14, 15, 17, 18, 19)),
    ("5019", "5019", (16,), ()),  # Dankort
    ("9792", "9792", (16,), ()),  # Troy
)

# What follows the check digits is only looked at, so that a start that leads nowhere hides no other.
_IBAN = re.compile(r"[0-9](?<=[A-Za-z]{2}.)(?<![A-Za-z0-9][A-Za-z]{2}.)[0-9](?=((?:[ \-\u00a0]?[A-Za-z0-9]){11,31}))")
_FEWEST_DIGITS = 8
"""Of an IBAN; a sentence that happens to fit has fewer."""
_IBAN_LENGTHS = {
    country: length
    for length, countries in (
        (15, "NO"),
        (16, "BE"),
        (18, "DK FI FK FO GL NL SD"),
        (19, "MK SI"),
        (20, "AT BA EE KZ LT LU MN XK"),
        (21, "CH HR LI LV"),
        (22, "BG BH CR DE GB GE IE ME RS VA"),
        (23, "AE GI IL IQ OM SO TL"),
        (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
        (25, "LY PT ST"),
        (26, "IS TR"),
        (27, "BI DJ FR GR IT MC MR SM"),
        (28, "AL AZ BY CY DO GT HN HU LB NI PL SV"),
        (29, "BR EG PS QA UA"),
        (30, "JO KW MU YE"),
        (31, "MT SC"),
        (32, "LC"),
        (33, "RU"),
    )
    for country in countries.split()
}
"""Characters of an IBAN by country: SWIFT's IBAN registry, release 101."""


def digit_runs(text: str) -> tuple[tuple[int, int], ...]:
    """Give the places of seven digits or more with little between them."""
    return tuple(match.span() for match in _DIGIT_RUN.finditer(text))


def cards(text: str, runs: Iterable[tuple[int, int]]) -> Iterator[Hit]:
    """Find payment cards in runs of digits: of a known issuer, of its length, with the right check digit."""
    for start, end in runs:
        for match in _CARD.finditer(text, start, end + 1):
            digits = "".join(filter(str.isdigit, match.group()))
            hit = Hit("payment-card", match.start(), match.end())
            usual, others = _lengths(digits)
            told = len(digits) in others and is_near(text, _CARD_WORD, hit, before=60, after=40)
            if (len(digits) in usual or told) and luhn(digits):
                yield hit


def ibans(text: str) -> Iterator[Hit]:
    """Find IBANs, written in groups or not: of a country's length, with a remainder of 1 by 97 (ISO 13616)."""
    for match in _IBAN.finditer(text):
        start = match.start() - 2
        length = _IBAN_LENGTHS.get(text[start : start + 2].upper())
        end = None if length is None else _end(text, start, match.end(1), length)
        if end is not None:
            iban = "".join(filter(str.isalnum, text[start:end])).upper()
            if mod97(iban[4:] + iban[:4]) == 1 and sum(map(str.isdigit, iban)) >= _FEWEST_DIGITS:
                yield Hit("iban", start, end)


def _lengths(digits: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    usual: tuple[int, ...] = ()
    others: tuple[int, ...] = ()
    for first, last, own, rare in _ISSUERS:
        if first <= digits[: len(first)] <= last:
            usual, others = usual + own, others + rare
    return usual, others


def _end(text: str, start: int, most: int, length: int) -> int | None:
    """Give where so many letters and digits end; None if there are fewer, or if a longer word goes on there."""
    count = 0
    for index in range(start, most):
        count += text[index].isalnum()
        if count == length:
            after = text[index + 1 : index + 2]
            return None if after.isalnum() else index + 1
    return None
