"""Text that a contributor or a model wrote, made fit to stand in a comment: it mentions, links and formats nothing."""

import html
import re
from collections.abc import Callable
from functools import lru_cache

from bot.redact import without_secrets

_SPACER = "\u200b"
_COMMENT = re.compile(r"<!--.*?(?:-->|$)|-->", re.DOTALL)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<[!?][^<>]*>")
# Controls, and marks that turn the reading direction or hide text; joiners stay, since scripts and emoji need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~!]")
_START = re.compile(r"^(?:([-+=#])|(\d{1,9})([.)]))")
_RUNS = re.compile("`+")
_SPAN = re.compile(r"(?<!`)((`+)(?!`).+?(?<!`)\2(?!`))")
# RFC 3986, section 3.2.1; people forget to encode a slash or an @ in a password. `git` is everybody's.
_USER = re.compile(r"://(?!git@)(?:[^\s/?#:@]*:[^\s]*|[^\s/?#@]*)@")
_TILDES = 3
_ENTITY_ROUNDS = 8
_BLANK = "`…`"
_AHEAD = 8
"""How many times its limit a text is looked at: enough to see that it is cut, whatever is taken out of it."""


def prose(text: str, *, limit: int = 300) -> str:
    """Give one line of literal text: entities decoded, tags and comments gone, Markdown escaped, mentions broken.

    Args:
        text: Anything.
        limit: The most characters to show, before escaping.
    """
    for _ in range(_ENTITY_ROUNDS):
        decoded = html.unescape(text[: _AHEAD * limit])
        if decoded == text:
            break
        text = decoded
    shown = shorten(_TAG.sub("", _COMMENT.sub("", clean(without_user(text)))), limit=limit)
    escaped = _SPECIAL.sub(lambda match: "\\" + match.group(), shown)
    escaped = _START.sub(lambda match: f"{match[2]}\\{match[3]}" if match[2] else f"\\{match[1]}", escaped)
    broken = re.sub("[@#]", lambda match: match.group() + _SPACER, escaped)
    return re.sub(r"(?i)(://|www(?=\.)|gh(?=-\d))", lambda match: match.group() + _SPACER, broken)


@lru_cache(maxsize=1024)
def code(text: str, *, limit: int = 80) -> str:
    """Give one line as inline code, in which nothing is a mention, a tag or an entity.

    The names of keys and places come again and again, and each is looked over for secrets.
    """
    shown = shorten(clean(without_user(text[: _AHEAD * limit])), limit=limit)
    if not shown:
        return "(empty)"
    ticks = "`" * (longest_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def without_user(text: str) -> str:
    """Take the users and passwords out of the web addresses in a text."""
    return _USER.sub("://", text) if "://" in text and "@" in text else text


def cell(text: str, *, limit: int = 200) -> str:
    """Give literal text for a table's cell: on one line, its pipes escaped; never empty."""
    return prose(text, limit=limit) or "—"


def fence(text: str, *, info: str = "", limit: int = 2_000) -> str:
    """Give a fenced block whose fence is longer than any run of backticks in it.

    What stands in it can be copied as it was: nothing is put between its characters.

    Args:
        text: Anything; its lines are kept.
        info: Language for highlighting, of our own choosing.
        limit: The most characters to show.
    """
    shown = clean(text).strip("\n")
    if len(shown) > limit:
        shown = shown[: limit - 1].rstrip() + "…"
    ticks = "`" * max(longest_run(shown) + 1, _TILDES)
    return f"{ticks}{info}\n{shown}\n{ticks}"


def markdown(text: str, *, limit: int = 1_000) -> str:
    """Put our own Markdown on one line, and break what would mention, tag or link outside its inline code.

    What strangers wrote stands in inline code already (`code`); this is the second lock on that door.
    """
    line = shorten(clean(text[: _AHEAD * limit]), limit=limit)
    parts = _SPAN.split(line)
    plain = (re.sub("[@#]", lambda match: match.group() + _SPACER, part) for part in parts[::3])
    spans = parts[1::3]
    safe = [re.sub(r"[<>\[\]!`]", lambda match: "\\" + match.group(), part).replace("&", "&amp;") for part in plain]
    return "".join(f"{text}{span}" for text, span in zip(safe, [*spans, ""], strict=True))


def without_code(text: str, is_blanked: Callable[[str], bool]) -> str:
    """Blank the inline code of our own Markdown whose text is to be blanked."""
    return _SPAN.sub(lambda span: _BLANK if is_blanked(span.group().strip("` ")) else span.group(), text)


def clean(text: str) -> str:
    """Take out secrets and characters that cannot be seen, and end lines with a line feed alone."""
    if not (text.isascii() and text.isprintable()):
        text = _INVISIBLE.sub("", re.sub("\r\n?|[\x85\u2028\u2029]", "\n", text))
    return without_secrets(text)


def shorten(text: str, *, limit: int) -> str:
    """Put text on one line of at most `limit` characters; an ellipsis says where something is left out."""
    line = " ".join(text[: 4 * limit + 4].split())
    return line if len(line) <= limit and len(text) <= 4 * limit + 4 else line[: limit - 1].rstrip() + "…"


def longest_run(text: str) -> int:
    """Count the backticks of the longest run of them."""
    return max((len(run) for run in _RUNS.findall(text)), default=0) if "`" in text else 0
