"""Enough seed examples, each of its own."""

import random
import time
from itertools import combinations

import pytest

from bot.check import NotLooked
from bot.checks.examples import MAX_TWINS, examples
from bot.findings import Finding
from bot.sketch import share, triples
from schemas.config import Config, ExamplesPolicy
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, example, knowledge, pull, skill
from tests.patience import HANG_S


def found(text: str, folder: str = SKILL_FOLDER, config: Config | None = None) -> list[Finding]:
    return list(examples(pull(text, folder=folder, config=config)))


def test_five_examples_and_five_contexts_of_three_are_enough() -> None:
    assert found(skill()) == []
    assert found(knowledge(), KNOWLEDGE_FOLDER) == []


@pytest.mark.parametrize(
    ("count", "words"), [(2, "has 2 examples and needs 5. Write 3 more examples."), (4, "Write 1 more example.")]
)
def test_skill_with_too_few_is_told_how_many_more(count: int, words: str) -> None:
    (finding,) = found(skill(examples=count))
    assert (finding.rule, finding.line) == ("too-few-examples", 4)
    assert words in finding.message


def test_numbers_come_from_the_policy() -> None:
    config = Config(examples=ExamplesPolicy(skill=3, knowledge_contexts=4, knowledge_pairs=2))
    assert found(skill(examples=3), config=config) == []
    assert found(knowledge(contexts=4, pairs=2), KNOWLEDGE_FOLDER, config) == []


def test_knowledge_counts_contexts_and_the_questions_of_each() -> None:
    findings = found(knowledge(contexts=4, pairs=2), KNOWLEDGE_FOLDER)
    assert [(finding.rule, finding.line) for finding in findings] == [
        ("too-few-questions", 6),
        ("too-few-questions", 12),
        ("too-few-questions", 18),
        ("too-few-questions", 24),
        ("too-few-examples", 4),
    ]
    assert "Write 1 more question, each with its answer." in findings[0].message


def test_identical_examples_name_the_first_ones_line() -> None:
    (finding,) = found(skill() + example(0))
    assert (finding.rule, finding.line) == ("identical-examples", 20)
    assert "line 5" in finding.message


def test_order_of_keys_and_spaces_make_no_new_example() -> None:
    twin = "  - answer: Song   number 0.\n    question: What does kettle 0 sing?\n"
    assert [finding.rule for finding in found(skill() + twin)] == ["identical-examples"]


def test_identical_questions_of_a_context_are_told() -> None:
    text = knowledge().replace("asked 1?\n        answer: It has 01.", "asked 0?\n        answer: It has 00.", 1)
    assert [(finding.rule, finding.line) for finding in found(text, KNOWLEDGE_FOLDER)] == [("identical-examples", 9)]


@pytest.mark.parametrize("text", ["", "seed_examples: none\n", "- a\n", "seed_examples:\n  - a\n  - [b]\n"])
def test_what_is_no_list_of_examples_is_left_to_the_schema(text: str) -> None:
    assert {finding.rule for finding in found(text)} <= {"too-few-examples"}
    assert {finding.rule for finding in found(text, KNOWLEDGE_FOLDER)} <= {"too-few-examples"}


def test_file_that_cannot_be_read_is_no_pass() -> None:
    with pytest.raises(NotLooked):
        found("version: 3\n]\n")


LONG = (
    "The kettle of the harbour master has a low voice and sings of fog, of ropes that creak in the night, of bollards "
    "painted white each spring, of the ferry that comes late on Sundays and of gulls that follow it home, until the "
    "water boils over and somebody lifts the lid and laughs about the noise that a small pot of tin can make before tea"
)


def test_examples_that_differ_in_a_word_are_nearly_identical() -> None:
    one = f"  - question: What does the harbour's kettle sing?\n    answer: {LONG}.\n"
    (finding,) = found(skill() + one + one.replace("Sundays", "Mondays"))
    assert (finding.rule, finding.level, finding.line) == ("similar-examples", "warning", 22)
    assert "line 20" in finding.message


def test_texts_that_differ_in_marks_alone_are_nearly_identical() -> None:
    one = f"  - question: What does the harbour's kettle sing?\n    answer: {LONG}.\n"
    (finding,) = found(skill() + one + one.replace(LONG, LONG.replace(" ", "-")))
    assert (finding.rule, finding.line) == ("similar-examples", 22)
    assert "100%" in finding.message


def test_share_of_common_triples_comes_from_the_policy() -> None:
    config = Config(examples=ExamplesPolicy(similarity=0.1))
    assert {finding.rule for finding in found(skill(), config=config)} == {"similar-examples"}


