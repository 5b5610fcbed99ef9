"""Alike texts are told by their shared word triples, and small sketches tell nearly the same."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sketch import SIZE, likeness, share, sketch, triples, words
from tests.bot.checks.pulls import knowledge, skill
from tests.patience import HANG_S


def test_words_know_no_case_and_no_marks() -> None:
    assert words("The *Quay*, it's 3-fold: ÉTÉ_2") == ["the", "quay", "it", "s", "3", "fold", "été", "2"]


def test_scripts_without_spaces_give_a_word_for_each_character() -> None:
    assert words("水車は回る mill") == ["水", "車", "は", "回", "る", "mill"]
    assert share(triples("水車は春に回る"), triples("水車は春に止まる")) > 0


def test_triples_are_three_words_that_follow_each_other() -> None:
    assert triples("The mill turns in spring") == {"the mill turns", "mill turns in", "turns in spring"}


@pytest.mark.parametrize(("text", "pieces"), [("", 0), ("mill", 1), ("the mill", 1), ("the mill turns", 1)])
def test_short_texts_are_one_piece(text: str, pieces: int) -> None:
    assert len(triples(text)) == pieces


def test_share_is_of_all_triples_of_both() -> None:
    assert share({"a", "b", "c"}, {"b", "c", "d"}) == pytest.approx(0.5)
    assert share((), ()) == 0


def test_keys_author_and_layout_are_no_part_of_a_sketch() -> None:
    other = skill().replace("created_by: ada", "created_by: june").replace("answer: |\n      ", "answer: ")
    assert sketch(other.encode()) == sketch(skill().encode())


def test_sketch_of_a_long_text_is_small_and_tells_a_changed_word() -> None:
    text = knowledge(contexts=40).encode()
    changed = sketch(text.replace(b"The quay of Pell.", b"The quay of Hove."))
    assert len(sketch(text)) == SIZE
    assert 0.9 <= likeness(sketch(text), changed) <= 1
    assert likeness(sketch(text), sketch(skill().encode())) == 0


def test_sketches_of_texts_that_share_four_in_five_triples_say_so() -> None:
    lines = [f"the keeper of lamp {n} counts {n * 7} ships at dusk" for n in range(400)]
    left, right = "\n".join(lines[:360]), "\n".join(lines[40:])
    told = likeness(sketch(left.encode()), sketch(right.encode()))
    assert told == pytest.approx(share(triples(left), triples(right)), abs=0.12)


@given(st.binary(max_size=400), st.binary(max_size=400))
def test_any_bytes_have_a_sketch_and_likeness_is_a_share(left: bytes, right: bytes) -> None:
    first, second = sketch(left), sketch(right)
    assert likeness(first, second) == likeness(second, first)
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, first) == (1 if first else 0)


@given(st.text(max_size=300), st.text(max_size=300))
def test_uncut_sketches_are_exact(left: str, right: str) -> None:
    both = triples(left), triples(right)
    assert share(*both) == share(*reversed(both))
    if left == right and both[0]:
        assert share(*both) == 1


@pytest.mark.parametrize("piece", ["a ", "- ", "\n", "a_", " ", "a:", "一二", "\n- a_a_a_a_a", "\x00", "\udcff"])
def test_a_mebibyte_of_anything_takes_no_time(piece: str) -> None:
    data = (piece * (2**20 // len(piece))).encode(errors="surrogateescape")
    started = time.process_time()
    sketch(data)
    assert time.process_time() - started < HANG_S
