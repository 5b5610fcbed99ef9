"""Enough seed examples, each of its own."""

import pytest

from bot.check import NotLooked
from bot.checks.examples import examples
from bot.findings import Finding
from schemas.config import Config, ExamplesPolicy
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, example, knowledge, pull, skill


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
        found("a: |b\n")
