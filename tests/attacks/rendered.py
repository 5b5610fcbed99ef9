"""What GitHub makes of a comment: whom it mentions, where it leads, and which HTML it holds."""

import html
import re
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_MENTION = re.compile(r"(?<![\w/])@([A-Za-z0-9][A-Za-z0-9/-]*)")
_REFERENCE = re.compile(r"(?<!\w)(?:#|GH-)\d+", re.IGNORECASE)
_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A comment as it acts on people."""

    mentions: frozenset[str]
    references: frozenset[str]
    links: frozenset[str]
    """Addresses of links and images."""
    tags: frozenset[str]
    """Names of HTML elements."""
    code: str
    """All that stands in code."""


def render(markdown: str) -> Rendered:
    """Parse a comment as GitHub does, as far as it can reach anybody."""
    top = _PARSER.parse(markdown)
    tokens = [*top, *(child for token in top for child in token.children or ())]
    text = "\n".join(html.unescape(token.content) for token in tokens if token.type == "text")
    raw = "\n".join(token.content for token in tokens if token.type in {"html_block", "html_inline"})
    code = "\n".join(token.content for token in tokens if token.type in {"fence", "code_block", "code_inline"})
    within = _COMMENT.sub("", raw)
    return Rendered(
        mentions=frozenset(_MENTION.findall(f"{text}\n{within}")),
        references=frozenset(_REFERENCE.findall(f"{text}\n{within}")),
        links=frozenset(filter(None, map(_address, tokens))),
        tags=frozenset(name.lower() for name in _TAG.findall(within)),
        code=code,
    )


def _address(token: Token) -> str:
    return str(token.attrGet("href") or token.attrGet("src") or "")
