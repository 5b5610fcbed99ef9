"""What people get wrong in YAML: from the parser's complaint to the usual cause, the line it is on, and its mend."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.neutralise import code
from schemas.safe_yaml import Cause, UnreadableYaml

RULES = {
    "text-after-block-mark": "text stands on the line of `|` or `>`",
    "text-not-indented": "the text of a key is not indented",
    "first-line-deeper": "the first line of a text is indented further than a later one",
    "tab": "a tab indents a line",
    "colon-in-text": "a colon and a space in a text start a new key",
    "text-after-quote": "a quotation ends before its text does",
    "quote-not-closed": "a quotation does not end",
    "bad-escape": "a backslash in double quotes begins no escape",
    "reserved-character": "a text begins with a character that YAML keeps for itself",
    "unreadable-value": "a text looks like a date or a number that does not exist",
    "key-not-aligned": "a key is not aligned with the others of its group",
    "list-without-key": "a list stands where a key is missing",
    "two-documents": "`---` starts a second document",
    "not-yaml": "a line cannot be read as YAML",
}
"""What is wrong, by rule."""

# `- answer: text`: the dashes and spaces before the key, the key, and what follows the colon.
_KEY = re.compile(r"(?P<lead> *(?:- +)*)(?P<key>[A-Za-z_][\w-]*):(?:[ \t]+(?P<value>\S.*))?$")
_BLOCK = re.compile(r"(?P<mark>[|>][-+]?[1-9]?[-+]?)(?:[ \t]+#.*)?$")
_BLOCK_TEXT = re.compile(r"(?P<mark>[|>][-+]?)[ \t]*(?P<text>[^\s|>+#-].*)$")
_RESERVED = "@`%*&!?[]{},=|>\"'#-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One mistake with its cause."""

    rule: str
    line: int
    column: int
    message: str
    first: int = 0
    last: int = 0
    """Lines that the mend replaces, from 1."""
    mended: tuple[str, ...] = ()
    """The lines to put there; empty where a machine cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The text as mended so far, and where the parser stopped; lines count from 0 here."""

    lines: tuple[str, ...]
    error: UnreadableYaml

    @property
    def at(self) -> int:
        """Number of the line where the parser stopped."""
        return min(self.error.position.line, len(self.lines)) - 1

    @property
    def line(self) -> str:
        """The line where the parser stopped."""
        return self.lines[self.at]

    def slip(self, rule: str, message: str, at: int, *, last: int | None = None, mended: tuple[str, ...] = ()) -> Slip:
        """Make a slip on a line of the text, whose mend replaces that line, or those up to `last`."""
        column = self.error.position.column if at == self.at else _indent(self.lines[at]) + 1
        end = at if last is None else last
        return Slip(rule=rule, line=at + 1, column=column, message=message, first=at + 1, last=end + 1, mended=mended)


def explain(case: Case) -> Slip:
    """Name the slip that a text did not parse for: the usual cause, or else the parser's own words."""
    for diagnose in _DIAGNOSES:
        slip = diagnose(case)
        if slip is not None:
            return slip
    return case.slip(
        "not-yaml",
        f"This line cannot be read as YAML: {case.error.problem}. Compare its indentation, quotes and colons with the "
        "lines around it.",
        case.at,
    )


def _text_after_mark(case: Case) -> Slip | None:
    match = _key(case.line)
    inline = _BLOCK_TEXT.match(match["value"] or "") if match else None
    if match is None or inline is None:
        return None
    column = len(match["lead"])
    following = next((line for line in case.lines[case.at + 1 :] if line.strip()), "")
    indent = _indent(following) if _indent(following) > column else column + 2
    mended = (f"{match['lead']}{match['key']}: {inline['mark']}", " " * indent + inline["text"])
    return case.slip(
        "text-after-block-mark",
        f"Text stands on the line of {code(match['key'] + ': ' + inline['mark'])}. Start it on the next line, "
        "two spaces further in.",
        case.at,
        mended=mended,
    )


