"""What a maintainer writes in .github/espalier.yml, and what is said of a slip."""

import json
from dataclasses import asdict
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.config import BuildPolicy, Config, DcoPolicy, Levels, parse_config
from schemas.errors import UserError

FULL = """\
schema: {required_version: declared}
examples: {skill: 3, knowledge_contexts: 4, knowledge_pairs: 2}
words: {file: 2000, context: 400, answer: 200}
dco:
  remediation: {individual: true, third_party: true}
  require_members: false
checks:
  attribution: {level: warning}
  yaml: {level: off}
labels: {triage-needed: needs-triage}
teams: {triagers: [ada, "@orchard/triagers"], approvers: [grace]}
approvals: 2
build: {quiet_minutes: 0.05, schedule: "0 3 * * 1", profile: laptop}
document: {hosts: ["127.0.0.1:8000"]}
"""


def refusal(text: str) -> str:
    with pytest.raises(UserError) as caught:
        parse_config(text)
    return str(caught.value)


def test_empty_policy_is_all_defaults() -> None:
    assert parse_config("") == parse_config("# nothing yet\n") == Config()


def test_schema_file_states_the_same_defaults_as_the_values() -> None:
    schema = json.loads((Path("schemas") / "config.v1.json").read_text())
    jsonschema_rs.Draft202012Validator(schema)
    config = asdict(Config())
    stated = [
        (section, key, entry["default"])
        for section, content in schema["properties"].items()
        for key, entry in content.get("properties", {}).items()
        if "default" in entry
    ]
    assert len(stated) > 15
    assert {(section, key) for section, keys in schema["properties"].items() for key in keys.get("properties", {})} <= {
        (section, key) for section, values in config.items() if isinstance(values, dict) for key in values
    } | {("dco", "remediation")}
    for section, key, default in stated:
        assert config[section][key] == default, f"{section}.{key}"
    assert schema["properties"]["approvals"]["default"] == config["approvals"]


def test_every_key_is_read() -> None:
    config = parse_config(FULL)
    assert config.schema.required_version == "declared"
    assert (config.examples.skill, config.examples.knowledge_contexts, config.examples.knowledge_pairs) == (3, 4, 2)
    assert (config.words.file, config.words.context, config.words.answer) == (2000, 400, 200)
    assert config.dco == DcoPolicy(remediation_individual=True, remediation_third_party=True, require_members=False)
    assert config.labels == {"triage-needed": "needs-triage"}
    assert (config.teams.triagers, config.teams.approvers) == (("ada", "@orchard/triagers"), ("grace",))
    assert config.approvals == 2
    assert config.document.hosts == ("127.0.0.1:8000",)
    assert config.build == BuildPolicy(quiet_minutes=0.05, schedule="0 3 * * 1", profile="laptop")


def test_bare_off_means_off_although_yaml_reads_false() -> None:
    assert parse_config(FULL).checks == {"attribution": Levels(most="warning"), "yaml": Levels(most="off")}


def test_rules_of_a_check_have_levels_of_their_own() -> None:
    config = parse_config("checks: {words: {rules: {file-too-long: warning, answer-too-long: off}}}")
    assert config.checks["words"] == Levels(rules={"file-too-long": "warning", "answer-too-long": "off"})


def test_topics_take_the_place_of_the_built_in_list() -> None:
    assert parse_config("topics: {avoid: {poems: [write a poem]}}").topics.avoid == {"poems": ("write a poem",)}


def test_number_is_taken_as_a_required_version() -> None:
    assert parse_config("schema: {required_version: 2}").schema.required_version == "2"


def test_unknown_key_is_named_with_its_line_and_a_guess() -> None:
    message = refusal("approvals: 1\nschema:\n  required_versoin: 3\n")
    assert "Line 3: there is no key schema.required_versoin (did you mean required_version?)." in message


def test_all_slips_are_named_at_once_in_the_order_of_the_file() -> None:
    message = refusal("build: {profile: desk}\nexamples:\n  skill: many\n  knowledge_pairs: 0\n")
    assert message.index("Line 1: build.profile") < message.index("Line 3: examples.skill")
    assert message.index("Line 3: examples.skill") < message.index("Line 4: examples.knowledge_pairs")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: |x\n", "line 1"),
        ("- 1", "Line 1: the file must be a group of keys."),
        ("labels: {triage-neded: x}", "Line 1: there is no key labels.triage-neded (did you mean triage-needed?)."),
        ("labels: {skill: no}", "labels.skill must be text."),
        ("checks: {yaml: {level: high}}", "checks.yaml.level must be one of error, warning, notice, off."),
        ("teams: {triagers: [two words]}", "must be a login, or a team such as @org/name"),
        ("build: {schedule: daily}", "must be five fields of cron"),
        ("approvals: true", "approvals must be a whole number."),
        ("approvals: 0", "Line 1: approvals must be 1 or more."),
        ("examples: {similarity: 0}", "examples.similarity must be more than 0."),
        ("examples: {similarity: 2}", "examples.similarity must be 1 or less."),
        ("labels: {skill: ''}", "labels.skill must be text of 1 or more characters."),
        (f"labels: {{skill: {'x' * 60}}}", "labels.skill must be text of 50 or fewer characters."),
        ("version: 2", "version must be 1."),
        ("build: {profile: desk}", "build.profile must be laptop."),
        ("no: 1", "put it in quotes"),
        ("approvals: 1\napprovals: 2\n", "Line 2: approvals stands twice; keep one."),
        ("approvals: 2024-01-01", "put it in quotes"),
        ("approvals: &a [*a]", "line 1"),
    ],
)
def test_slip_is_named_with_its_key(text: str, expected: str) -> None:
    assert expected in refusal(text)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_a_policy_or_refused_to_a_person(text: str) -> None:
    try:
        parse_config(text)
    except UserError as error:
        message = str(error)
    else:
        message = ".github/espalier.yml"
    assert message.startswith(".github/espalier.yml")


def test_a_profile_that_nothing_can_build_is_refused_in_the_policy() -> None:
    with pytest.raises(UserError, match="laptop"):
        parse_config(b"version: 1\nbuild: {profile: gpu}\n")
