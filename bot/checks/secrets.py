"""Whether a contribution gives away a key, a token or a password; what it gives away is never repeated."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice

from bot.check import Rules, check
from bot.facts import PullRequestFacts
from bot.findings import Finding, Level
from bot.passages import MAX_HITS, MAX_PER_RULE, Hit, allowed, distinct, is_allowed, passages, told, unread
from bot.tokens import is_random, long_runs, private_keys, vendor_tokens

RULES: Rules = {
    "private-key": (Level.ERROR, "a private key stands in the text"),
    "vendor-token": (Level.ERROR, "a key or token of a known vendor stands in the text"),
    "url-password": (Level.ERROR, "an address on the web holds a password"),
    "made-up-url-password": (Level.WARNING, "an address on the web holds a password that looks made up"),
    "private-key-header": (Level.WARNING, "a private key's first line stands in the text, without the key"),
    "maybe-secret": (Level.WARNING, "text that looks random stands near a word for a secret"),
    "unread": (Level.WARNING, "a file was not read, so that nobody knows what it gives away"),
}
_REVOKE = "Whoever reads this pull request can use it, also once it is deleted: revoke it first, then delete it here."
_ADVICE = {
    "private-key": f"A private key stands here. {_REVOKE}",
    "vendor-token": f"A {{kind}} key or token stands here. {_REVOKE}",
    "url-password": f"This address holds a password. {_REVOKE}",
    "made-up-url-password": "This address holds a password. If it is a real one, revoke it; else write `<password>`.",
    "private-key-header": "A private key seems to begin here. If it does, revoke it; if it is an example, say `<key>`.",
    "maybe-secret": "This looks like a password or token. If it is one, revoke it; if it is made up, write `<secret>`.",
}
_UNREAD = (
    "This file is too large, or one of too many, so it was not looked through. Make it smaller, or see for yourself "
    "that nothing in it is secret or private."
)
_ORDER = tuple(RULES)

# RFC 3986, section 3.2.1: a user and a password before the host.
_USERINFO = re.compile(r"://[^\s/:@'\"<>`|]{0,64}:([^\s/@'\"<>`|]{1,128})@[\w\[]")
_OPEN = re.compile(r"[\[{(<$].*|%\w+%|[*.xX_-]+")
"""What stands for a password to be filled in: `${PASSWORD}`, `****`, `xxxx`."""
_MADE_UP = re.compile(
    r"(?:my|your|the|some)?[_-]?(?:user)?[_-]?(?:pass(?:word|wd|phrase)?|pwd|pw|secret|token|credentials?)"
    r"|(?:aws[_-])?(?:secret[_-])?(?:access[_-])?key|changeme|foo|bar|test|example|guest|admin|root|postgres|user(?:name)?",
    re.IGNORECASE,
)
_STEMS = (
    "password", "passwd", "passphrase", "passcode", "passwort", "pwd", "secret", "token", "credential", "bearer",
    "kennwort", "contraseña", "senha", "mot de passe", "key",
)  # fmt: skip
_KEY_OF = re.compile(r"(?:api|access|auth|secret|private|encryption|signing|account|licen[cs]e)[ _-]?$")
"""What stands before `key` where it opens more than a door, a map or a song."""
_ASSIGNED = re.compile(r"\w{0,12}[\"'`]?(?: is| ist| est| es)?\s{0,2}(?:[:=]>?|:=)?\s{0,2}[\"'`]?([^\s\"'`,;|]{8,64})")
_BEFORE = 60
"""Characters before a random text in which a word for a secret stands near it."""
_PIECE = re.compile(r"[A-Za-z0-9+/_-]{20,200}={0,2}")
_SYMBOLS = frozenset("!@#$%^&*?+~")


@check
def secrets(facts: PullRequestFacts) -> Iterator[Finding]:
    """Look for private keys, vendors' tokens, and passwords."""
    known = allowed(facts.config.secrets.allow)
    for passage in passages(facts):
        hits = (hit for hit in distinct(_hits(passage.text), order=_ORDER) if not is_allowed(passage, hit, known))
        yield from told(passage, hits, rules=RULES, advice=_ADVICE)
    for path in islice(unread(facts), MAX_PER_RULE):
        yield Finding(rule="unread", level=RULES["unread"][0], path=path, message=_UNREAD)


def _hits(text: str) -> Iterator[Hit]:
    runs = long_runs(text)
    yield from islice(private_keys(text), MAX_HITS)
    yield from islice(vendor_tokens(text, runs), MAX_HITS)
    yield from islice(_url_passwords(text), MAX_HITS)
    words = tuple(_secret_words(text))
    if words:
        yield from islice(_random_texts(text, runs, words), MAX_HITS)
        yield from islice(_assigned(text, words), MAX_HITS)


def _secret_words(text: str) -> Iterator[int]:
    """Give where each word for a secret ends."""
    lowered = text.lower()
    if len(lowered) != len(text):  # some capitals have two small letters; places would shift
        lowered = text
    for stem in _STEMS:
        at = lowered.find(stem)
        while at >= 0:
            if stem != "key" or _KEY_OF.search(lowered, max(0, at - 12), at):
                yield at + len(stem)
            at = lowered.find(stem, at + len(stem))


def _url_passwords(text: str) -> Iterator[Hit]:
    for match in _USERINFO.finditer(text):
        if _OPEN.fullmatch(match[1]) is None:
            made_up = _MADE_UP.fullmatch(match[1]) is not None
            yield Hit("made-up-url-password" if made_up else "url-password", match.start(1), match.end(1))


def _random_texts(text: str, runs: Iterable[tuple[int, int]], words: Iterable[int]) -> Iterator[Hit]:
    ends = sorted(words)
    for run in runs:
        if text.find("://", *run) >= 0:
            continue
        for match in _PIECE.finditer(text, *run):
            last = bisect_right(ends, match.start())
            near = last > 0 and match.start() - ends[last - 1] <= _BEFORE
            if near and is_random(match.group().rstrip("=")):
                yield Hit("maybe-secret", match.start(), match.end())


def _assigned(text: str, words: Iterable[int]) -> Iterator[Hit]:
    for end in words:
        match = _ASSIGNED.match(text, end)
        if match is not None and _is_strong(match[1]):
            yield Hit("maybe-secret", match.start(1), match.end(1))


def _is_strong(text: str) -> bool:
    """Tell whether a text is a password as rules for passwords want them, and no call or template of a program."""
    if _OPEN.fullmatch(text) or not any(map(str.isdigit, text)) or set(text) & set("()<>{}[]/\\"):
        return False
    classes = sum(any(map(test, text)) for test in (str.isupper, str.islower, _SYMBOLS.__contains__))
    return classes > 1