def _text_not_indented(case: Case) -> Slip | None:
    for at in dict.fromkeys((case.error.context.line - 1 if case.error.context else case.at, case.at)):
        mark = _block_above(case.lines, at)
        if mark is None:
            continue
        above, column = mark
        texts = [number for number in range(above + 1, at + 1) if case.lines[number].strip()]
        start = next((number for number in texts if _indent(case.lines[number]) <= column), None)
        if start is None:
            continue
        wanted = column + 2 if start == texts[0] else _indent(case.lines[texts[0]])
        end = start
        while end < len(case.lines) and not _starts_key(case.lines[end], column):
            end += 1
        block = case.lines[start:end]
        shift = wanted - min((_indent(line) for line in block if line.strip()), default=0)
        if shift <= 0:
            continue
        mended = tuple(" " * shift + line if line.strip() else "" for line in block)
        message = (
            "This text belongs to the key above it, but is not indented. Move it two spaces further in than the key."
        )
        return case.slip("text-not-indented", message, start, last=end - 1, mended=mended)
    return None


def _first_line_deeper(case: Case) -> Slip | None:
    mark = _block_above(case.lines, case.at)
    if mark is None:
        return None
    above, column = mark
    start = next((n for n in range(above + 1, case.at) if case.lines[n].strip()), case.at)
    if not column < _indent(case.line) < _indent(case.lines[start]):
        return None
    end = start
    while end < len(case.lines) and not (case.lines[end].strip() and _indent(case.lines[end]) <= column):
        end += 1
    least = min(_indent(line) for line in case.lines[start:end] if line.strip())
    head = re.sub(r"([|>])[-+1-9]*", rf"\g<1>{least - column}", case.lines[above])
    message = (
        "The first line of this text is indented further than a later one, so YAML takes its indentation for the whole "
        f"text's. Say how far the text is indented: {code(head.strip())}."
    )
    return case.slip("first-line-deeper", message, above, mended=(head,))


def _tab(case: Case) -> Slip | None:
    lead = re.match(r"[ -]*\t[ \t]*", case.line)
    if lead is None:
        return None
    rest = case.line[lead.end() :]
    indent = lead.group().expandtabs(2)
    above = next((line for line in reversed(case.lines[: case.at]) if line.strip()), "")
    key = _key(above)
    if not indent.strip():  # blanks alone: as far in as the line above says
        deeper = key is not None and _BLOCK.fullmatch(key["value"] or "")
        column = _indent(above) if key is None else len(key["lead"])
        indent = " " * (column + 2 * bool(deeper))
    return case.slip("tab", "This line is indented by a tab; YAML wants spaces.", case.at, mended=(indent + rest,))


def _stray_value(case: Case) -> Slip | None:
    """A value that reads as something else: a colon in it, a quotation that ends too soon, a reserved character."""
    starts = dict.fromkeys((case.at, case.error.context.line - 1 if case.error.context else case.at))
    for at in starts:
        key_at = _key_line(case.lines, at)
        match = _key(case.lines[key_at]) if key_at is not None else None
        if key_at is None or match is None or not match["value"] or _BLOCK.fullmatch(match["value"]):
            continue
        column, end = len(match["lead"]), key_at + 1
        while end < len(case.lines) and case.lines[end].strip() and _indent(case.lines[end]) > column:
            end += 1
        value = " ".join([match["value"], *(line.strip() for line in case.lines[key_at + 1 : end])])
        told = _stray(case, value)
        if told is not None:
            rule, message, text = told
            head = f"{match['lead']}{match['key']}: "
            mended = () if text is None else (head + json.dumps(text, ensure_ascii=False),)
            return case.slip(rule, message, key_at, last=end - 1, mended=mended)
    return None


def _stray(case: Case, value: str) -> tuple[str, str, str | None] | None:
    """Give the rule, the message, and the text that was meant, if that is sure."""
    problem = case.error.problem
    if value[0] in "\"'":
        return _stray_quote(problem, value)
    if value[0] in _RESERVED:
        return "reserved-character", f"A text cannot begin with {code(value[0])}. Put it in double quotes.", value
    if "mapping values" in problem and ": " in f"{value} ":
        message = "A colon and a space inside a text start a new key. Put the text in double quotes."
        return "colon-in-text", message, value
    if case.error.cause is Cause.VALUE:
        return "unreadable-value", f"YAML takes {code(value)} for a date or a number. Put it in double quotes.", value
    return None


