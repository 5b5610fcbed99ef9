"""What the schema refuses, in words that say what to do."""

import pytest

from bot.check import NotLooked
from bot.checks.schema import schema
from bot.facts import ChangedFile, FileStatus
from bot.findings import Finding
from schemas.config import Config, SchemaPolicy
from tests.bot.checks.mending import mended
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill


def asking(version: str) -> Config:
    return Config(schema=SchemaPolicy(required_version=version))


def found(text: str, folder: str = SKILL_FOLDER, config: Config | None = None) -> list[Finding]:
    return list(schema(pull(text, folder=folder, config=config)))


def test_good_leaves_have_nothing() -> None:
    assert found(skill()) == []
    assert found(knowledge(), KNOWLEDGE_FOLDER) == []


def test_missing_version_is_one_finding_and_its_mend_makes_the_file_good() -> None:
    text = skill(version="")
    (finding,) = found(text)
    assert (finding.rule, finding.line) == ("version-missing", 1)
    assert mended(text, finding) == skill()


def test_version_goes_below_the_document_mark() -> None:
    text = "---\n" + skill(version="")
    assert mended(text, found(text)[0]) == "---\n" + skill()


def test_old_version_is_raised_in_its_own_line() -> None:
    text = skill(version="version: 2\n")
    (finding,) = found(text)
    assert finding.rule == "version-too-old"
    assert mended(text, finding) == skill()


@pytest.mark.parametrize(
    "version", ["version: 4\n", "version: '3'\n", "version: 0\n", "version: true\n", "version: 3.5\n", "version:\n"]
)
def test_version_that_does_not_exist_is_told_and_mended(version: str) -> None:
    text = skill(version=version)
    (finding,) = found(text)
    assert finding.rule == "version-unknown"
    assert mended(text, finding) == skill()


@pytest.mark.parametrize(
    ("policy", "version", "rules"),
    [
        ("declared", "", ["version-old"]),
        ("declared", "version: 2\n", ["version-old"]),
        ("declared", "version: 3\n", []),
        ("2", "", ["version-missing"]),
        ("2", "version: 2\n", []),
        ("2", "version: 3\n", []),
        ("latest", "version: 2\n", ["version-too-old"]),
    ],
)
def test_policy_says_which_version_is_asked_for(policy: str, version: str, rules: list[str]) -> None:
    assert [finding.rule for finding in found(skill(version=version), config=asking(policy))] == rules


def test_knowledge_below_version_3_is_one_finding_with_the_steps() -> None:
    (finding,) = found(skill(version="version: 2\n"), KNOWLEDGE_FOLDER, asking("declared"))
    assert finding.rule == "version-too-old"
    assert "`document_outline`" in finding.message
    assert finding.fix is None


def test_older_version_in_an_unchanged_file_is_a_warning_with_the_steps_up() -> None:
    text = skill(version="", examples=3).replace("created_by: ada\n", "created_by:\nhint: me\n")
    (finding,) = [each for each in found(text, config=asking("declared")) if each.rule == "version-old"]
    assert (finding.level, finding.line, finding.fix) == ("warning", 1, None)
    assert finding.message.startswith("This file is at version 1 of 3. To bring it up to date: Write `version: 3` on")
    assert "line 1: `created_by` is empty" in finding.message
    assert "line 2: `hint` is no known key" in finding.message
    assert "line 4: `seed_examples` needs at least 5 entries" in finding.message


def test_whole_number_may_have_a_point() -> None:
    assert found(skill(version="version: 3.0\n")) == []


def test_knowledge_of_todays_shape_only_lacks_its_number() -> None:
    for before, after in (("version: 3\n", ""), ("version: 3", "version: 2")):
        text = knowledge().replace(before, after, 1)
        finding = next(each for each in found(text, KNOWLEDGE_FOLDER) if each.rule.startswith("version"))
        assert mended(text, finding) == knowledge()


def test_steps_name_five_places_and_count_the_rest() -> None:
    text = skill(version="").replace("    answer: |", "    hint: a\n    answer: |")
    (finding,) = [each for each in found(text + "a: b\n", config=asking("declared")) if each.rule == "version-old"]
    assert "and 1 more that" in finding.message


def test_knowledge_below_version_3_hears_the_rest_too_where_3_is_asked_for() -> None:
    rules = {finding.rule for finding in found(skill(version=""), KNOWLEDGE_FOLDER)}
    assert rules == {"version-too-old", "required", "unexpected-key"}


def test_first_folder_decides_the_schema_and_not_the_last() -> None:
    assert found(skill(), "compositional_skills/grounded/knowledge/foo") == []


