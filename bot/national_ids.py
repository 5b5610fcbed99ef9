"""Numbers by which states know people, told from other numbers by shape, check digits and a telling word nearby."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.checksums import luhn, mod11_10, verhoeff, weighted
from bot.passages import Hit, regions
from bot.phrases import words_of

_BEFORE, _AFTER = 60, 120
"""Characters from a telling word within which a number belongs to it: `… 123-45-6789 (SSN)`, `SSN: 123-45-6789`."""
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16,
         10, 22, 25, 24, 23),
        strict=True,
    )
)  # fmt: skip
"""Values of characters at odd places of a codice fiscale: Italian ministerial decree of 23 December 1976."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """A kind of number: words that stand near it, in small letters; its shape; whether letters and digits fit."""

    words: tuple[str, ...]
    shape: re.Pattern[str]
    fits: Callable[[str], bool]
    near: re.Pattern[str]


def national_ids(text: str) -> Iterator[Hit]:
    """Find national ids and passport numbers, each once."""
    found: set[tuple[int, int]] = set()
    for first, last in regions(text, _CANDIDATE, before=_AFTER, after=_BEFORE):
        window = text[first:last]
        for number in _told(window):
            found.update((first + start, first + end) for start, end in _places(number, window))
    yield from (Hit("national-id", start, end) for start, end in sorted(found))
    for match in _CODICE_FISCALE.finditer(text):
        if _codice_fiscale(text[match.start() - 6 : match.end()].upper()):
            yield Hit("national-id", match.start() - 6, match.end())


def _told(window: str) -> list[_Number]:
    """Give the kinds of which a telling word stands in a window."""
    lowered = window.lower()
    kinds = [number for word in _BY_WORD.keys() & set(words_of(window)) for number in _BY_WORD[word]]
    return kinds + [number for phrase, number in _BY_PHRASE if phrase in lowered and number not in kinds]


def _places(number: _Number, window: str) -> Iterator[tuple[int, int]]:
    for start, end in regions(window, number.near, before=_BEFORE, after=_AFTER):
        for match in number.shape.finditer(window, start, end):
            if number.fits("".join(filter(str.isalnum, match.group())).upper()):
                yield match.span()


def _number(words: str, shape: str, fits: Callable[[str], bool]) -> _Number:
    parts = tuple(words.split("|"))
    # Scripts without spaces have no word boundaries.
    near = "|".join(re.escape(word) if word[0] > "\u2fff" else rf"(?<!\w){re.escape(word)}(?!\w)" for word in parts)
    return _Number(
        words=parts,
        shape=re.compile(rf"(?<![\w.])(?:{shape})(?![\w]|[.-][0-9])", re.IGNORECASE),
        fits=fits,
        near=re.compile(near, re.IGNORECASE),
    )


def _always(_: str) -> bool:
    return True


def _ssn(digits: str) -> bool:
    """US Social Security Administration: no area 000 or 666, no group 00, no serial 0000; from 900 on it is an ITIN."""
    return digits[:3] not in {"000", "666"} and digits[3:5] != "00" and digits[5:] != "0000"


def _nir(characters: str) -> bool:
    """INSEE: the key is 97 less the remainder by 97, where Corsica's 2A counts 19 and 2B counts 18."""
    body = characters[:13].replace("2A", "19").replace("2B", "18")
    return body.isdigit() and 97 - int(body) % 97 == int(characters[13:])


def _steuer_id(digits: str) -> bool:
    """Bundeszentralamt für Steuern: of the first ten digits one stands twice or thrice, and the last is MOD 11,10."""
    counts = sorted(map(digits[:10].count, set(digits[:10])))
    return counts[-1] in {2, 3} and counts[:-1].count(1) == len(counts) - 1 and mod11_10(digits)


def _dni(characters: str) -> bool:
    """Spain: the letter stands for the remainder by 23; a NIE's X, Y and Z count 0, 1 and 2."""
    body = characters[:-1].translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(body) % 23] == characters[-1]


def _codice_fiscale(characters: str) -> bool:
    even = sum(int(each) if each.isdigit() else ord(each) - ord("A") for each in characters[1:15:2])
    return (even + sum(_ODD[each] for each in characters[0:15:2])) % 26 == ord(characters[15]) - ord("A")


def _cpf(digits: str) -> bool:
    """Receita Federal: two digits, each by remainder of a weighted sum by 11; eleven equal digits are none."""
    first, second = (weighted(digits, range(size + 1, 1, -1)) * 10 % 11 % 10 for size in (9, 10))
    return len(set(digits)) > 1 and digits[9:] == f"{first}{second}"


def _bsn(digits: str) -> bool:
    return digits != "0" * 9 and weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _belgian(digits: str) -> bool:
    return any(97 - int(century + digits[:9]) % 97 == int(digits[9:]) for century in ("", "2"))


