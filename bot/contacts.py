"""E-mail addresses and phone numbers: a person's, an office's, and those that stand for none."""

import re
from collections.abc import Iterable, Iterator

from bot.passages import Hit

_LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
_DOMAIN = re.compile(r"[^\W_][\w-]{0,62}(?:\.[^\W_][\w-]{0,62}){1,6}")
_HIDDEN = re.compile(
    r"(?<![\w.])[\w.+-]{1,64} ?[\[({] ?(?:at|@) ?[\])}] ?[\w-]{1,63}(?: ?[\[({] ?dot ?[\])}] ?|\.)[A-Za-z]{2,24}\b"
)
"""Addresses that are meant to be read by people alone."""
_AT_IN_BRACKETS = re.compile(r"[\[({] ?(?:at|@) ?[\])}]")
"""What each of them holds."""
_TOP_LEVEL = re.compile(r"[^\W\d_]{2,24}|xn--[a-z0-9-]{2,40}", re.IGNORECASE)

_LONGEST_LOCAL = 64
"""Characters before the @, by RFC 5321, section 4.5.3.1.1."""
_WITH_COUNTRY = 2
_SECOND_LEVELS = frozenset({"co", "com", "org", "ac", "net", "gov", "edu"})
"""Below which countries give out names, as in `example.co.uk`."""
_NOWHERE = frozenset({"test", "invalid", "example", "localhost", "local", "localdomain", "internal", "lan", "onion"})
"""Top-level domains of RFC 2606, RFC 6761 and RFC 6762, and others that lead out of no house."""
_FILES = frozenset({"png", "jpg", "jpeg", "gif", "svg", "webp", "service"})
"""What looks like a top-level domain in `icon@2x.png` and `getty@tty1.service`."""
_SYSTEM = frozenset({"git", "hg", "svn", "root", "pi", "ubuntu", "ec2-user", "core", "vagrant", "daemon", "nobody"})
"""Accounts of machines, as in `git@github.com:…`."""
_PLACEHOLDERS = frozenset({
    "user", "username", "name", "yourname", "youremail", "your", "you", "someone", "somebody", "email", "foo", "bar",
    "myname", "myemail", "firstlast", "firstnamelastname", "firstname", "lastname", "address",
})  # fmt: skip
_PLACEHOLDER_DOMAINS = frozenset({
    "abc", "xyz", "asdf", "foo", "bar", "foobar", "domain", "mydomain", "yourdomain", "somedomain", "mycompany",
    "yourcompany", "contoso", "fabrikam",
})  # fmt: skip
"""Labels below the top level that people write for none in particular, though someone owns each."""
_OFFICES = frozenset({
    "abuse", "accounts", "admin", "administrator", "announce", "billing", "bugs", "careers", "community", "compliance",
    "contact", "customercare", "customerservice", "dev", "devel", "editor", "enquiries", "events", "feedback", "hello",
    "help", "helpdesk", "hostmaster", "hr", "info", "information", "inquiries", "it", "jobs", "kontakt", "legal",
    "list", "lists", "mail", "maintainers", "marketing", "media", "news", "newsletter", "noc", "office", "orders",
    "postmaster", "press", "privacy", "procurement", "registrar", "sales", "secretary", "security", "service", "shop",
    "staff", "store", "subscribe", "support", "team", "usenet", "users", "webmaster", "welcome", "www",
})  # fmt: skip
"""Mailboxes of RFC 2142 and the like, which belong to no one person."""
_FREE_MAIL = frozenset({
    "gmail", "googlemail", "outlook", "hotmail", "live", "msn", "yahoo", "ymail", "aol", "icloud", "me", "mac", "gmx",
    "web", "proton", "protonmail", "pm", "mail", "yandex", "qq", "163", "126", "zoho", "fastmail", "t-online", "orange",
    "libero", "free", "wanadoo", "rediffmail", "naver", "hey", "tutanota",
})  # fmt: skip
"""Providers at which people hold mailboxes, whatever those are called."""

