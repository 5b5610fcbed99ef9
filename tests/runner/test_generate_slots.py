"""Rules find what a skill's seeds have in common, and combine it anew; where there is nothing, they say nothing."""

from itertools import product
from random import Random

from runner.prompts import Ask, Example, Step, messages
from runner.replies import read_answers, read_texts
from runner.rule_slots import Alignment, Filler, align
from runner.rule_teacher import RuleTeacher

WEATHER = {"fog": "mirl", "hail": "tosk", "sleet": "velk"}
WINDS = {"the north": "dann", "the east": "orro", "the old pier": "sulv"}


def seeds() -> tuple[Example, ...]:
    pairs = list(product(WEATHER, WINDS))
    chosen = [pair for index, pair in enumerate(pairs) if index not in {1, 5}]
    wordings = ["Which signal tells of {} from {}?", "Out of {1} comes {0}; what is signalled?"]
    return tuple(
        Example(
            context=None,
            question=wordings[index % 2].format(weather, wind),
            answer=f"{WEATHER[weather]} over {WINDS[wind]}",
        )
        for index, (weather, wind) in enumerate(chosen)
    )


def test_slots_wordings_and_form_are_found() -> None:
    alignment = align(seeds())
    assert alignment is not None
    found = [{filler.given: filler.made for filler in slot} for slot in alignment.slots]
    assert found == [WEATHER, {"north": "dann", "east": "orro", "old pier": "sulv"}]
    assert alignment.form == "\0000\0 over \0001\0"
    assert len(alignment.wordings) == 2
    assert len(alignment.combinations(Random(1))) == 9  # noqa: S311 - repeatable, not secret


def test_an_unseen_combination_is_answered_and_an_unclear_one_is_not() -> None:
    alignment = align(seeds())
    assert alignment is not None
    assert alignment.answer("Tell me, which signal tells of fog from the east?") == "mirl over orro"
    assert alignment.answer("Which signal tells of fog and hail from the east?") is None
    assert alignment.answer("Which signal tells of fog?") is None


def test_words_that_answers_copy_are_slots_too() -> None:
    rows = [("Ada", "red"), ("Bo", "blue"), ("Cy", "green"), ("Di", "red"), ("Ed", "blue")]
    made = {"red": "zim", "blue": "kor", "green": "vel"}
    examples = tuple(
        Example(context=None, question=f"Greet {name} in {colour}.", answer=f"{made[colour]} {name}")
        for name, colour in rows
    )
    alignment = align(examples)
    assert alignment is not None
    assert alignment.answer("Greet Di in blue.") == "kor Di"


def test_seeds_without_anything_in_common_align_to_nothing() -> None:
    examples = tuple(
        Example(context=None, question=question, answer=answer)
        for question, answer in [("What is up?", "The sky."), ("Who goes?", "A friend."), ("Why so?", "Because.")]
    )
    assert align(examples) is None
    assert align(()) is None


def chat(ask: Ask, seed: int = 1) -> str:
    return RuleTeacher().chat(messages(ask), seed=seed, max_tokens=1)


def test_parts_of_one_ask_bring_different_questions_and_answers_fit_them() -> None:
    replies = [
        chat(Ask(step=Step.QUESTIONS, topic="signals", examples=seeds(), count=10, part=part, parts=2))
        for part in (1, 2)
    ]
    first, second = (set(read_texts(reply, mark="q").texts) for reply in replies)
    assert len(first) == len(second) == 10
    assert not first & second
    questions = tuple(sorted(first))
    reply = chat(Ask(step=Step.ANSWERS, topic="signals", examples=seeds(), questions=questions, count=10))
    answers = read_answers(reply, count=10).answers
    expected = {f"{weather} over {wind}" for weather, wind in product(WEATHER.values(), WINDS.values())}
    assert set(answers) <= expected


def test_a_grounded_skill_gets_new_contexts_and_answers_from_them() -> None:
    examples = tuple(
        Example(
            context=f"It is {weather}. It comes from {wind}.", question="What is signalled?", answer=f"{made}-{blown}"
        )
        for weather, made in WEATHER.items()
        for wind, blown in WINDS.items()
        if (weather, wind) != ("fog", "the north")
    )
    contexts = read_texts(chat(Ask(step=Step.CONTEXTS, topic="x", examples=examples, count=9)), mark="c").texts
    assert "It is fog. It comes from the north." in contexts
    ask = Ask(
        step=Step.ANSWERS,
        topic="x",
        examples=examples,
        text="It is fog. It comes from the north.",
        questions=("What is signalled?",),
        count=1,
    )
    assert chat(ask) == "1. mirl-dann"


def test_the_same_seed_gives_the_same_reply_and_another_another() -> None:
    ask = Ask(step=Step.QUESTIONS, topic="signals", examples=seeds(), count=10)
    assert chat(ask) == chat(ask)
    assert chat(ask) != chat(ask, seed=2)


def test_seeds_too_long_to_compare_align_to_nothing_at_once() -> None:
    words = " ".join(f"w{number}" for number in range(2000))
    examples = tuple(Example(context=None, question=f"{words} {n}", answer=words) for n in range(12))
    assert align(examples) is None


def test_very_many_combinations_are_sampled() -> None:
    slot = tuple(Filler(given=f"g{n}", made=f"m{n}") for n in range(30))
    alignment = Alignment(slots=(slot, slot, slot, slot), wordings=(), form="")
    assert len(alignment.combinations(Random(1))) == 20_000  # noqa: S311 - repeatable, not secret


def test_phrases_that_stand_apart_or_answers_that_contradict_are_no_slots() -> None:
    apart = tuple(
        Example(context=None, question=f"{one} then {two}, if so?", answer=answer)
        for one, two, answer in [("up", "down", "zim"), ("left", "right", "kor")] * 3
    )
    assert align(apart) is None
    crossed = [("a b", "x y"), ("b a", "x y"), ("a c", "x z"), ("c a", "z x"), ("b c", "y z"), ("c b", "z y")]
    examples = tuple(Example(context=None, question=f"Say {q}.", answer=a) for q, a in crossed)
    assert align(examples) is None
