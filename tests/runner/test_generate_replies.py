"""Replies are read as far as they can be, and whatever is not taken is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.replies import read_answers, read_pairs, read_texts

MARKS = st.sampled_from([
    "Q: ",
    "A: ",
    "**Question 1:** ",
    "1. ",
    "2) Answer: ",
    "C: ",
    "```",
    "<think>",
    "</think>",
    "",
])
HOSTILE = st.lists(st.builds(lambda mark, text: mark + text, MARKS, st.text(max_size=20)), max_size=12).map("\n".join)


@pytest.mark.parametrize(
    "reply",
    [
        "Q: Who cast it?\nA: Oda Brill",
        "**Q:** Who cast it?\n**A:** Oda Brill",
        "Question: Who cast it?\nAnswer: Oda Brill",
        "1. Q: Who cast it?\n   A: Oda Brill",
        "- Q1: Who cast it?\n- A1: Oda Brill",
        "```text\nQ: Who\ncast it?\n\nA: Oda\nBrill\n```",
        "<think>Q: hm?\nA: no</think>\nQ: Who cast it?\nA: Oda Brill",
        "### Question 1: Who cast it?\r\n### Answer 1: Oda Brill",
    ],
)
def test_pairs_are_read_in_the_forms_that_models_use(reply: str) -> None:
    read = read_pairs(reply)
    assert read.pairs == (("Who cast it?", "Oda Brill"),)
    assert not read.dropped


def test_what_is_no_pair_is_counted_by_reason() -> None:
    read = read_pairs("Sure, here you are:\nA: alone\nQ: one?\nQ: two?\nA: 2\nQ:\nA: 3\nQ: last?")
    assert read.pairs == (("two?", "2"),)
    assert read.dropped == {
        "text out of format": 1,
        "answer without question": 1,
        "question without answer": 2,
        "empty question or answer": 1,
    }


def test_questions_are_read_with_marks_or_with_numbers_alone() -> None:
    assert read_texts("Q: one?\n2. two?\n3) three?", mark="q").texts == ("one?", "two?", "three?")
    read = read_texts("C: a context\nQ: stray?\nC:", mark="c")
    assert read.texts == ("a context",)
    assert read.dropped == {"text out of format": 1, "empty context": 1}


def test_answers_stand_under_their_questions_numbers() -> None:
    read = read_answers("Answers:\n2. two\nand more\n1) Answer: one\n9. none\n1. again", count=3)
    assert read.answers == ("one", "two and more", None)
    assert read.dropped == {"text out of format": 1, "answer to no question": 2, "question without answer": 1}


def test_an_unfinished_thought_holds_no_answers() -> None:
    assert read_pairs("<think>Q: a?\nA: b").pairs == ()


@given(HOSTILE)
def test_no_reply_breaks_the_reader_and_none_loses_a_question_silently(reply: str) -> None:
    pairs = read_pairs(reply)
    assert all(question and answer for question, answer in pairs.pairs)
    texts = read_texts(reply, mark="q")
    assert all(texts.texts)
    answers = read_answers(reply, count=3)
    assert len(answers.answers) == 3
    assert answers.dropped.get("question without answer", 0) == sum(answer is None for answer in answers.answers)


@given(
    st.lists(st.tuples(st.from_regex(r"[a-z]{1,9}\?", fullmatch=True), st.from_regex(r"[a-z]{1,9}", fullmatch=True)))
)
def test_whatever_is_written_in_format_is_read(pairs: list[tuple[str, str]]) -> None:
    reply = "\n".join(f"Q: {question}\nA: {answer}" for question, answer in pairs)
    assert read_pairs(reply).pairs == tuple(pairs)
    numbered = "\n".join(f"{i}. {answer}" for i, (_, answer) in enumerate(pairs, start=1))
    assert read_answers(numbered, count=len(pairs)).answers == tuple(answer for _, answer in pairs)
