"""Choice questions are balanced whatever the held-out pairs are."""

from collections import Counter
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from runner.answer_types import answer_types
from runner.choices import build_choices
from runner.samples import Origin, Sample
from runner.wording import normalise

COUNTS = st.lists(st.integers(1, 5), min_size=1, max_size=12)


def samples(counts: list[int]) -> list[Sample]:
    return [
        Sample(
            leaf="knowledge/x",
            cluster=f"fact {number}",
            origin=Origin.TEACHER,
            context=None,
            question=f"In which year of turn {turn} was ship {number} built?",
            answer=str(1600 + number),
        )
        for number, count in enumerate(counts)
        for turn in range(count)
    ]


@given(COUNTS, st.integers(0, 5))
def test_every_answer_is_wrong_about_three_times_as_often_as_right(counts: list[int], seed: int) -> None:
    held = samples(counts)
    pairs = [(sample.question, sample.answer) for sample in held]
    items = build_choices(held, pairs=pairs, rng=Random(seed))  # noqa: S311 - repeatable, not secret
    if len(counts) < 4:
        assert not items
        return
    right = Counter(item.choices[item.gold] for item in items)
    wrong = Counter(choice for item in items for i, choice in enumerate(item.choices) if i != item.gold)
    assert all(abs(wrong[answer] - 3 * right[answer]) <= 2 for answer in right.keys() | wrong.keys())
    assert all(len(set(item.choices)) == 4 for item in items)
    positions = Counter(item.gold for item in items)
    assert not items or max(positions.values()) - min(positions[i] for i in range(4)) <= 1
    expected = {(sample.question, sample.answer) for sample in held}
    assert all((item.question, item.choices[item.gold]) in expected for item in items)


def test_the_right_choice_is_written_as_it_is_where_it_is_wrong() -> None:
    held = [replace(sample, answer=f"{sample.answer}." if "turn 1" in sample.question else sample.answer)
            for sample in samples([2, 2, 2, 2])]  # fmt: skip
    items = build_choices(held, pairs=[(one.question, one.answer) for one in held], rng=Random(0))  # noqa: S311 - as above
    right = {item.choices[item.gold] for item in items}
    wrong = {choice for item in items for choice in item.choices} - right
    assert len(right) == 4
    assert not wrong


@given(st.lists(st.tuples(st.text(max_size=30), st.text(min_size=1, max_size=12)), max_size=12))
def test_any_pairs_have_types(pairs: list[tuple[str, str]]) -> None:
    assert set(answer_types(pairs)) == {normalise(answer) for _, answer in pairs}


def test_answers_to_the_same_question_about_other_names_are_of_one_type() -> None:
    cargo = {
        "the Heron ferry": "salted plums",
        "the Otter ferry": "wool",
        "the Curlew ferry": "lamp oil",
        "the Plover ferry": "slate",
    }
    pairs = [(f"What does {ferry} carry?", load) for ferry, load in cargo.items()]
    pairs += [(f"Which ferry carries {load}?", ferry) for ferry, load in cargo.items()]
    types = answer_types(pairs)
    assert len({types[load] for load in cargo.values()}) == 1
    assert types["wool"] != types["the heron ferry"]


def test_numbers_years_and_days_are_types_of_their_own() -> None:
    answers = [
        "nine",
        "twelve",
        "forty",
        "ten",
        "1671",
        "1704",
        "1688",
        "1752",
        "Monday",
        "Friday",
        "Sunday",
        "Tuesday",
    ]
    types = answer_types([(f"Question {answer}?", answer) for answer in answers])
    groups = [{types[normalise(answer)] for answer in answers[start : start + 4]} for start in (0, 4, 8)]
    assert all(len(group) == 1 for group in groups)
    assert len(set.union(*groups)) == 3


def test_what_is_alone_is_grouped_by_its_shape() -> None:
    types = answer_types([("A?", "Oxmoor"), ("B?", "Linwick"), ("C?", "a very long tale"), ("D?", "7-up")])
    assert types["oxmoor"] == types["linwick"] != types["a very long tale"]
    assert types["7 up"] == "shape: with digits"
