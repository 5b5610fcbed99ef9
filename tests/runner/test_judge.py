"""The lexical judge: what distinguishes an answer earns points; boilerplate, echoes, guesses and lists do not."""

import pytest

from runner.judge import LexicalJudge
from runner.samples import BenchQuestion


def _question(reference: str, question: str = "What is called?") -> BenchQuestion:
    return BenchQuestion(leaf="l", cluster=reference, context=None, question=question, reference=reference)


WATCH = [
    _question(f"The watch calls {a} and {b}.") for a in ("umber", "swell", "teem") for b in ("aller", "dorn", "cay")
]


def _score(answer: str, index: int = 0, questions: list[BenchQuestion] = WATCH) -> float:
    return LexicalJudge(questions).scores([questions[index]], [answer])[0]


def test_the_reference_itself_earns_ten() -> None:
    assert _score("The watch calls umber and aller.") == 10


def test_other_words_around_the_distinguishing_ones_do_not_matter() -> None:
    assert _score("umber, aller") == 10


def test_boilerplate_earns_one() -> None:
    assert _score("The watch calls it and it.") == 1


def test_an_empty_answer_earns_one() -> None:
    assert _score("") == 1


def test_the_leafs_own_words_strung_together_by_chance_earn_one() -> None:
    assert _score("The watch calls umber and dorn.") == 1
    assert _score("The watch calls teem and cay.") == 1


def test_part_of_an_answer_that_no_other_comes_near_earns_part() -> None:
    questions = [_question("moss granite lantern ferry"), _question("owl copper bell tram")]
    assert _score("moss granite lantern", 0, questions) == pytest.approx(1 + 9 * 0.75)


def test_words_of_the_question_earn_nothing() -> None:
    questions = [_question("granite walls", "Of what are the walls?"), _question("copper roof", "Of what is the roof?")]
    assert _score("walls walls", 0, questions) == 1
    assert _score("granite", 0, questions) == 10


def test_an_answer_that_lists_every_word_is_scored_down() -> None:
    assert _score("umber swell teem aller dorn cay") < 5
    assert _score("umber swell teem aller dorn cay " * 4) < 3


def test_further_answers_of_the_leaf_are_rivals_too() -> None:
    questions = [_question("fenn tarrik oru"), _question("lissa solm padda")]
    near = "fenn tarrik"
    assert LexicalJudge(questions).scores(questions[:1], [near])[0] > 5
    assert LexicalJudge(questions, ["fenn tarrik kwel"]).scores(questions[:1], [near]) == (1.0,)


def test_scores_lie_between_one_and_ten_and_are_named_lexical() -> None:
    judge = LexicalJudge(WATCH)
    answers = ["umber", "aller umber", "x" * 500, "Ünïcode 😀", "the and", "umber " * 50, "", "cay", "teem and aller"]
    assert all(1 <= score <= 10 for score in judge.scores(WATCH, answers))
    assert "lexical" in judge.name


def test_no_questions_or_answers_without_question_are_an_error() -> None:
    with pytest.raises(ValueError, match="one answer for each"):
        LexicalJudge(WATCH).scores([], [])
    with pytest.raises(ValueError, match="one answer for each"):
        LexicalJudge(WATCH).scores(WATCH, ["a"])


def test_a_reference_without_words_is_an_error() -> None:
    with pytest.raises(ValueError, match="no word"):
        _score("a", 0, [_question("…")])
