"""Markdown as people write it on GitHub, rendered and made harmless."""

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

ALERTS = ("note", "tip", "important", "warning", "caution")
TAGS = frozenset({
    "a", "b", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3", "h4",
    "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "ol", "p", "pre", "q", "s", "samp", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "tt", "ul", "var",
})  # fmt: skip
"""What GitHub lets through, as far as a conversation needs it."""
CELL = frozenset({"align", "colspan", "rowspan"})
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "a": frozenset({"href", "title"}),
    "details": frozenset({"open"}),
    "img": frozenset({"alt", "height", "src", "title", "width"}),
    "ol": frozenset({"start"}),
    "td": CELL,
    "th": CELL,
    "span": frozenset({"aria-label", "role"}),
}
CLASSES: Mapping[str, frozenset[str]] = {
    "blockquote": frozenset({f"alert-{kind}" for kind in ALERTS}),
    "span": frozenset({"task", "mention", "line-added", "line-removed", "line-hunk"}),
    "div": frozenset({"scroll"}),
}
SCHEMES = frozenset({"http", "https", "mailto"})
BARE = re.compile(
    r"(?P<url>https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]*_~])|(?<![\w/`])@(?P<login>[a-zA-Z0-9][a-zA-Z0-9-]{0,38}(?:\[bot\])?)"
    r"|(?<![\w&/])#(?P<number>[1-9]\d{0,8})\b"
)
TASK = re.compile(r"\[( |x|X)\]\s+")
ALERT = re.compile(r"\[!(" + "|".join(ALERTS) + r")\]\s*$", re.IGNORECASE)
DIFF_CLASSES = {"+": "line-added", "-": "line-removed", "@": "line-hunk"}
CACHED = 1024


def render(text: str | None, *, repository: str, folder: str | None = None, ref: str = "HEAD") -> Markup:
    """Render Markdown to HTML that holds nothing but what `TAGS`, `ATTRIBUTES` and `CLASSES` allow.

    Args:
        text: The Markdown.
        repository: `owner/name`, where `#12` leads.
        folder: The folder of the file that the text is, for its relative links; None for a conversation, where a line's
            end is shown as one, as on GitHub.
        ref: The branch or commit that relative links lead to.
    """
    return _render(text or "", repository, folder, ref)


@lru_cache(maxsize=CACHED)
def _render(text: str, repository: str, folder: str | None, ref: str) -> Markup:
    html = _MARKDOWN.render(text, {"repository": repository, "conversation": folder is None})

    def rewrite(tag: str, name: str, value: str) -> str | None:
        if name not in {"href", "src"}:
            return value
        page = "raw" if tag == "img" else "blob"
        return _absolute(value, page=page, repository=repository, folder=folder or "", ref=ref)

    clean = nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes=ATTRIBUTES,
        attribute_filter=rewrite,
        allowed_classes=CLASSES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704 - it went through the sanitiser in the line above


def _absolute(url: str, *, page: str, repository: str, folder: str, ref: str) -> str | None:
    """Lead a relative link of a file to that file's neighbours, and load no picture of another place."""
    if "://" in url or url.startswith(("//", "mailto:")):
        return None if page == "raw" or url.startswith("//") else url
    if url.startswith(("/", "#")):
        return url
    path, mark, fragment = url.partition("#")
    target = posixpath.normpath(posixpath.join("/", folder, path))
    return f"/{repository}/{page}/{ref}{target}{mark}{fragment}"


def _mark_alerts(state: StateCore) -> None:
    """Turn a quotation that begins with `[!NOTE]` or its like into a marked one."""
    tokens = state.tokens
    for index, token in enumerate(tokens[:-2]):
        inline = tokens[index + 2]
        if token.type != "blockquote_open" or inline.type != "inline" or not inline.children:
            continue
        first, *rest = inline.children
        match = ALERT.match(first.content)
        if match:
            kind = match.group(1).lower()
            token.attrSet("class", f"alert-{kind}")
            first.content = kind.capitalize()
            strong = [Token("strong_open", "strong", 1), first, Token("strong_close", "strong", -1)]
            broken = [Token("hardbreak", "br", 0), *rest[1:]] if rest else []
            inline.children = [*strong, *broken]


