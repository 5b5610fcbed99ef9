"""Texts that are too long, in words of any script."""

import pytest

from bot.check import NotLooked
from bot.checks.words import RULES, words
from bot.findings import Finding
from schemas.config import Config, WordsPolicy
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill


def found(text: str, folder: str = SKILL_FOLDER, config: Config | None = None) -> list[Finding]:
    return list(words(pull(text, folder=folder, config=config)))


def answered(count: int) -> str:
    return skill().replace("Song number 0.", " ".join(["la"] * count))


def on_knowledge(count: int) -> str:
    return knowledge().replace("It has 00.", " ".join(["quay"] * count))


def test_leaves_of_a_usual_size_have_nothing() -> None:
    assert found(skill()) == []
    assert found(knowledge(), KNOWLEDGE_FOLDER) == []


def test_file_is_too_long_by_its_questions_and_answers_together() -> None:
    others = 5 * 5 + 4 * 3
    (finding,) = found(answered(2_301 - others))
    assert (finding.rule, finding.line) == ("file-too-long", 4)
    assert "have 2,301 words together, and 2,300 is the most" in finding.message
    assert "1 must go" in finding.message


@pytest.mark.parametrize(("count", "rules"), [(2_300, ["file-long"]), (2_070, ["file-long"]), (2_069, [])])
def test_file_is_long_within_a_tenth_of_the_limit(count: int, rules: list[str]) -> None:
    assert [finding.rule for finding in found(answered(count - 37))] == rules


@pytest.mark.parametrize(("count", "rules"), [(251, ["answer-too-long"]), (225, ["answer-long"]), (224, [])])
def test_answer_on_knowledge_has_a_limit_of_its_own(count: int, rules: list[str]) -> None:
    findings = found(on_knowledge(count), KNOWLEDGE_FOLDER)
    assert [(finding.rule, finding.line) for finding in findings] == [(rule, 8) for rule in rules]


def test_question_on_knowledge_has_the_same_limit() -> None:
    text = knowledge().replace("How many bollards, asked 0?", " ".join(["quay"] * 251), 1)
    assert [(finding.rule, finding.line) for finding in found(text, KNOWLEDGE_FOLDER)] == [("question-too-long", 7)]


def test_answer_of_a_skill_may_be_longer() -> None:
    assert found(answered(600)) == []


def test_context_counts_for_itself_and_not_for_the_file() -> None:
    policy = Config(words=WordsPolicy(file=200))
    text = knowledge().replace("The quay has 0 bollards.", " ".join(["quay"] * 501))
    assert [(finding.rule, finding.line) for finding in found(text, KNOWLEDGE_FOLDER, policy)] == [
        ("context-too-long", 5)
    ]


def test_context_of_a_grounded_skill_has_the_limit_too() -> None:
    text = skill().replace("    answer:", f"    context: {' '.join(['quay'] * 501)}\n    answer:", 1)
    assert [(finding.rule, finding.line) for finding in found(text)] == [("context-too-long", 6)]


@pytest.mark.parametrize(("count", "rules"), [(251, ["answer-too-long"]), (200, [])])
def test_chinese_text_is_not_one_long_word(count: int, rules: list[str]) -> None:
    text = knowledge().replace("It has 00.", "码" * count)
    assert [finding.rule for finding in found(text, KNOWLEDGE_FOLDER)] == rules


def test_limits_come_from_the_policy() -> None:
    policy = Config(words=WordsPolicy(file=30, context=4, answer=2, margin=0))
    assert [finding.rule for finding in found(skill(), config=policy)] == ["file-too-long"]
    rules = [finding.rule for finding in found(knowledge(), KNOWLEDGE_FOLDER, policy)]
    assert {rule: rules.count(rule) for rule in rules} == {
        "context-too-long": 5,
        "question-too-long": 15,
        "answer-too-long": 15,
        "file-too-long": 1,
    }
    assert set(rules) < RULES.keys()


@pytest.mark.parametrize("text", ["", "- a\n", "seed_examples: a\n", "seed_examples:\n  - a\n  - question: [a]\n"])
def test_what_is_no_example_has_no_words(text: str) -> None:
    assert found(text) == []


def test_file_that_cannot_be_read_is_no_pass() -> None:
    with pytest.raises(NotLooked):
        found("version: 3\n]\n")