def test_closed_tree_is_refused_on_each_file() -> None:
    facts = pull(skill())
    closed = ChangedFile(
        path="foundational_skills/math/qna.yaml", status=FileStatus.ADDED, mode="100644", content=b"", size=0
    )
    fields = {name: getattr(facts, name) for name in facts.__slots__ if name not in {"files", "leaves"}}
    (finding,) = schema(type(facts)(**fields, files=(closed,), leaves=()))
    assert (finding.rule, finding.path) == ("closed-tree", "foundational_skills/math/qna.yaml")


@pytest.mark.parametrize("text", ["", "- question: a\n", "just text\n"])
def test_file_that_is_no_mapping_is_told_how_to_begin(text: str) -> None:
    (finding,) = found(text)
    assert finding.rule == "not-a-mapping"
    assert "Begin it with `version: 3`" in finding.message


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        (
            "created_by: ada",
            "created_by:",
            2,
            "`created_by` is empty, but must be text. Write for example `created_by:",
        ),
        ("created_by: ada\n", "", 1, "`created_by` is missing. Add `created_by: your-github-login`"),
        ("task_description: Name", "task_descripton: Name", 3, "Did you mean `task_description`?"),
        ("      Song number 4.\n", "      Song number 4.\n    attribution: me\n", 20, "belong in attribution.txt"),
        (
            "      Song number 4.\n",
            "      Song number 4.\n    hint: me\n",
            20,
            "known here are `context`, `question`, `answer`",
        ),
        ("What does kettle 0 sing?", "12:30", 5, "YAML takes `12:30` in `seed_examples[0].question` for a number"),
        ("What does kettle 0 sing?", "no", 5, "for yes or no"),
        ("What does kettle 0 sing?", "2024-01-02", 5, "for a date"),
        ("What does kettle 0 sing?", "[a, b]", 5, "`seed_examples[0].question` is a list, but must be text"),
        ("What does kettle 0 sing?", "''", 5, "`seed_examples[0].question` is empty. Write a text"),
        ("task_description: Name", "domain: x\ntask_description: Name", 3, "move the leaf below `knowledge/`"),
    ],
)
def test_each_problem_says_what_to_do_on_its_line(before: str, after: str, line: int, words: str) -> None:
    findings = found(skill().replace(before, after, 1))
    assert words in next(finding.message for finding in findings if finding.line == line and words in finding.message)


def test_value_that_yaml_mistakes_is_quoted_by_the_mend() -> None:
    text = skill().replace("What does kettle 0 sing?", "no  # really")
    (finding,) = found(text)
    assert 'question: "no"  # really' in mended(text, finding)
    assert found(mended(text, finding)) == []


def test_counts_are_left_to_the_examples_check() -> None:
    assert found(skill(examples=1)) == []


def test_empty_pattern_list_and_a_repeated_one_are_told() -> None:
    empty = found(knowledge().replace("  patterns:\n    - '*.md'\n", "  patterns: []\n"), KNOWLEDGE_FOLDER)
    twice = found(knowledge().replace("    - '*.md'\n", "    - '*.md'\n    - '*.md'\n"), KNOWLEDGE_FOLDER)
    assert [finding.message for finding in empty] == ["`document.patterns` needs at least 1 entry. Add one."]
    assert [finding.message for finding in twice] == ["`document.patterns` holds the same entry twice. Delete one."]


def test_file_that_cannot_be_read_is_no_pass() -> None:
    with pytest.raises(NotLooked):
        found("version: 3\n]\n")


@pytest.mark.parametrize(
    "text", ["{created_by: ada}\n", "version: |\n  2\n", "version:\n  - 2\n", "version: '2\n  '\n"]
)
def test_version_that_cannot_be_written_into_its_line_has_no_mend(text: str) -> None:
    (finding,) = [each for each in found(text) if each.rule.startswith("version")]
    assert finding.fix is None


@pytest.mark.parametrize("line", ["version :  2", "version: 2 # old", "version:", "version:  ", "version: # none"])
def test_version_is_written_in_place_of_whatever_stands_there(line: str) -> None:
    text = skill(version=f"{line}\n")
    (finding,) = [each for each in found(text) if each.rule.startswith("version")]
    assert mended(text, finding).split("\n")[0].startswith("version: 3")
    assert found(mended(text, finding)) == []


def test_file_that_is_mended_in_thought_hears_at_once_what_else_is_wrong() -> None:
    text = skill(version="").replace("|\n      Song number 0.", "| Song number 0.").replace("created_by: ada\n", "")
    text += "    hint: me\n"
    findings = found(text)
    assert [(finding.rule, finding.line, finding.fix) for finding in findings] == [
        ("version-missing", 1, None),
        ("required", 1, None),
        ("unexpected-key", 17, None),
    ]


def test_file_that_cannot_be_mended_by_a_machine_is_not_foreseen() -> None:
    for text in ("a: 'b\n", "a: " + "[" * 99):
        with pytest.raises(NotLooked):
            found(text)