@pytest.mark.parametrize("similarity", [0.3, 0.6, 0.9])
def test_those_that_are_told_are_all_whose_triples_are_alike_enough(similarity: float) -> None:
    numbers = random.Random(0)  # noqa: S311 - no secret
    answers = []
    for _ in range(60):
        said = LONG.replace(",", "").split()[: numbers.choice((8, 20, 60))]
        for _ in range(numbers.randrange(5)):
            said[numbers.randrange(len(said))] = numbers.choice(("fog", "rope", f"word{numbers.randrange(1000)}"))
        answers.append(" ".join(said))
    text = skill(examples=0) + "".join(f"  - question: Why {n}?\n    answer: {a}\n" for n, a in enumerate(answers))
    pieces = [triples(f"Why {number}?\n{answer}") for number, answer in enumerate(answers)]
    alike = {
        second for first, second in combinations(range(60), 2) if share(pieces[first], pieces[second]) >= similarity
    }
    assert alike
    config = Config(examples=ExamplesPolicy(similarity=similarity))
    start = skill(examples=0).count("\n") + 1
    told = {(finding.line - start) // 2 for finding in found(text, config=config) if finding.rule == "similar-examples"}
    assert told == alike


def test_same_answer_on_another_context_is_another_example() -> None:
    grounded = "  - question: Is the kettle glad?\n    context: {}\n    answer: It is glad.\n"
    contexts = ("It hums and hops on the stove all day.", "A whistle, a puff and a giggle came out.")
    assert found(skill() + "".join(map(grounded.format, contexts))) == []


def test_contexts_of_knowledge_that_are_nearly_identical_are_told() -> None:
    text = knowledge().replace("The quay has 0 bollards.", LONG).replace("The quay has 3 bollards.", f"{LONG}!")
    findings = [finding for finding in found(text, KNOWLEDGE_FOLDER) if finding.rule == "similar-examples"]
    assert [(finding.line, finding.level) for finding in findings] == [(29, "warning")]


def test_question_asked_twice_with_other_answers_is_a_notice() -> None:
    again = "  - answer: Nothing at all, it is broken.\n    question: what does kettle 0 sing?\n"
    (finding,) = found(skill() + again)
    assert (finding.rule, finding.level, finding.line) == ("repeated-question", "notice", 21)
    assert "line 5" in finding.message


@pytest.mark.parametrize(
    "question",
    [
        "And what about kettle 9?",
        "Thanks! And how about the big one?",
        "Ok, can you also name its rhythm?",
        "Thank you so much!",
        "Tell me more.",
        "Make it shorter.",
        "Can you translate that into French?",
        "What did you mean in your previous answer?",
        "Go on",
    ],
)
def test_turns_of_a_chat_are_told(question: str) -> None:
    findings = found(skill().replace("What does kettle 3 sing?", question))
    assert [(finding.rule, finding.level, finding.line) for finding in findings] == [("chat-turns", "warning", 14)]


def test_bare_reply_to_what_the_answer_above_asks_is_a_turn() -> None:
    text = skill().replace("Song number 2.", "Your turn: choose a cup.").replace("What does kettle 3 sing?", "'7'")
    assert [(finding.rule, finding.line) for finding in found(text)] == [("chat-turns", 14)]


@pytest.mark.parametrize(
    "question",
    [
        "Thanks for the quick repair of my kettle, it sings again.",
        "Tell me more about enamel kettles",
        "Make it shorter - the kettle sang its song and sang it again",
        "Why is a kettle round?",
        "'7'",
        "Then and now, how were kettles made?",
    ],
)
def test_questions_that_stand_alone_are_no_turns(question: str) -> None:
    assert found(skill().replace("What does kettle 3 sing?", question)) == []


def test_first_question_and_one_with_a_context_continue_nothing() -> None:
    assert found(skill().replace("What does kettle 0 sing?", "And what about tea?")) == []
    text = skill().replace("What does kettle 3 sing?", "Make it shorter.\n    context: The kettle sang its song.")
    assert found(text) == []


def test_five_hundred_examples_are_compared_in_no_time() -> None:
    text = skill(examples=500).replace("Song number", f"{LONG[:200]} number")
    started = time.process_time()
    assert len(found(text)) <= 3 * MAX_TWINS
    assert time.process_time() - started < HANG_S


def test_examples_of_a_file_that_is_mended_in_thought_are_counted() -> None:
    (finding,) = found(skill(examples=3).replace("|\n      Song", "| Song"))
    assert (finding.rule, finding.line) == ("too-few-examples", 4)
