"""What each version's schema refuses, and where in the file."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from schemas.leaf import Kind
from schemas.qna_schema import LATEST_VERSION, SchemaProblem, allowed_keys, problems
from schemas.safe_yaml import load


def example(number: int) -> str:
    return f"  - question: Which colour is {number}?\n    answer: Blue {number}.\n"


SKILL = "version: 3\ncreated_by: ada\ntask_description: Colours.\nseed_examples:\n" + "".join(map(example, range(5)))


def pairs(number: int) -> str:
    return "".join(f"      - question: q{number}{n}?\n        answer: a{n}\n" for n in range(3))


KNOWLEDGE = (
    "version: 3\ncreated_by: ada\ndomain: harbours\nseed_examples:\n"
    + "".join(f"  - context: Context {n}.\n    questions_and_answers:\n{pairs(n)}" for n in range(5))
    + "document_outline: Harbours.\ndocument:\n  repo: https://example.org/a.git\n  commit: abc\n  patterns: ['*.md']\n"
)


def found(text: str, kind: Kind = Kind.SKILL, version: int = 3) -> list[tuple[str, str, int, int]]:
    return [
        (problem.keyword, problem.where, problem.position.line, problem.position.column)
        for problem in problems(kind, version, load(text.encode()))
    ]


@pytest.mark.parametrize("path", sorted(Path("schemas/qna").iterdir()), ids=lambda path: path.stem)
def test_every_schema_is_a_valid_one_of_its_draft(path: Path) -> None:
    jsonschema_rs.meta.validate(json.loads(path.read_text()))


def test_good_leaves_have_no_problem() -> None:
    assert found(SKILL) == []
    assert found(KNOWLEDGE, Kind.KNOWLEDGE) == []


def test_first_version_of_a_skill_asks_for_one_example_and_no_version() -> None:
    text = "created_by: ada\ntask_description: ''\nseed_examples:\n" + example(1)
    assert found(text, version=1) == []
    assert {keyword for keyword, *_ in found(text, version=2)} == {"required", "minLength", "minItems"}


def test_missing_key_stands_where_its_mapping_begins() -> None:
    text = SKILL + "  - question: Why?\n"
    assert found(text) == [("required", "seed_examples[5].answer", 15, 5)]
    assert found(SKILL.replace("created_by: ada\n", "")) == [("required", "created_by", 1, 1)]


def test_each_unexpected_key_stands_on_its_own_line() -> None:
    text = SKILL + "    attribution: x\n    source: y\nauthor: z\n"
    assert found(text) == [
        ("unevaluatedProperties", "seed_examples[4].attribution", 15, 5),
        ("unevaluatedProperties", "seed_examples[4].source", 16, 5),
        ("unevaluatedProperties", "author", 17, 1),
    ]


def test_further_keys_are_allowed_in_a_knowledge_pair_alone() -> None:
    text = KNOWLEDGE.replace("        answer: a0\n", "        answer: a0\n        hint: h\n", 1)
    assert found(text, Kind.KNOWLEDGE) == []
    assert found(text.replace("  - context: Context 4.", "  - hint: h\n    context: C."), Kind.KNOWLEDGE) == [
        ("unevaluatedProperties", "seed_examples[4].hint", 38, 5)
    ]


@pytest.mark.parametrize("value", ["42", "no", "12:30", "2024-01-02", "", "1.5", "[a]", "{a: b}", ".inf"])
def test_value_that_yaml_does_not_read_as_text_is_refused_where_text_is_meant(value: str) -> None:
    (problem,) = found(SKILL.replace("answer: Blue 0.", f"answer: {value}"))
    assert problem == ("type", "seed_examples[0].answer", 6, 5)


def test_wrong_version_and_empty_text_and_too_few_are_told() -> None:
    text = SKILL.replace("version: 3", "version: 2").replace("Colours.", "''").replace(example(4), "")
    assert [keyword for keyword, *_ in found(text)] == ["const", "minLength", "minItems"]


def test_identical_examples_are_refused() -> None:
    assert found(SKILL + example(0)) == [("uniqueItems", "seed_examples", 4, 1)]


@pytest.mark.parametrize("version", [1, 2])
def test_knowledge_below_version_3_is_one_problem(version: int) -> None:
    assert found(KNOWLEDGE, Kind.KNOWLEDGE, version) == [("not", "the file", 1, 1)]


@pytest.mark.parametrize("text", ["", "- a", "text", "3"])
def test_file_that_is_no_mapping_is_one_problem(text: str) -> None:
    ((keyword, where, line, _),) = found(text)
    assert (keyword, where, line) == ("type", "the file", 1)


def test_version_without_a_schema_is_no_silent_pass() -> None:
    with pytest.raises(KeyError):
        problems(Kind.SKILL, LATEST_VERSION + 1, load(SKILL.encode()))


def test_allowed_keys_are_told_at_every_level() -> None:
    assert allowed_keys(Kind.SKILL, 3, ("seed_examples", 0)) == ("context", "question", "answer")
    assert allowed_keys(Kind.KNOWLEDGE, 3, ("document",)) == ("repo", "commit", "patterns")
    assert allowed_keys(Kind.KNOWLEDGE, 3, ("seed_examples", 1, "questions_and_answers", 2)) == ("question", "answer")
    assert allowed_keys(Kind.KNOWLEDGE, 3, ("nowhere", 1, "at_all")) == ()
    assert allowed_keys(Kind.KNOWLEDGE, 1, ()) == ()


def test_where_of_the_top_is_the_file() -> None:
    problem = SchemaProblem(keyword="type", path=(), position=load(b"").position([]))
    assert problem.where == "the file"