def _pesel(digits: str) -> bool:
    return weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _hetu(characters: str) -> bool:
    """Finland: the last character stands for the remainder of birth date and serial by 31."""
    digits = characters if characters[6].isdigit() else characters[:6] + characters[7:]
    return _HETU_LETTERS[int(digits[:9]) % 31] == digits[9]


def _norwegian(digits: str) -> bool:
    return (
        weighted(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
        and weighted(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    )


def _portuguese(digits: str) -> bool:
    return weighted(digits, range(9, 1, -1)) * 10 % 11 % 10 == int(digits[8])


def _swiss(digits: str) -> bool:
    return weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def _chinese(characters: str) -> bool:
    """GB 11643-1999, which takes ISO 7064, MOD 11-2."""
    return "10X98765432"[weighted(characters, [2**power % 11 for power in range(17, 0, -1)]) % 11] == characters[17]


def _my_number(digits: str) -> bool:
    rest = weighted(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def _turkish(digits: str) -> bool:
    odd, even = sum(map(int, digits[0:9:2])), sum(map(int, digits[1:8:2]))
    return (odd * 7 - even) % 10 == int(digits[9]) and sum(map(int, digits[:10])) % 10 == int(digits[10])


def _nric(characters: str) -> bool:
    """Singapore: the letter stands for the remainder of a weighted sum by 11, moved for those of later series."""
    total = weighted(characters[1:8], (2, 7, 6, 5, 4, 3, 2)) + {"T": 4, "G": 4, "M": 3}.get(characters[0], 0)
    letters = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "KLJNPQRTUWX"}
    place = 10 - total % 11 if characters[0] == "M" else total % 11
    return letters[characters[0]][place] == characters[8]


def _australian(digits: str) -> bool:
    return weighted(digits, (1, 4, 3, 7, 5, 8, 6, 9, 10)) % 11 == 0


def _nhs(digits: str) -> bool:
    return (11 - weighted(digits, range(10, 1, -1)) % 11) % 11 == int(digits[9])


def _insurance_number(characters: str) -> bool:
    """Deutsche Rentenversicherung: a cross sum of products, the letter counted as two digits."""
    digits = f"{characters[:8]}{ord(characters[8]) - ord('A') + 1:02d}{characters[9:]}"
    products = (
        int(digit) * weight for digit, weight in zip(digits, (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1), strict=False)
    )
    return sum(sum(divmod(product, 10)) for product in products) % 10 == int(digits[-1])


_CODICE_FISCALE = re.compile(
    r"[0-9](?<=[A-Za-z]{6}.)(?<!\w[A-Za-z]{6}.)[0-9][A-EHLMPR-Ta-ehlmpr-t][0-9]{2}[A-Za-z][0-9]{3}[A-Za-z](?!\w)"
)
"""What follows the six letters of the name; so telling a shape that it needs no word beside it."""
_CANDIDATE = re.compile(
    r"[0-9](?:[ .-]?[0-9]){5}|[0-9](?<=[A-Za-z]{5}.)[0-9]{3}[A-Za-z]"
    r"|[0-9](?<=[CFGHJKLMNPRTVWXYZ].)[CFGHJKLMNPRTVWXYZ0-9]{7}"
)
"""Six digits in a row, the end of an Indian PAN, or that of a German card: every number below holds one of them."""
_SEP = "[ -]?"
_NUMBERS = (
    _number(
        "ssn|social security|itin|taxpayer identification|taxpayer id|tin",
        r"[0-9]{3}(?P<ssn>[ -]?)[0-9]{2}(?P=ssn)[0-9]{4}",
        _ssn,
    ),
    _number(
        "national insurance|nino|ni number|ni no",
        r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PQR-TW-Z][A-CEGHJ-NPQR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
        _always,
    ),
    _number("nhs", r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", _nhs),
    _number(
        "nir|sécurité sociale|securite sociale|insee|numéro de sécu|social security|carte vitale",
        r"[12] ?[0-9]{2} ?[0-9]{2} ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}",
        _nir,
    ),
    _number(
        "steuer-id|steuerid|steueridentifikationsnummer|identifikationsnummer|idnr|steuernummer|steuerliche|tax id"
        "|tax identification|tin|tax number",
        r"[1-9][0-9][ ]?[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{3}",
        _steuer_id,
    ),
    _number(
        "rentenversicherungsnummer|sozialversicherungsnummer|versicherungsnummer|rvnr|svnr|social security",
        r"[0-9]{2} ?[0-9]{6} ?[A-Z] ?[0-9]{3}",
        _insurance_number,
    ),
    _number(
        "dni|nie|nif|documento nacional|identidad|id number|national id|identity|tax id",
        r"(?:[0-9]{2}[. ]?[0-9]{3}[. ]?[0-9]{3}|[XYZ][ -]?[0-9]{7})[ -]?[A-HJ-NP-TV-Z]",
        _dni,
    ),
    _number("aadhaar|aadhar|adhaar|uidai|आधार", r"[2-9][0-9]{3}(?P<a>[ -]?)[0-9]{4}(?P=a)[0-9]{4}", verhoeff),
    _number("pan|permanent account", r"[A-Z]{3}[ABCFGHJLPT][A-Z][0-9]{4}[A-Z]", _always),
    _number("cpf|cadastro de pessoas", r"[0-9]{3}\.?[0-9]{3}\.?[0-9]{3}[ -]?[0-9]{2}", _cpf),
    _number("social insurance|sin number|sin no|sin", rf"[1-79][0-9]{{2}}{_SEP}[0-9]{{3}}{_SEP}[0-9]{{3}}", luhn),
    _number("tfn|tax file", r"[0-9]{3} ?[0-9]{3} ?[0-9]{3}", _australian),
    _number("bsn|burgerservicenummer|sofinummer|sofi-nummer", r"[0-9]{4}\.?[0-9]{2}\.?[0-9]{3}", _bsn),
    _number(
        "rijksregister|rijksregisternummer|registre national|niss|insz|national register",
        r"[0-9]{2}[.]?[0-9]{2}[.]?[0-9]{2}[ -]?[0-9]{3}[ .]?[0-9]{2}",
        _belgian,
    ),
    _number("pesel", r"[0-9]{11}", _pesel),
    _number(
        "personnummer|samordningsnummer|personal identity",
        r"(?:19|20)?[0-9]{6}[-+]?[0-9]{4}",
        lambda digits: luhn(digits[-10:]),
    ),
    _number("fødselsnummer|fodselsnummer|personnummer|national identity", r"[0-9]{6} ?[0-9]{5}", _norwegian),
    _number(
        "cpr|cpr-nummer|personnummer|cpr-nr", r"(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])[0-9]{2}-?[0-9]{4}", _always
    ),
    _number("hetu|henkilötunnus|personal identity", r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]", _hetu),
    _number("nif|contribuinte|número fiscal", r"[1-3][0-9]{2} ?[0-9]{3} ?[0-9]{3}", _portuguese),
    _number("ahv|avs|ahv-nummer|ahv-nr|numéro avs|social security", r"756\.?[0-9]{4}\.?[0-9]{4}\.?[0-9]{2}", _swiss),
    _number(
        "身份证|身份證|resident identity|id card|identity number|national id",
        r"[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-9]{2}[0-9]{3}[0-9X]",
        _chinese,
    ),
    _number("マイナンバー|個人番号|my number|individual number", r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}", _my_number),
    _number(
        "주민등록번호|주민번호|resident registration|rrn", r"[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]-[1-8][0-9]{6}", _always
    ),
    _number("curp", r"[A-Z][AEIOUX][A-Z]{2}[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9][HMX][A-Z]{5}[0-9A-Z][0-9]", _always),
    _number("kimlik|tckn|tc kimlik", r"[1-9][0-9]{10}", _turkish),
    _number("nric|fin number|singapore id|identity card", r"[STFGM][0-9]{7}[A-Z]", _nric),
    _number("south african id|rsa id|id number|identity number", r"[0-9]{6} ?[0-9]{4} ?[01][0-9] ?[0-9]", luhn),
    _number(
        "passport|reisepass|pasaporte|passeport|passaporto|护照",
        r"[A-Z]{1,2}[0-9]{6,8}|[0-9]{9}|[0-9]{2}[A-Z]{2}[0-9]{5}|[CFGHJKLMNPRTVWXYZ][0-9][CFGHJKLMNPRTVWXYZ0-9]{7}",
        _always,
    ),
    _number("personalausweis|ausweisnummer", r"[CFGHJKLMNPRTVWXYZ][0-9][CFGHJKLMNPRTVWXYZ0-9]{7}[0-9]?", _always),
    _number(
        "driver's license|driver's licence|drivers license|driving licence|driving license|driver license|führerschein",
        r"[A-Z]{1,2}[0-9]{6,13}|[A-Z]{5}[0-9]{6}[A-Z0-9]{5}",
        _always,
    ),
)
_BY_WORD: dict[str, list[_Number]] = {}
for _kind in _NUMBERS:
    for _each in _kind.words:
        if _each.isalnum() and _each[0] <= "\u2fff":
            _BY_WORD.setdefault(_each, []).append(_kind)
_BY_PHRASE = tuple((word, kind) for kind in _NUMBERS for word in kind.words if word not in _BY_WORD)
