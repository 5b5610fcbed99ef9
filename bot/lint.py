"""What yamllint says of a text under upstream's configuration, in our words and with the line numbers of Git."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]  # ships no types

from bot.lint_tokens import problems
from schemas.safe_yaml import Position

CONFIGURATION = "{extends: relaxed, rules: {line-length: disable, key-duplicates: disable}}"
"""Upstream's yamllint configuration, less the rule on duplicate keys: it takes quadratic time, and we have our own."""

ERRORS = {
    "trailing-spaces": "a line ends in spaces",
    "new-line-at-end-of-file": "the last line is not ended",
    "anchors": "an anchor or an alias is of no use, or stands twice",
    "syntax": "yamllint cannot read the file",
}
WARNINGS = {
    "empty-lines": "there are more blank lines than needed",
    "hyphens": "more than one space follows a hyphen",
    "colons": "a colon has a space before it, or more than one after it",
    "commas": "a comma has a space before it, or none or several after it",
    "braces": "there are too many spaces inside braces",
    "brackets": "there are too many spaces inside brackets",
    "indentation": "a line is not indented like its neighbours",
}

_FLOW = ("anchors", "braces", "brackets", "commas")
_BLOCKS = CONFIGURATION.replace("}}", "".join(f", {rule}: disable" for rule in _FLOW) + "}}")
_ADVICE = {
    "trailing-spaces": "Delete the spaces at the end of this line.",
    "new-line-at-end-of-file": "End the file with a line break: press Enter at the end of the last line.",
    "empty-lines": "Delete the surplus blank lines.",
    "hyphens": "Put one space after the hyphen, not more.",
    "colons": "Put no space before a colon, and one after it.",
    "indentation": "Indent this line like its neighbours on the same level.",
}
_LINE_END = re.compile("\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that yamllint says."""

    rule: str
    error: bool
    position: Position
    message: str


def lint(text: str) -> Iterator[Fault]:
    """Lint a text as upstream does, which takes every carriage return for a line end, or for a part of one."""
    lines = _lines_of(text) if "\r" in text else None
    plain = _LINE_END.sub("\n", text) if lines else text
    for problem in problems(plain, configuration=_configuration(), blocks=_configuration(_BLOCKS)):
        rule = problem.rule or "syntax"
        yield Fault(
            rule=rule,
            error=problem.level == "error",
            position=Position(line=lines[problem.line - 1] if lines else problem.line, column=problem.column),
            message=advice(rule) or f"{problem.desc[:1].upper()}{problem.desc[1:]}.",
        )


def advice(rule: str) -> str:
    """Say what to do about a fault; empty where yamllint's own words say it best."""
    return _ADVICE.get(rule, "")


def _lines_of(text: str) -> list[int]:
    """Give for each line as yamllint counts them the line as Git does."""
    lines = [1]
    for match in _LINE_END.finditer(text):
        lines.append(lines[-1] + match.group().endswith("\n"))
    return lines


@cache
def _configuration(text: str = CONFIGURATION) -> YamlLintConfig:
    return YamlLintConfig(text)