_COUNTRIES = frozenset(
    str(code)
    for first, last in (
        (7, 7), (20, 20), (27, 27), (30, 34), (36, 36), (39, 41), (43, 49), (51, 58), (60, 66), (81, 82), (84, 84),
        (86, 86), (90, 95), (98, 98), (211, 213), (216, 216), (218, 218), (220, 269), (290, 291), (297, 299),
        (350, 359), (370, 389), (420, 421), (423, 423), (500, 509), (590, 599), (670, 692), (800, 800),
        (808, 808), (850, 856), (870, 870), (878, 883), (886, 888), (960, 979), (992, 998),
    )
    for code in range(first, last + 1)
)  # fmt: skip
"""Country codes of ITU-T E.164; North America's 1 has patterns of its own."""

_GAP = r"[ ./()\u00a0\u2011\u2013-]"
_INTERNATIONAL = re.compile(rf"(?<![\w+.])(?:\+|00 ?|011[ -])\(?[2-9](?:{_GAP}{{0,3}}[0-9]){{7,14}}(?!\w)")
# No exchange begins with 0 or 1, but invented numbers such as 555-123-4567 do not know that.
_AREA, _EXCHANGE = "[2-9][0-9]{2}", "[0-9]{3}"
_NORTH_AMERICAN = re.compile(
    rf"(?<![\w.+/=-])(?:\+1[ .-]?\(?{_AREA}\)?[ .-]?{_EXCHANGE}[ .-]?[0-9]{{4}}"
    rf"|(?:1[ .-])?\({_AREA}\)[ -]?{_EXCHANGE}[ .-][0-9]{{4}}"
    rf"|(?:1([.-]))?{_AREA}([.-]){_EXCHANGE}\2[0-9]{{4}})(?![\w/=]|[.-][0-9])"
)
_NATIONAL = re.compile(rf"(?<![\w.,+/=-])\(?[0-9](?:{_GAP}{{0,2}}[0-9]){{6,12}}(?![\w/=]|[.,:-][0-9])")
_NO_PHONE = re.compile(
    r"[0-9]{4}([./-])[0-9]{1,2}\1[0-9]{1,4}|[0-9]{1,2}([./-])[0-9]{1,2}\2[0-9]{4}|[0-9]{1,3}(?: 000)+"
    r"|[12][0-9]{3} ?[-\u2013/] ?[12][0-9]{3}|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
)
"""Dates, round numbers, spans of years and IP addresses."""
_DATE = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")
_PHONE_WORD = re.compile(
    r"(?<!\w)(?:(?:tele|cell)?phones?|fax|mobile|cell|call(?:ing)?|dial|whatsapp|sms|text me|reach (?:me|us|them)"
    r"|reach (?:him|her)|tel|telefon|telefonnummer"
    r"|handy|handynummer|mobil|mobilnummer|rufnummer|tél|téléphone|teléfono|telefono"
    r"|móvil|movil|celular|cellulare|telefone|telemóvel|contact (?:no|number)|тел|телефон)(?!\w)"
    r"|电话|電話|手机|手機|전화|फ़ोन|फोन|मोबाइल",
    re.IGNORECASE,
)
_BEFORE, _AFTER = 32, 14
"""Characters before and after a number within which a word for a phone stands by it."""
_FREE_OF_CHARGE = re.compile(
    r"(?:\+?1)?(?:8(?:00|22|33|44|55|66|77|88)|900)[0-9]{7}|0(?:800|808)[0-9]*|1[38]00[0-9]{6}"
    r"|\+(?:3[1-9]|4[1-9]|64)(?:800|808)[0-9]+|\+(?:61|353)1800[0-9]+"
)
"""Numbers that only businesses and offices have, in North America, Europe and Australia; digits alone."""
_VANITY = re.compile(r"(?<![0-9])8(?:00|33|44|55|66|77|88)[ -][A-Z]{2}")
_FICTION = re.compile(r"(?:\+?1)?[2-9][0-9]{2}55501[0-9]{2}|55501[0-9]{2}")
"""Line numbers 555-0100 to 555-0199, kept for fiction by the North American Numbering Plan."""


def emails(text: str) -> Iterator[Hit]:
    """Find e-mail addresses, those of offices and of none in particular by rules of their own."""
    at = text.find("@")
    while at >= 0:
        local = _LOCAL.match(text[max(0, at - _LONGEST_LOCAL) : at][::-1])
        domain = _DOMAIN.match(text, at + 1, at + 256)
        if local is not None and domain is not None:
            name = local.group()[::-1].lstrip("'`*{|=./&#!?~-^")
            rule = _email_rule(text, at - len(name), name.lower(), domain) if name else None
            if rule is not None:
                yield Hit(rule, at - len(name), domain.end())
        at = text.find("@", at + 1)
    if _AT_IN_BRACKETS.search(text):
        for match in _HIDDEN.finditer(text):
            yield Hit("email", match.start(), match.end())


