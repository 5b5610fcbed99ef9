"""Where people and machines are found: street addresses, IP addresses, and persons named to be written to or called."""

import re
from collections.abc import Iterator
from ipaddress import ip_address

from bot.passages import Hit, regions

_WORD = r"[^\W\d_a-z][\w'.-]{0,30}"
"""A word with a capital letter, or of a script or an accent that the English alphabet lacks."""
_HOUSE = r"[0-9]{1,4}(?: ?[A-Za-z])?(?:[-/][0-9]{1,4})?"
_KINDS = (
    "street|st|avenue|ave|road|rd|drive|dr|lane|ln|boulevard|blvd|court|ct|place|pl|way|terrace|circle|cir|parkway|pkwy"
    "|square|sq|highway|hwy|close|crescent|gardens|grove|mews|row|trail|loop|marg|nagar|salai"
)
_STREET = re.compile(
    # 12 Elm Street, 1600 N. Fifth Ave.
    r"(?<![\w.,])[0-9]{1,5}[A-Za-z]?(?:-[0-9]{1,4})?,? (?:[NSEW]{1,2}\.? )?"
    rf"(?:{_WORD}|[0-9]{{1,3}}(?:st|nd|rd|th))"
    rf"(?: {_WORD}){{0,2}} (?i:{_KINDS})(?!\w)"
    # 12 bis, rue de la Paix
    r"|(?<![\w.,])[0-9]{1,4}(?: ?(?:bis|ter))?,? (?i:rue|avenue|boulevard|place|chemin|impasse|allée|quai|route|cours)"
    r"(?: [\w'.-]{1,30}){1,5}"
    # Calle Mayor 12, Via Roma, 8, Rua Augusta, 1500, ul. Polna 3
    r"|(?<!\w)(?i:calle|c/|avenida|avda\.|plaza|paseo|via|viale|piazza|corso|largo|rua|av\.|travessa|praça|ul\.|ulica)"
    rf"(?: [\w'.-]{{1,30}}){{1,5}}?,? (?:n[.º°]? ?)?{_HOUSE}(?!\w)"
)
_COMPOUND = re.compile(
    r"(?i:straße|strasse|str\.|weg|platz|allee|gasse|ring|damm|ufer|laan|straat|plein|gracht|gatan|vägen|gade|vej|katu"
    rf"|veien) {_HOUSE}(?!\w)"
)
"""Endings of names of streets in German, Dutch and the languages of the North, which the house number follows."""
# A pattern that begins with one class of characters is searched several times as fast: what must not stand before is
# asked for behind the first character.
_POSTCODE = re.compile(
    r"[0-9A-Z](?<![\w.,/#$€£+-].)(?:"
    r"(?<=[0-9])(?:[0-9]{4}(?:-[0-9]{3,4})?|[0-9]{3}(?:(?=,? [^\W\d_a-z])|-[0-9]{3})"
    r"|[0-9]{2} ?[0-9]{2,3}(?= [^\W\d_a-z])|[0-9]-[0-9]{3}|[0-9]{5})"
    r"|(?<=[A-Z])(?:[A-Z]?[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[0-9][A-Z] ?[0-9][A-Z][0-9]|[A-Z]{1,2},? [0-9]{4}))(?![\w%])"
)
"""Of the United States, most of Europe, Brazil, Poland, India, China; the United Kingdom, Canada, Australia."""
_AWAY = 70
"""Characters between a street and its postcode."""
_HOME = re.compile(
    r"(?<!\w)(?:lives?|living|lived|resid(?:es?|ing|ence|ent)|home|house|address(?:es)?|mail(?:ing)?|ship(?:ping|ped)?"
    r"|deliver(?:y|ed)?|contact|apartment|apt|flat|send|visit me|find me|moved|my place|wohnt|wohne|wohnhaft|anschrift"
    r"|adresse|habite|domicile|demeurant|vivo|vive|domicilio|dirección|direccion|abita|abito|residente|indirizzo|mora"
    r"|moro|endereço|woont|adres|bor|adress|zamieszkał[ay]?|住所|地址|주소|पता)(?!\w)",
    re.IGNORECASE,
)
_NAMED = re.compile(rf"(?:[^\W\d_]+\. )?{_WORD} (?:[A-Z]\.? )?{_WORD}")
"""A line, or a clause, that is no more than a name: what stands above a street in an address."""
_OFFICE = re.compile(
    r"(?<!\w)(?:inc|llc|ltd|limited|gmbh|ag|corp|corporation|company|co|department|division|dept|office|university"
    r"|college|school|bank|agency|service|services|ministry|museum|hospital|church|library|hotel|restaurant|institute"
    r"|airport|station|stadium|theat(?:er|re)|airport|station|stadium|foundation|association|society|court|embassy|center|centre|headquarters|hq|store|shop|committee|council)(?!\w)",
    re.IGNORECASE,
)

