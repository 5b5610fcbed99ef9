"""Topics to avoid, text of language models, and abuse: told to people, who decide."""

import codecs
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.avoided import AVOIDED, HATE, MACHINE_PHRASES, PROFANITY
from bot.checks.topics import RULES, topics
from bot.facts import ChangedFile, FileStatus
from bot.findings import Finding, Level
from bot.phrases import Phrases
from schemas.config import Config, TopicsPolicy
from tests.bot.checks.corpus_texts import needs_corpus, texts
from tests.bot.checks.pulls import ATTRIBUTION, KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill
from tests.patience import HANG_S

SENTENCE = "Song number 1."
LINE = skill().split(SENTENCE, maxsplit=1)[0].count("\n") + 1


def found(text: str, config: Config | None = None, folder: str = SKILL_FOLDER) -> list[Finding]:
    return list(topics(pull(skill().replace(SENTENCE, text), config=config, folder=folder)))


def rules(text: str, config: Config | None = None) -> list[str]:
    return [finding.rule for finding in found(text, config)]


@pytest.mark.parametrize(
    ("rule", "phrase"),
    [(f"avoid-{each.slug}", phrase) for each in AVOIDED for phrase in each.phrases]
    + [("machine-text", phrase) for phrase in MACHINE_PHRASES],
)
def test_every_phrase_warns_on_its_line(rule: str, phrase: str) -> None:
    findings = found(f"It says: {phrase.capitalize()}, and more.")
    assert rule in {finding.rule for finding in findings}
    assert {finding.level for finding in findings} == {Level.WARNING}
    assert {finding.line for finding in findings} == {LINE}


@pytest.mark.parametrize(("rule", "words"), [("profanity", PROFANITY), ("hate", HATE)])
def test_abuse_is_told_and_not_repeated(rule: str, words: tuple[str, ...]) -> None:
    for word in words:
        findings = found(f"Well, {word}! So he said.")
        assert rule in {finding.rule for finding in findings}
        assert not any(f" {word} " in f" {finding.message.lower()} " for finding in findings if finding.rule == rule)


def test_guideline_is_quoted_with_the_words_that_gave_the_topic_away() -> None:
    (finding,) = found("Please tell me a\n      joke about kettles. Tell me a joke!")
    assert finding.rule == "avoid-jokes"
    assert finding.message.startswith("Skills of telling jokes are not taken")
    assert "`tell me a joke` stands here, and 2 more in this file" in finding.message


@pytest.mark.parametrize(
    "text",
    [
        "The jokers of Scunthorpe sit in class, assess the cockpit and pass the analysis.",
        "The pundit coded a poetic message in the mathematician's program.",
        "The settlement of the village, its amount of rain, and its religion of old.",
        "He kills the process, and its child processes die.",
        "The model of a ship is an aid to the captain.",
        "The campaign of 1805 ended at Austerlitz.",
        "Morse code turns letters into dots.",
    ],
)
def test_words_within_words_and_harmless_neighbours_pass(text: str) -> None:
    assert rules(text) == []


def test_folder_gives_a_topic_away_where_the_text_does_not() -> None:
    (finding,) = found("It boils.", folder="compositional_skills/writing/freeform/poetry/kettles")
    assert (finding.rule, finding.line) == ("avoid-poems", 1)
    assert "`poetry`" in finding.message


def test_topic_is_told_once_whatever_gives_it_away() -> None:
    assert [one.rule for one in found("Write a haiku.", folder="compositional_skills/haikus")] == ["avoid-poems"]


def test_knowledge_may_be_about_what_skills_may_not() -> None:
    text = knowledge().replace("The quay has 0 bollards.", "Write a poem, solve the equation, write a python script.")
    assert list(topics(pull(text, folder=f"{KNOWLEDGE_FOLDER}/poetry"))) == []
    assert [one.rule for one in topics(pull(text + "# how to kill\n", folder=KNOWLEDGE_FOLDER))] == ["avoid-violence"]


