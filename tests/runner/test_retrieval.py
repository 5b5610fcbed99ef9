"""Plain retrieval: finds the sentence that a question is about, and the choice which that sentence holds."""

import pytest

from runner.retrieval import Passages
from runner.samples import ChoiceQuestion

PASSAGES = Passages([
    "Iva Tolland keeps the Gannet light.",
    "The Gannet light is made of granite.",
    "The Kestrel light is kept by Bram Osken.",
    "The Kestrel light is made of limestone.",
])


def test_the_best_passage_is_the_one_that_shares_the_rare_words() -> None:
    assert PASSAGES.best("Who keeps the Gannet light?") == "Iva Tolland keeps the Gannet light."


def test_the_choice_that_the_best_passage_holds_is_chosen() -> None:
    question = ChoiceQuestion(
        leaf="l",
        cluster="c",
        question="Of what is the Kestrel light made?",
        choices=("granite", "marble", "limestone", "basalt"),
        gold=2,
    )
    assert PASSAGES.choose(question) == 2


def test_a_question_that_shares_nothing_still_gets_some_choice() -> None:
    question = ChoiceQuestion(leaf="l", cluster="c", question="Xyzzy?", choices=("a", "b", "c", "d"), gold=0)
    assert PASSAGES.choose(question) in range(4)


def test_no_passages_are_an_error() -> None:
    with pytest.raises(ValueError, match="no passages"):
        Passages([])