def phones(text: str, runs: Iterable[tuple[int, int]]) -> Iterator[Hit]:
    """Find phone numbers in runs of digits: international and North American ones, others beside a word for a phone."""
    for start, end in runs:
        # A plus, a bracket or a trunk code stands before the first digit, and a letter may follow the last.
        first, last = max(0, start - 2), end + 2
        for match in _INTERNATIONAL.finditer(text, first, last):
            if _is_international(text, match):
                yield from _phone(match)
        for match in _NORTH_AMERICAN.finditer(text, first, last):
            yield from _phone(match)
        for match in _NATIONAL.finditer(text, first, min(last, start + _BEFORE)):
            if not _is_no_phone(match.group().lstrip("(")) and _says_phone(text, match):
                # The digits of a number written in letters: 1-800-FLOWERS (356-9377).
                vanity = _VANITY.search(text, max(0, match.start() - _BEFORE), match.start())
                yield from _phone(match) if vanity is None else (Hit("office-phone", *match.span()),)


def _is_no_phone(number: str) -> bool:
    return _NO_PHONE.fullmatch(number) is not None or _DATE.search(number) is not None


def _phone(match: re.Match[str]) -> Iterator[Hit]:
    digits = "".join(character for character in match.group() if character in "+0123456789")
    if not _FICTION.fullmatch(digits):
        yield Hit("office-phone" if _FREE_OF_CHARGE.fullmatch(digits) else "phone", *match.span())


def _says_phone(text: str, match: re.Match[str]) -> bool:
    start, end = match.span()
    before = _PHONE_WORD.search(text, max(0, start - _BEFORE), start)
    return before is not None or _PHONE_WORD.search(text, end, end + _AFTER) is not None


def _is_international(text: str, match: re.Match[str]) -> bool:
    """Tell whether a number begins with a country's code and is grouped as people group phone numbers."""
    number = match.group()
    body = number.lstrip("+") if number[0] == "+" else re.sub("^(?:00|011)[ -]?", "", number)
    groups = [group for group in re.split("[^0-9]+", body.replace("(0)", "")) if group]
    digits = "".join(groups)
    if not any(digits[:size] in _COUNTRIES for size in (1, 2, 3)):
        return False
    if number[0] != "+" and not _says_phone(text, match):
        return False
    # The first two groups may be a code and an area of one digit: +33 1 23 45 67 89.
    return all(len(group) > 1 for group in groups[2:]) and len(digits) >= (10 if len(groups) == 1 else 9)


def _email_rule(text: str, start: int, name: str, domain: re.Match[str]) -> str | None:
    """Give the rule that an address falls under, or None if it leads to nobody."""
    labels = domain.group().lower().split(".")
    if not _is_address(text, start, domain, labels[-1]) or _is_nobody(name, labels):
        return None
    owner = labels[-3] if len(labels) > _WITH_COUNTRY and labels[-2] in _SECOND_LEVELS else labels[-2]
    if re.sub(r"[^a-z]", "", name) in _PLACEHOLDERS or owner in _PLACEHOLDER_DOMAINS:
        return "placeholder-email"
    if owner not in _FREE_MAIL and not _OFFICES.isdisjoint(re.split(r"[._+-]", name)):
        return "office-email"
    return "email"


def _is_address(text: str, start: int, domain: re.Match[str], top_level: str) -> bool:
    if not _TOP_LEVEL.fullmatch(top_level) or text[domain.end() : domain.end() + 1] in {"(", "@"}:
        return False
    before = text[max(0, start - 1) : start]
    # What stands before the @ of a URL is a user with a password: the check of secrets says so.
    return before != "@" and not (before in {":", "/"} and "://" in text[max(0, start - _LONGEST_LOCAL) : start])


def _is_nobody(name: str, labels: list[str]) -> bool:
    plain = re.sub(r"[._-]", "", name)
    return (
        labels[-1] in _NOWHERE | _FILES
        or "example" in labels
        or "noreply" in labels
        or "noreply" in plain
        or "donotreply" in plain
        or name in _SYSTEM
    )
