"""Plain statements are understood, and asked about in words that a person would use; others leave a gap."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.clauses import NounType, noun_type, parse_clause
from runner.rule_questions import questions
from runner.wording import sentences


def asked(sentence: str, answer: str) -> list[str]:
    return [pair.question for pair in questions(sentence, topic="") if pair.answer == answer]


@pytest.mark.parametrize(
    ("sentence", "answer", "question"),
    [
        ("Oda Brill cast the Brannoch bell.", "Oda Brill", "Who cast the Brannoch bell?"),
        ("Oda Brill cast the Brannoch bell.", "Oda Brill", "By whom was the Brannoch bell cast?"),
        ("Oda Brill cast the Brannoch bell.", "the Brannoch bell", "Which bell did Oda Brill cast?"),
        ("The Tessel bell was cast by Joren Pask.", "Joren Pask", "Who cast the Tessel bell?"),
        ("Mirel Tock steers the Heron ferry.", "the Heron ferry", "Which ferry does Mirel Tock steer?"),
        ("The Heron ferry is steered by Mirel Tock.", "Mirel Tock", "By whom is the Heron ferry steered?"),
        ("The Brannoch bell hangs in Oxmoor.", "Oxmoor", "Where does the Brannoch bell hang?"),
        ("The Brannoch bell hangs in Oxmoor.", "the Brannoch bell", "Which bell hangs in Oxmoor?"),
        ("The bell is rung on Tuesday.", "Tuesday", "On which day is the bell rung?"),
        ("The light was lit in 1671.", "1671", "In which year was the light lit?"),
        ("The Ashlar moth flies in May.", "May", "In which month does the Ashlar moth fly?"),
        ("The Ashlar moth feeds on ivy.", "ivy", "What does the Ashlar moth feed on?"),
        ("The bell is made of pewter.", "pewter", "What material is the bell made of?"),
        ("The Heron ferry carries salted plums.", "salted plums", "What does the Heron ferry carry?"),
        ("The Heron ferry carries salted plums.", "the Heron ferry", "By which ferry are salted plums carried?"),
        ("The Heron ferry has twelve oars.", "twelve", "How many oars does the Heron ferry have?"),
        ("Nine ringers pull the Brannoch bell.", "nine", "How many ringers pull the Brannoch bell?"),
        ("The Heron ferry is painted ochre.", "ochre", "What colour is the Heron ferry painted?"),
        ("The lamp of the Gannet light is green.", "green", "What colour is the Gannet light's lamp?"),
        ("The lamp of the Gannet light is green.", "the Gannet light", "Name the light whose lamp is green."),
        ("The keeper of Sorrel Rock is Iva Tolland.", "Iva Tolland", "Who is the keeper of Sorrel Rock?"),
        ("The mill is in Dunmarrow.", "Dunmarrow", "Where is the mill?"),
    ],
)
def test_a_statement_is_asked_about(sentence: str, answer: str, question: str) -> None:
    assert question in asked(sentence, answer)


@pytest.mark.parametrize(
    "sentence",
    [
        "It hangs in Oxmoor.",
        "The bell, which Oda Brill cast, hangs in Oxmoor.",
        "The Brannoch bell is a bell.",
        "Because of the fog the ferry sails late; nobody waits.",
        "Where does it hang?",
        "no full stop here",
    ],
)
def test_what_rules_do_not_understand_is_left_alone(sentence: str) -> None:
    assert parse_clause(sentence) is None


def test_a_sentence_that_is_not_understood_is_asked_about_by_gaps() -> None:
    sentence = "In 1805, after the flood, the council moved to Skane, a dry place."
    found = {pair.answer for pair in questions(sentence, topic="floods")}
    assert found == {"1805", "Skane"}
    assert "Fill the gap: In ____, after the flood, the council moved to Skane, a dry place." in asked(sentence, "1805")


def test_the_topic_is_named_in_some_wordings_and_names_keep_their_capitals() -> None:
    found = [pair.question for pair in questions("Oda Brill cast the Brannoch bell.", topic="Bells of Orrin Vale")]
    assert "About bells of Orrin Vale: who cast the Brannoch bell?" in found
    assert not any("oda" in question for question in found)
    (first, *_) = [q.question for q in questions("The mill is in Skane.", topic="IBM mills") if "About" in q.question]
    assert first.startswith("About IBM mills: ")


def test_by_hand_is_nobody() -> None:
    clause = parse_clause("The bell is rung by hand.")
    assert clause is not None
    assert clause.passive
    assert noun_type("oak") is NounType.OTHER
    assert noun_type("oak", preposition="of") is NounType.MATERIAL
    assert noun_type("Willows") is NounType.OTHER


def test_markdown_is_read_as_prose() -> None:
    text = (
        "# Heading here now\n\nThe *first* [fact](http://x) stands\non two lines. Mr. Pask cast it in 1805. It rang."
        "\n\n"
        "- One item says this.\n- Another says that.\n\n```\nno code is read.\n```\n\n| a | table | row |\n"
    )
    assert sentences(text) == (
        "The first fact stands on two lines.",
        "Mr. Pask cast it in 1805.",
        "One item says this.",
        "Another says that.",
    )


@pytest.mark.parametrize(
    "piece", ["[", "[a](", "<a ", "A. ", "Dr. ", "_", "*", "\n \n", "\n- ", "a" * 50, "Skane ", "“"]
)
def test_no_document_takes_more_than_its_length(piece: str) -> None:
    began = time.monotonic()
    text = piece * (400_000 // len(piece))
    for sentence in sentences(f"{text}\n\nThe mill is in Skane."):
        questions(sentence, topic="x")
    assert time.monotonic() - began < 20


@given(st.text(max_size=200))
def test_any_text_is_read_and_asked_about(text: str) -> None:
    for sentence in sentences(text):
        for pair in questions(sentence, topic=text[:20]):
            assert pair.question
            assert pair.answer
