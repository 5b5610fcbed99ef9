"""YAML tokens for yamllint, from libyaml where it and PyYAML's own scanner read a text alike: a tenth of the time.

yamllint scans every text twice in Python: for its syntax, and for its rules. A text that libyaml reads, and that uses
only what both scanners are known to read alike, has the same syntax and the same tokens in both (a test holds them
against each other over mutated texts); only then is libyaml's word taken.
"""

import re
from collections.abc import Iterator
from typing import Self

import yaml
from yamllint import linter, parser  # type: ignore[import-untyped]  # ships no types
from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]  # ships no types

# What the two scanners read differently: tabs between tokens, line ends beyond the line feed, byte order marks, and a
# comment that touches the header of a block scalar. Directives as well, and yamllint's own order to look away.
_ODD = re.compile(r"[\t\r\x85\u2028\u2029\ufeff]|[|>][-+0-9]*#|^%|^# *yamllint", re.MULTILINE)
_ALIKE = (
    yaml.StreamStartToken,
    yaml.StreamEndToken,
    yaml.DocumentStartToken,
    yaml.DocumentEndToken,
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.BlockEntryToken,
    yaml.BlockEndToken,
    yaml.KeyToken,
    yaml.ValueToken,
    yaml.ScalarToken,
)


def problems(text: str, *, configuration: YamlLintConfig, blocks: YamlLintConfig) -> Iterator[linter.LintProblem]:
    """Lint a text that libyaml can read, as `yamllint.linter.run` does.

    Args:
        text: The text.
        configuration: The rules.
        blocks: The rules less those that find something in flow collections, anchors and aliases alone.
    """
    tokens = _tokens(text)
    if tokens is None:
        return iter(linter.run(text, configuration))
    return iter(linter.get_cosmetic_problems(_Scanned(text, tokens), blocks, None))


class _Scanned(str):
    """A text that carries its tokens to where yamllint would scan it."""

    __slots__ = ("tokens",)
    tokens: list[yaml.Token]

    def __new__(cls, text: str, tokens: list[yaml.Token]) -> Self:
        scanned = super().__new__(cls, text)
        scanned.tokens = tokens
        return scanned


class _Loader:
    """Hands out tokens as PyYAML's scanner does."""

    def __init__(self, tokens: list[yaml.Token]) -> None:
        self._tokens = iter(tokens)
        self._next = next(self._tokens, None)

    def get_token(self) -> yaml.Token | None:
        """Give the next token, or None behind the last one."""
        token, self._next = self._next, next(self._tokens, None)
        return token

    def peek_token(self) -> yaml.Token | None:
        """Look at the next token."""
        return self._next

    def check_token(self) -> bool:
        """Tell whether there is a next token."""
        return self._next is not None


class _Yaml:
    """What yamllint's parser asks of the module `yaml`, with the tokens of a scanned text in place of a scanner."""

    scanner = yaml.scanner
    StreamStartToken = yaml.StreamStartToken
    StreamEndToken = yaml.StreamEndToken

    @staticmethod
    def BaseLoader(text: str) -> _Loader | yaml.BaseLoader:  # noqa: N802 - the name of the class it stands for
        """Give the tokens of a text that was scanned already, or PyYAML's scanner."""
        return _Loader(text.tokens) if isinstance(text, _Scanned) else yaml.BaseLoader(text)


parser.yaml = _Yaml  # yamllint has no other door; what is no text of ours goes the way it went


def _tokens(text: str) -> list[yaml.Token] | None:
    """Scan a text with libyaml; None where PyYAML might read it differently."""
    if _ODD.search(text):
        return None
    try:
        tokens = list(yaml.scan(text, Loader=yaml.CBaseLoader))
    except yaml.YAMLError:
        return None
    if not all(isinstance(token, _ALIKE) for token in tokens):
        return None
    buffer = f"{text}\0"
    last_line, last_start = text.count("\n"), text.rfind("\n") + 1
    for token in tokens:
        token.start_mark = _mark(token.start_mark, buffer, last_line, last_start)
        token.end_mark = _mark(token.end_mark, buffer, last_line, last_start)
    return tokens


def _mark(mark: yaml.Mark, buffer: str, last_line: int, last_start: int) -> yaml.Mark:
    index = mark.index
    if index >= len(buffer) - 1:  # libyaml ends a last line that is not ended
        return yaml.Mark("<unicode string>", index, last_line, index - last_start, buffer, index)
    return yaml.Mark("<unicode string>", index, mark.line, mark.column, buffer, index)