_CONTACT_STEMS = (
    "ontact", "ONTACT", "all ", "mail", "hone ", "hone:", "each ", "peak to ", "peak with ", "sk for ", "rite to ",
    "ttn", "ttention:", "nsprechpartner", "ontakt", "ontatto",
)  # fmt: skip
"""Words that ask to write or to call, without their first letter."""
_CONTACT = re.compile(
    r"(?<!\w)[CcEePpRrSsAaWwK-](?:ontact|ONTACT|all|mail|hone|each(?: out to)?|peak (?:to|with)|sk for|rite to|ttn\.?"
    r"|ttention|nsprechpartner(?:in)?|ontakt|ontacto|ontatto):? "
    rf"(?P<title>(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Mme|Sra?|Sig)\.? )?(?P<name>{_WORD}(?: {_WORD}){{0,2}})"
    r"(?P<how>,? (?:at|on|by (?:phone|e-?mail)|under|via|tel|phone|mobile|ext)(?!\w)| ?\()?"
)

_IPV4 = re.compile(r"[0-9](?<![\w.-].)[0-9]{0,2}\.(?:[0-9]{1,3}\.){2}[0-9]{1,3}(?![\w-]|\.[0-9])")
_COLONS = re.compile(r":[0-9A-Fa-f]{0,4}:")
_IPV6 = re.compile(r"[0-9A-Fa-f](?<![\w:.].)[0-9A-Fa-f]{0,3}(?::[0-9A-Fa-f]{0,4}){3,7}(?![\w:])")
_MADE_UP = "1.2.3.4"
"""The address that everyone writes who needs one."""
_HOST_WORD = re.compile(
    r"(?<!\w)(?:ips?|ipv4|address(?:es)?|addr|hosts?|servers?|ping|dns|gateway|subnet|ssh|https?)(?!\w)", re.IGNORECASE
)
_LARGEST_VERSION = 32
"""Below this, four numbers with dots between them may as well be a program's version."""


def street_addresses(text: str) -> Iterator[Hit]:
    """Find streets with number and postcode: of a person where something says who lives there, else of anybody."""
    for start, end in regions(text, _POSTCODE, before=_AWAY + 60, after=0):
        for pattern in (_STREET, _COMPOUND):
            for match in pattern.finditer(text, start, end):
                postcode = _POSTCODE.search(text, match.end(), match.end() + _AWAY)
                if postcode is not None:
                    yield Hit(_address_rule(text, match), match.start(), postcode.end())


def _address_rule(text: str, street: re.Match[str]) -> str:
    before = text[max(0, street.start() - 100) : street.start()]
    after = text[street.end() : street.end() + 100]
    private = _HOME.search(before) or _HOME.search(after) or _NAMED.fullmatch(_clause(before))
    return "private-address" if private and not _OFFICE.search(before[-80:]) else "address"


def _clause(before: str) -> str:
    """Give the last clause or line of what stands before a street."""
    return re.split(r"[\n:;,(>\"]|\. ", before.rstrip(" \n,"))[-1].strip()


def persons(text: str) -> Iterator[Hit]:
    """Find persons who are named as the ones to write to or to call."""
    for stem in _CONTACT_STEMS:
        at = text.find(stem, 1)
        while at >= 0:
            match = _CONTACT.match(text, at - 1)
            if match is not None and _is_named(match):
                yield Hit("person", match.start("name"), match.end("name"))
            at = text.find(stem, at + len(stem))


def _is_named(match: re.Match[str]) -> bool:
    """Tell whether a person is named, and no company: by a title, or by what follows two names."""
    named = match["title"] is not None or (match["how"] is not None and " " in match["name"])
    return named and _OFFICE.search(match["name"]) is None


def public_ips(text: str) -> Iterator[Hit]:
    """Find IP addresses that the whole Internet can reach; documentation, private and reserved ones are none."""
    for match in _IPV4.finditer(text):
        small = all(int(part) < _LARGEST_VERSION for part in match.group().split("."))
        told = not small or _HOST_WORD.search(text, max(0, match.start() - 40), match.start()) is not None
        if told and _is_public(match.group()):
            yield Hit("public-ip", match.start(), match.end())
    for match in _IPV6.finditer(text) if _COLONS.search(text) else ():
        if _is_public(match.group()):
            yield Hit("public-ip", match.start(), match.end())


def _is_public(address: str) -> bool:
    try:
        return address != _MADE_UP and ip_address(address).is_global and not ip_address(address).is_multicast
    except ValueError:
        return False
