"""The body of a pull request, read as its template: sections, and boxes in every way that people tick them.

The template and its older versions are those of the taxonomy's `.github/PULL_REQUEST_TEMPLATE.md`; bold lines are its
headings. What people delete is not there, and what they write beside it is left alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Section(StrEnum):
    """A heading of the template; the value says in plain words what belongs below it."""

    DESCRIPTION = "what the contribution adds"
    PROMPT = "the input given at the prompt"
    BEFORE = "the response from the original model"
    AFTER = "the response from the fine-tuned model"
    CHECKLIST = "the checklist"


class Item(StrEnum):
    """A box of the checklist; the value says in plain words what it promises."""

    TESTED = "tested with `ilab generate`"
    NO_ERRORS = "no errors from `ilab generate`"
    SIGNED = "commits are signed off"
    EXAMPLES = "enough seed examples"
    LINTED = "linted and prettified"
    ATTRIBUTION = "attribution.txt is there"
    NO_PII = "no personal information"
    NO_AVOIDED = "none of the topics to avoid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box of the checklist."""

    item: Item
    ticked: bool | None
    """None where what stands in it says neither yes nor no, such as `n/a`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What of the template a body holds."""

    sections: Mapping[Section, bool]
    """Those whose heading is there, in the order of the body, each with whether it is filled in."""
    boxes: tuple[Box, ...]
    words: int
    """Words of the body, beside comments and headings."""


_HEADINGS = (
    (Section.DESCRIPTION, re.compile(r"describe the (?:contribution|change)")),
    (Section.PROMPT, re.compile(r"input (?:given )?(?:at|to|for) the (?:prompt|model)")),
    (Section.AFTER, re.compile(r"response .{0,30}(?:fine-?\s?tuned|now received|trained)")),
    (Section.BEFORE, re.compile(r"response .{0,30}(?:original|was received|current|base)")),
    (Section.CHECKLIST, re.compile(r"(?:contribution|submission) checklist|^checklist")),
)
_ITEMS = (
    (Item.NO_ERRORS, re.compile(r"no (?:errors?|warnings?)|warnings? or errors?")),
    (Item.TESTED, re.compile(r"lab generate|was tested")),
    (Item.SIGNED, re.compile(r"sign(?:ed)?[- ]?off|\bdco\b")),
    (Item.EXAMPLES, re.compile(r"seed[_ ]examples|\bexamples\b")),
    (Item.LINTED, re.compile(r"\blint|prettif")),
    (Item.ATTRIBUTION, re.compile(r"attribution")),
    (Item.NO_PII, re.compile(r"\bpii\b|personal|sensitive|confidential")),
    (Item.NO_AVOIDED, re.compile(r"avoid|guidelines|does not include anything")),
)
# `- [x] text`, `* [ X]`, `1. []`, `[Yes ] text` without a dash, `\[x\]`; but no link `[text](url)`.
_BOX = re.compile(r"(?:[-*+•]|\d{1,2}[.)])?[ \t]*\\?\[(?P<mark>[^\[\]\n]{0,20}?)\\?\](?![(\[:])(?P<text>.*)", re.DOTALL)
_SIGN = re.compile(r"(?:[-*+•]|\d{1,2}[.)])?[ \t]*(?P<mark>[☐☑☒✅✔❌])(?P<text>.*)", re.DOTALL)
_YES = frozenset({
    "x", "xx", "\u0445", "\u00d7", "\u2713", "\u2714", "\u2705", "\u2611", "\u2612", "yes", "y", "ok", "done", "true",
    "v", "*", "+", "/", ":white_check_mark:", ":heavy_check_mark:",
})  # fmt: skip
_NO = frozenset({"", "no", "n", "-", "_", "false", "\u274c", "\u2717", "\u2610", ".", "todo"})
_LONGEST_LINE = 400
_LONGEST_HEADING = 120
_LONGEST = 100_000
"""Characters of a body that are read; GitHub takes 65,536."""


def parse_template(body: str) -> Template:
    """Read a body; whatever it is, time stays in proportion to it."""
    text = without_comments(body[:_LONGEST].replace("\r\n", "\n").replace("\r", "\n"))
    current: Section | None = None
    filled: dict[Section, bool] = {}
    boxes: dict[Item, Box] = {}
    words = 0
    for line in text.split("\n"):
        short = line[:_LONGEST_LINE].strip()
        heading = _heading(short)
        if heading is not None:
            current = heading
            beside = line[:_LONGEST_LINE].strip().lstrip("*_").partition("**")[2]
            filled[heading] = filled.get(heading, False) or any(map(str.isalnum, beside))
            continue
        box = _box(short)
        if box is not None:
            boxes.setdefault(box.item, box)
            continue
        substance = sum(any(map(str.isalnum, word)) for word in short.split()) if not _is_fence(short) else 0
        words += substance
        if current is not None and substance:
            filled[current] = True
    return Template(sections=filled, boxes=tuple(boxes.values()), words=words)


def without_comments(text: str) -> str:
    """Take HTML comments out, as GitHub does not show them; one that is not closed reaches to the end."""
    return "".join(_shown(text))


def _shown(text: str) -> Iterator[str]:
    at = 0
    while (start := text.find("<!--", at)) >= 0:
        yield text[at:start]
        end = text.find("-->", start + 4)
        if end < 0:
            return
        at = end + 3
    yield text[at:]


def _heading(line: str) -> Section | None:
    """Read a heading: a bold line or a Markdown heading of the template, but no sentence that has its words."""
    if not line.startswith(("**", "__", "#")) or len(line) > _LONGEST_HEADING:
        return None
    words = line.strip("*_#: \t").lower()
    return next((section for section, pattern in _HEADINGS if pattern.search(words)), None)


def _box(line: str) -> Box | None:
    found = _BOX.match(line) or _SIGN.match(line)
    if found is None:
        return None
    text = found["text"].lower()
    item = next((item for item, pattern in _ITEMS if pattern.search(text)), None)
    mark = found["mark"].replace("\ufe0f", "").replace("\u200b", "").strip().lower()
    return None if item is None else Box(item=item, ticked=True if mark in _YES else False if mark in _NO else None)


def _is_fence(line: str) -> bool:
    return line.startswith(("```", "~~~"))