def _mark_tasks(state: StateCore) -> None:
    """Turn `[x]` at the start of a list item into a mark; it is for reading, not for clicking."""
    tokens = state.tokens
    for index, token in enumerate(tokens):
        if token.type != "inline" or index < len(("li", "p")) or tokens[index - 2].type != "list_item_open":
            continue
        children = token.children or []
        match = TASK.match(children[0].content) if children and children[0].type == "text" else None
        if match:
            children[0].content = children[0].content[match.end() :]
            done = match.group(1) != " "
            token.children = [_span("task", "☑" if done else "☐", label="done" if done else "to do"), *children]


def _span(name: str, text: str, *, label: str = "") -> Token:
    spoken = f' role="img" aria-label="{label}"' if label else ""
    return Token("html_inline", "", 0, content=f'<span class="{name}"{spoken}>{escape(text)}</span>')


def _link_bare(state: StateCore) -> None:
    """Link bare addresses and `#12`, and mark `@names`, outside links and code."""
    for block in state.tokens:
        if block.type != "inline" or not block.children:
            continue
        inside, made = 0, list[Token]()
        for child in block.children:
            inside += (child.type == "link_open") - (child.type == "link_close")
            made += [child] if inside or child.type != "text" else _split(child, str(state.env["repository"]))
        block.children = made


def _split(text: Token, repository: str) -> Iterable[Token]:
    at = 0
    for match in BARE.finditer(text.content):
        if match.start() > at:
            yield Token("text", "", 0, content=text.content[at : match.start()])
        if match["url"]:
            yield from _link(match["url"], match["url"])
        elif match["number"]:
            yield from _link(f"/{repository}/pull/{match['number']}", match[0])
        else:
            yield _span("mention", match[0])
        at = match.end()
    if at < len(text.content):
        yield Token("text", "", 0, content=text.content[at:])


def _link(url: str, text: str) -> Iterable[Token]:
    yield Token("link_open", "a", 1, attrs={"href": url})
    yield Token("text", "", 0, content=text)
    yield Token("link_close", "a", -1)


def _align_cells(state: StateCore) -> None:
    """Say a column's alignment by an attribute: a style would be refused by the page's content policy."""
    for token in state.tokens:
        style = token.attrGet("style")
        if token.type in {"td_open", "th_open"} and isinstance(style, str):
            token.attrs = {"align": style.removeprefix("text-align:")}


class _Renderer(RendererHTML):
    """HTML with tables that scroll by themselves and differences in colour."""

    def table_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<div class="scroll">{self.renderToken(tokens, idx, options, env)}'

    def table_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"{self.renderToken(tokens, idx, options, env)}</div>"

    def softbreak(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return "<br>\n" if env["conversation"] else super().softbreak(tokens, idx, options, env)

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        if token.info.strip() not in {"diff", "patch"}:
            return super().fence(tokens, idx, options, env)
        lines = [
            f'<span class="{DIFF_CLASSES[line[0]]}">{escape(line)}</span>' if line[:1] in DIFF_CLASSES else escape(line)
            for line in token.content.splitlines()
        ]
        text = "\n".join(lines)
        return f"<pre><code>{text}\n</code></pre>\n"

    # Images of other places would tell them who reads; the page's content policy refuses them, so a link stands there.
    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        source = str(tokens[idx].attrGet("src") or "")
        if not source.startswith(("http://", "https://", "//")):
            return super().image(tokens, idx, options, env)
        return f'<a href="{escape(source)}">{escape(tokens[idx].content or source)}</a>'


def _make() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": True}, renderer_cls=_Renderer).enable(["table", "strikethrough"])
    for name, rule in (
        ("alerts", _mark_alerts),
        ("tasks", _mark_tasks),
        ("bare", _link_bare),
        ("cells", _align_cells),
    ):
        markdown.core.ruler.push(name, rule)
    return markdown


_MARKDOWN = _make()