def _stray_quote(problem: str, value: str) -> tuple[str, str, str | None]:
    if "escape" in problem:
        message = "Inside double quotes a backslash begins an escape. Write it twice, or use `|` and a new line."
        return "bad-escape", message, None
    after = 'The quotation ends before the text does. Inside double quotes write `\\"` for a quotation mark.'
    if "end of stream" not in problem and value[-1] != value[0] and f"{value[0]} " in value[1:]:
        return "text-after-quote", after, value
    if "end of stream" in problem or len(value) == 1 or value[-1] != value[0]:
        message = "The quotation that begins here does not end where the text does. Use `|` and a new line instead."
        return "quote-not-closed", message, None
    message = 'The quotation ends before the text does. Inside double quotes write `\\"` for a quotation mark.'
    return "text-after-quote", message, value[1:-1]


def _key_not_aligned(case: Case) -> Slip | None:
    match = _key(case.line)
    if match is None or "-" in match["lead"]:
        return None
    indent = len(match["lead"])
    for at in range(case.at - 1, -1, -1):
        item = _key(case.lines[at])
        if item is None or "-" not in item["lead"] or item["lead"].index("-") != indent:
            continue
        end = case.at + 1
        while end < len(case.lines) and (not case.lines[end].strip() or _indent(case.lines[end]) > indent):
            end += 1
        mended = tuple(f"  {line}" if line.strip() else line for line in case.lines[case.at : end])
        message = f"{code(match['key'])} belongs to the list item above: indent it as far as {code(item['key'])} there."
        return case.slip("key-not-aligned", message, case.at, last=end - 1, mended=mended)
    return None


def _list_without_key(case: Case) -> Slip | None:
    match = re.match(r"(?P<lead> *)- ", case.line)
    above = _key(case.lines[case.at - 1]) if case.at else None
    if match is None or above is None or not above["value"] or _BLOCK.fullmatch(above["value"]):
        return None
    if "-" in above["lead"] or len(above["lead"]) > len(match["lead"]):
        return None
    message = "A list begins here, but the key above it has a value already. "
    if any(line.startswith("seed_examples:") for line in case.lines):
        return case.slip("list-without-key", f"{message}Delete the value.", case.at)
    message += "Add a line `seed_examples:` before the list."
    return case.slip("list-without-key", message, case.at, mended=("seed_examples:", case.line))


def _second_document(case: Case) -> Slip | None:
    if case.error.cause is not Cause.DOCUMENTS:
        return None
    return case.slip("two-documents", "`---` starts a second document here. Delete this line.", case.at)


_DIAGNOSES: tuple[Callable[[Case], Slip | None], ...] = (
    _second_document,
    _tab,
    _list_without_key,
    _text_after_mark,
    _text_not_indented,
    _first_line_deeper,
    _stray_value,
    _key_not_aligned,
)


def _key(line: str) -> re.Match[str] | None:
    return _KEY.match(line.rstrip())


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _starts_key(line: str, column: int) -> bool:
    match = _key(line)
    return match is not None and len(match["lead"]) <= column and " " not in match["key"]


def _block_above(lines: tuple[str, ...], at: int) -> tuple[int, int] | None:
    """Find the nearest `key: |` above a line, with the key's column; None where another key stands between."""
    for number in range(min(at, len(lines)) - 1, -1, -1):
        match = _key(lines[number])
        if match is None:
            continue
        return (number, len(match["lead"])) if _BLOCK.fullmatch(match["value"] or "") else None
    return None


def _key_line(lines: tuple[str, ...], at: int) -> int | None:
    """Find the line with the key that a line's text belongs to."""
    return next((number for number in range(at, -1, -1) if _key(lines[number])), None)