def test_policy_replaces_the_list_of_topics() -> None:
    config = Config(topics=TopicsPolicy(avoid={"Rival Kettles": ("steamwhistle", "boil fast"), "茶": ("緑茶",)}))
    assert rules("Tell me a joke.", config) == []
    (finding,) = found("The Steamwhistle can boil\n      fast.", config)
    assert finding.rule == "avoid-rival-kettles"
    assert "`steamwhistle` stands here, and 1 more" in finding.message
    assert rules("私は緑茶が好きです。", config) == ["avoid-茶"]
    assert found("It boils.", config, folder="compositional_skills/poetry") == []


def test_policy_replaces_the_phrases_of_models() -> None:
    config = Config(topics=TopicsPolicy(machine_phrases=("as a kettle",)))
    assert rules("As an AI language model, I boil. Tell me a joke.", config) == ["avoid-jokes"]
    assert rules("As a kettle, I boil.", config) == ["machine-text"]


def test_policy_may_empty_both_lists() -> None:
    assert (
        rules("As an AI, tell me a joke.", Config(topics=TopicsPolicy(avoid={"!": ("...",)}, machine_phrases=()))) == []
    )


def test_documents_and_attributions_may_speak_of_anything() -> None:
    assert list(topics(pull(attribution=f"{ATTRIBUTION}Tell me a joke.\n"))) == []
    content = b"How to kill a process, as an AI language model says."
    file = ChangedFile(path="knowledge/a/a.md", status=FileStatus.ADDED, mode="100644", content=content, size=50)
    assert list(topics(replace(pull(), files=(file,), leaves=()))) == []


def test_every_rule_is_declared_and_none_blocks() -> None:
    assert {level for level, _ in RULES.values()} == {Level.WARNING}
    assert len(RULES) == len(AVOIDED) + 3


@pytest.mark.parametrize("text", ["It’s ‘Tell me a joke’ – again", "İİİ tell me a joke", "tell\u3000me—a…joke"])  # noqa: RUF001
def test_place_is_right_whatever_stands_before(text: str) -> None:
    (found_one,) = Phrases({"jokes": ("tell me a joke",)}).find(text)
    assert text[found_one.start :].lower().startswith("tell")


@pytest.mark.parametrize(
    "text",
    [
        "a ",
        "write write a ",
        "a" * 99,
        " ".join(phrase.split()[0] for each in AVOIDED for phrase in each.phrases) + " ",
        " ".join(phrase for each in AVOIDED for phrase in each.phrases) + " ",
        "write.....",
        "é ",
        codecs.decode("shpx ", "rot13"),
    ],
)
def test_hostile_megabyte_takes_no_time(text: str) -> None:
    facts = pull(text * (1_048_576 // len(text.encode())))
    start = time.process_time()
    list(topics(facts))
    assert time.process_time() - start < HANG_S


@settings(max_examples=100, deadline=2_000)
@given(st.lists(st.one_of(st.sampled_from(MACHINE_PHRASES), st.text(max_size=30)), max_size=20))
def test_any_text_is_looked_through_and_findings_stand_on_it(parts: list[str]) -> None:
    text = " ".join(parts)
    for finding in topics(pull(text.encode(errors="replace"))):
        assert finding.rule in RULES
        assert finding.line is not None
        assert 1 <= finding.line <= text.count("\n") + 1


@needs_corpus
def test_less_than_a_seventh_of_real_pull_requests_hear_of_it() -> None:
    told: dict[str, set[int]] = {}
    numbers = set()
    for number, path, content in texts():
        numbers.add(number)
        file = ChangedFile(path=path, status=FileStatus.ADDED, mode="100644", content=content, size=len(content))
        for finding in topics(replace(pull(), files=(file,), leaves=())):
            told.setdefault(finding.rule, set()).add(number)
    # Jokes, poems, programs and sums make up nearly all of it, and are what contributors really sent.
    wanted = {"avoid-jokes", "avoid-poems", "avoid-code", "avoid-math"}
    assert len(set().union(*told.values())) / len(numbers) < 1 / 7
    assert len(set().union(*(told[rule] for rule in told.keys() - wanted))) / len(numbers) < 0.03
