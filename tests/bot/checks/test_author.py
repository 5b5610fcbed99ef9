"""Who a leaf says it was written by."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.check import NotLooked
from bot.checks.author import RULES, author
from bot.facts import FileStatus
from bot.findings import Finding, Level
from bot.reading import read
from schemas.safe_yaml import Loaded
from tests.bot.checks.mending import mended
from tests.bot.checks.pulls import commit, pull, skill


def leaf(value: str) -> str:
    return skill().replace("created_by: ada\n", f"created_by:{value}\n")


def found(value: str, *, login: str = "ada", status: FileStatus = FileStatus.ADDED) -> list[Finding]:
    facts = replace(pull(leaf(value)), author=login)
    file = replace(facts.files[0], status=status)
    leaves = (replace(facts.leaves[0], qna=file),)
    return list(author(replace(facts, files=(file,), leaves=leaves)))


@pytest.mark.parametrize("value", [" ada", " Ada", " 'ada'", ' "ADA"', " ada # me", "\n  ada", " eve, Ada"])
def test_login_of_the_author_passes_in_any_case(value: str) -> None:
    assert found(value) == []


@pytest.mark.parametrize(
    ("value", "rule", "words"),
    [
        ("", "empty", "`created_by` is empty. Write your GitHub login, `ada`, there."),
        (" ''", "empty", "Write your GitHub login, `ada`, there."),
        (" ~", "empty", "Write your GitHub login"),
        (" Ada Lovelace", "full-name", "is a full name. Write your GitHub login, `ada`, in its place."),
        (" ada@example.org", "no-login", "`created_by` holds what cannot be a GitHub login."),
        (" '@ada'", "no-login", "cannot be a GitHub login."),
        (" https://github.com/ada", "no-login", "cannot be a GitHub login."),
        (" eve", "not-the-author", "`eve` is not the author of this pull request."),
        (" eve, uma", "not-the-author", "`eve, uma` is not the author"),
        (" Eve Adams, Uma", "full-name", "is a full name"),
        (" 1815", "not-the-author", "`1815` is not the author"),
    ],
)
def test_what_is_not_the_authors_login_is_told_on_its_line_and_mended(value: str, rule: str, words: str) -> None:
    (finding,) = found(value)
    assert (finding.rule, finding.level, finding.line, finding.column) == (rule, Level.WARNING, 2, 1)
    assert words in finding.message
    assert mended(leaf(value), finding) == skill()


@pytest.mark.parametrize("login", ["no", "1815", "on", "007", "a-b"])
def test_login_that_yaml_would_misread_is_quoted(login: str) -> None:
    (finding,) = found("", login=login)
    loaded = read(mended(leaf(""), finding).encode())
    assert isinstance(loaded, Loaded)
    assert isinstance(loaded.value, dict)
    assert loaded.value["created_by"] == login


def test_without_a_known_author_only_what_cannot_be_a_login_is_told() -> None:
    for login in ("", "ghost", "dependabot[bot]"):
        assert found(" eve", login=login) == []
        (finding,) = found(" Ada Lovelace", login=login)
        assert (finding.message, finding.fix) == (
            "`created_by` is a full name. Write your GitHub login in its place.",
            None,
        )


def test_who_wrote_a_commit_of_the_pull_request_may_have_made_the_leaf() -> None:
    facts = pull(leaf(" Eve"), commits=(replace(commit(), author_login="eve"),))
    assert list(author(facts)) == []


def test_leaf_that_was_there_before_keeps_its_creator() -> None:
    assert found(" eve", status=FileStatus.MODIFIED) == []
    assert found(" Eve Adams", status=FileStatus.MODIFIED) == []
    assert [each.rule for each in found("", status=FileStatus.MODIFIED)] == ["empty"]


def test_working_tree_is_told_of_names_but_not_of_others() -> None:
    for value, rules in ((" Eve Adams", ["full-name"]), (" eve", [])):
        facts = pull(leaf(value))
        file = replace(facts.files[0], status=FileStatus.MODIFIED)
        local = replace(facts, head_sha="", leaves=(replace(facts.leaves[0], qna=file),))
        assert [each.rule for each in author(local)] == rules


@pytest.mark.parametrize("value", [" |\n  Ada Lovelace", " Ada\n  Lovelace", " [ada]"])
def test_value_that_is_no_single_line_is_left_for_hands(value: str) -> None:
    assert all(each.fix is None for each in found(value))


def test_leaf_without_the_key_or_any_keys_is_the_schemas_business() -> None:
    assert list(author(pull("seed_examples: []\n"))) == []
    assert list(author(pull("- ada\n"))) == []
    assert next(author(pull("{created_by: Ada Lovelace, version: 3}\n"))).fix is None


def test_leaf_that_cannot_be_read_is_not_looked_at() -> None:
    with pytest.raises(NotLooked):
        list(author(pull("a: |b\n")))


@given(st.text("ada@-_ '\"|>#~:[]{}&*1\n\t\u0130", max_size=30), st.text("ada-_1 []", max_size=45))
def test_any_value_and_login_are_judged(value: str, login: str) -> None:
    try:
        findings = found(f" {value}", login=login)
    except NotLooked:
        return
    assert len(findings) <= 1
    assert all(each.rule in RULES for each in findings)
