"""Contexts are found in documents whatever their marks and spaces, and the nearest passage is told in bounded time."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.facts import DocumentText
from bot.quotation import MAX_TEXT, Budget, Passage, Sources, plain
from tests.patience import HANG_S

DOCUMENT = """# The quay

The quay of [Pell](https://example.org/pell "a port") was built in **1712** by *Anna Reed*.[3] It has twelve
bollards; the oldest, `Old Tom`, is of oak. Ships from Hove land here at dusk.

| year | ships |
| ---- | ----- |
| 1801 | forty |
"""


def sources(*texts: str | None) -> Sources:
    files = [DocumentText(path=f"{number}.md", text=text) for number, text in enumerate(texts)]
    return Sources(files, Budget())


@pytest.mark.parametrize(
    "context",
    [
        "The quay of Pell was built in 1712 by Anna Reed.",
        "the quay of\n  Pell was built in “1712” by Anna Reed",
        "The quay of [Pell](../pell.md) was built in 1712 by Anna Reed. It has <b>twelve</b> bollards;",
        "It has twelve bollards; the oldest, 'Old Tom', is of oak ... Ships from Hove land here at dusk.",
        "Ships from Hove land here at dusk.\n\nIt has twelve bollards; the oldest, Old Tom, is of oak.",
        'The quay of [Pell](Pell (port) "harbour") was built in 1712',
        "1801 forty",
        "",
        "***",
    ],
)
def test_contexts_that_are_quoted_are_found(context: str) -> None:
    assert sources(DOCUMENT).missing(context) == ()


def test_a_context_may_come_from_any_of_the_files() -> None:
    assert sources("Nothing here.", DOCUMENT).missing("Ships from Hove land here") == ()


def test_what_is_not_in_the_document_is_given_piece_by_piece() -> None:
    context = "It has twelve bollards; the oldest, Old Tom, is of oak. Gulls nest on every one of them."
    assert sources(DOCUMENT).missing(context) == ("Gulls nest on every one of them.",)


def test_a_short_context_that_is_not_there_is_missing_whole() -> None:
    assert sources(DOCUMENT).missing("No gulls.") == ("No gulls.",)


def test_the_nearest_passage_is_quoted_as_it_stands() -> None:
    found = sources("Other words.", DOCUMENT).nearest("It has thirteen bollards; the oldest Old Tom is of stone.")
    assert found is not None
    assert found.path == "1.md"
    assert found.text == "It has twelve bollards; the oldest, `Old Tom`, is of oak"


def test_a_text_that_is_like_nothing_has_no_nearest_passage() -> None:
    assert sources(DOCUMENT).nearest("Quantum foam bubbles under pressure") is None


def test_files_that_cannot_be_read_leave_the_document_incomplete() -> None:
    assert not sources(DOCUMENT, None).whole
    assert not sources("x" * (MAX_TEXT + 1)).whole
    assert sources(DOCUMENT, DOCUMENT).whole


@given(st.text(max_size=200), st.text(max_size=60))
def test_a_part_of_a_text_is_found_in_it(text: str, more: str) -> None:
    assert sources(f"{text}\n{more}").missing(text.replace("\n", " ")) is not None
    line = " ".join(plain(text).split())
    assert sources(f"Before {line} after").missing(f"Before {line} after") == ()


@given(st.text("ab .\n[](){}<>*&#;1", max_size=200), st.text("ab .\n[](){}<>*&#;1", max_size=80))
def test_any_document_and_context_have_an_answer(text: str, context: str) -> None:
    held = sources(text)
    for piece in held.missing(context) or ():
        assert isinstance(held.nearest(piece), Passage | None)


@pytest.mark.parametrize(
    "piece", ["a ", "](", "<a", "&amp", "\n ", "水車", "a\u0301\u0323", "\ufdfa", "[1](a) ", "](a(b)", "](()", '](x "']
)
def test_huge_documents_and_contexts_take_no_time(piece: str) -> None:
    started = time.process_time()
    held = sources((piece * 2**20)[: 2**20])
    for context in ((piece + "b c d. ") * (2**16 // len(piece)), (piece * 2**16)[: 2**16]):
        for missing in (held.missing(context) or ())[:5]:
            held.nearest(missing)
    assert time.process_time() - started < HANG_S


def test_searching_ends_where_the_budget_does() -> None:
    held = sources("x y z " * (MAX_TEXT // 6))
    assert held.missing("a b c d. " * 10_000) is None


def test_a_file_that_is_not_read_is_passed_over() -> None:
    held = sources("x" * (MAX_TEXT + 1), DOCUMENT)
    assert held.missing("Ships from Hove land here") == ()
    assert held.nearest("the oldest Old Tom is of stone") is not None


def test_a_passage_beyond_the_words_that_can_be_shown_is_none() -> None:
    assert sources("İa " * 50 + "one two three four").nearest("one two three four") is None


def test_looking_for_the_nearest_ends_where_the_budget_does() -> None:
    held = sources("x y z " * (MAX_TEXT // 6))
    assert [held.nearest("x y z b") is None for _ in range(4)] == [False, False, True, True]
