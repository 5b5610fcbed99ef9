"""What strangers and models write stands in our comments as plain text."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.neutralise import cell, clean, code, fence, longest_run, prose, shorten, without_user

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
NASTY = st.one_of(
    st.text(max_size=120),
    st.text("`~@#<>!-[]()&;|\\*_ \n\tab1.xlt/:'\"=+$", max_size=80),
    st.lists(
        st.sampled_from(
            [
                "@octocat", "#12", "<script>", "<!--", "-->", "&lt;b&gt;", "&#64;ada",
                "&amp;amp;lt;img src=x&amp;gt;", "```", "~~~", "\n", "|", "![x](http://a.b/c)", "[x]: http://a.b",
                "http://a.b", "www.a.b", "GH-12", "\\@ada", "<a@b.c>", "</details>", "x", " ", "1. ", "- ", "> ",
                "---", "\u202e", "&commat;ada", "<https://a.b>", "\\", "`",
            ]
        ),
        max_size=12,
    ).map("".join),
)  # fmt: skip


def tokens(markdown: str) -> list[Token]:
    top = PARSER.parse(markdown)
    return [*top, *(child for token in top for child in token.children or ())]


def texts(markdown: str) -> str:
    return "".join(token.content for token in tokens(markdown) if token.type == "text")


def live(markdown: str) -> set[str]:
    """Name the tokens that would do something in a comment."""
    kinds = {token.type for token in tokens(markdown)}
    return kinds & {"html_inline", "html_block", "link_open", "image", "heading_open", "blockquote_open", "hr", "fence"}


@settings(deadline=None)
@given(NASTY)
@example("&#64;octocat")
@example("@octocat #1 GH-1 http://a.b")
def test_prose_mentions_links_and_formats_nothing(text: str) -> None:
    markdown = prose(text)
    for place in (markdown, f"- {markdown}", f"Says {markdown}, it does."):
        assert live(place) == set()
        assert not re.search(r"[@#][A-Za-z0-9]", texts(place))
        assert not re.search(r"(?i)://[^\u200b]|www\.|gh-\d", texts(place))
    assert "\n" not in markdown


@settings(deadline=None)
@given(NASTY)
def test_code_is_one_code_span_and_nothing_else(text: str) -> None:
    markdown = f"x {code(text)} y"
    assert live(markdown) == set()
    spans = [token.content for token in tokens(markdown) if token.type == "code_inline"]
    assert spans == ([] if code(text) == "(empty)" else [shorten(clean(without_user(text)), limit=80)])


@settings(deadline=None)
@given(NASTY, NASTY)
def test_cells_stay_in_their_columns(first: str, second: str) -> None:
    markdown = f"| a | b |\n| --- | --- |\n| {cell(first)} | {cell(second)} |\n"
    kinds = [token.type for token in PARSER.parse(markdown)]
    assert kinds.count("td_open") == 2
    assert kinds.count("tr_open") == 2
    assert live(markdown) == set()


@settings(deadline=None)
@given(NASTY)
def test_fence_holds_whatever_is_in_it(text: str) -> None:
    block = fence(text)
    parsed = PARSER.parse(f"{block}\n\nafter\n")
    assert [token.type for token in parsed] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert parsed[0].content.strip("\n") == clean(text).strip("\n")


def test_entities_are_decoded_before_they_can_mention() -> None:
    assert prose("&amp;#64;ada") == "@\u200bada"


def test_tags_and_comments_are_gone_and_comparisons_stay() -> None:
    assert prose("a <b>bold</b> <!-- secret --> 1 < 2") == "a bold 1 \\< 2"


def test_open_comment_hides_nothing_of_ours() -> None:
    assert prose("x <!-- y") == "x"


def test_long_text_is_cut_with_an_ellipsis() -> None:
    assert prose("a" * 500, limit=10) == "a" * 9 + "…"
    assert fence("a" * 50, limit=10) == "```\n" + "a" * 9 + "…\n```"
    assert shorten("a" * 1_000, limit=10) == "a" * 9 + "…"


@pytest.mark.parametrize(
    ("text", "expected"), [("", "(empty)"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a\nb", "`a b`")]
)
def test_code_chooses_its_ticks(text: str, expected: str) -> None:
    assert code(text) == expected


def test_nothing_is_put_between_characters_to_be_copied() -> None:
    assert "Signed-off-by: Ada <ada@example.org> #1" in fence("Signed-off-by: Ada <ada@example.org> #1")


def test_longest_run_of_none_is_zero() -> None:
    assert longest_run("") == 0


def test_empty_cell_shows_a_dash() -> None:
    assert cell(" \n ") == "—"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://me:hG7/k@Q2@git.test/a/b", "https://git.test/a/b"),
        ("https://hG7kQ2@git.test/a", "https://git.test/a"),
        ("ssh://git@git.test/a", "ssh://git@git.test/a"),
        ("https://git.test/@ada/x", "https://git.test/@ada/x"),
        ("ada@git.test", "ada@git.test"),
    ],
)
def test_no_user_and_no_password_of_a_web_address_is_shown(text: str, expected: str) -> None:
    assert without_user(text) == expected
    assert code(text) == f"`{expected}`"
