"""What people get wrong in YAML, and what is said of it."""

from dataclasses import replace

import pytest

from bot.checks.yaml import MAX_PER_RULE, yaml
from bot.findings import Finding, Level
from schemas.config import Config, SchemaPolicy
from schemas.safe_yaml import UnreadableYaml, load
from tests.bot.checks.mending import mended
from tests.bot.checks.pulls import pull, skill

DECLARED = Config(schema=SchemaPolicy(required_version="declared"))


def found(text: str | bytes, config: Config | None = None) -> list[Finding]:
    return list(yaml(pull(text, config=config)))


def rules(text: str | bytes) -> list[tuple[str, int | None]]:
    return [(finding.rule, finding.line) for finding in found(text)]


def test_clean_file_has_nothing() -> None:
    assert found(skill()) == []


def broken(answer: str) -> str:
    return skill().replace("answer: |\n      Song number 0.", answer, 1)


@pytest.mark.parametrize(
    ("answer", "rule", "line"),
    [
        ("answer: | Song number 0.", "text-after-block-mark", 6),
        ("answer: |Song number 0.", "text-after-block-mark", 6),
        ("answer: >- Song number 0.", "text-after-block-mark", 6),
        ("answer: |\n    Song number 0.", "text-not-indented", 7),
        ("answer: |\n  Song number 0.\n  It is long.", "text-not-indented", 7),
        ("answer: |\nSong number 0.", "text-not-indented", 7),
        ("answer: |\n        Song\n      number 0.", "first-line-deeper", 6),
        ("answer: The songs are: one", "colon-in-text", 6),
        ("answer: The songs,\n      that is: one", "colon-in-text", 6),
        ("answer: 'Kettle' sings", "text-after-quote", 6),
        ("answer: 'It's its song'", "text-after-quote", 6),
        ('answer: "a \\q b"', "bad-escape", 6),
        ('answer: "never closed', "quote-not-closed", 6),
        ("answer: @kettle sings", "reserved-character", 6),
        ("answer: `kettle` sings", "reserved-character", 6),
        ("answer: **loud**", "reserved-character", 6),
        ("answer: %5 of it", "reserved-character", 6),
        ("answer: [sic] it sings", "reserved-character", 6),
        ("answer: !loud", "reserved-character", 6),
        ("answer: 2024-13-45", "unreadable-value", 6),
        ("\tanswer: It sings.", "tab", 6),
    ],
)
def test_usual_cause_is_named_on_its_line(answer: str, rule: str, line: int) -> None:
    assert rules(broken(answer))[0] == (rule, line)


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        ("answer: | Song number 0.", "Song number 0."),
        ("answer: | Song number 0.\n      Second line.", "Song number 0.\nSecond line."),
        ("answer: |\n    Song number 0.", "Song number 0."),
        ("answer: |\nSong number 0.", "Song number 0."),
        ("answer: |\n        Song\n      number 0.", "  Song\nnumber 0."),
        ("answer: The songs are: one", "The songs are: one"),
        ("answer: The songs,\n      that is: one", "The songs, that is: one"),
        ("answer: 'It's its song'", "It's its song"),
        ("answer: 'Kettle' sings", "'Kettle' sings"),
        ("answer: @kettle sings", "@kettle sings"),
        ("answer: **loud**", "**loud**"),
        ("answer: [sic] it sings", "[sic] it sings"),
    ],
)
def test_mend_gives_what_was_meant(answer: str, meant: str) -> None:
    text = broken(answer)
    value = load(mended(text, found(text)[0]).encode()).value
    assert isinstance(value, dict)
    assert value["seed_examples"][0]["answer"].strip("\n") == meant


def test_every_slip_is_named_at_once_in_the_files_own_lines() -> None:
    text = skill().replace("|\n      Song", "| Song")
    assert rules(text) == [("text-after-block-mark", line) for line in (6, 8, 10, 12, 14)]


def test_mends_from_the_last_to_the_first_make_the_file_whole() -> None:
    text = skill().replace("|\n      Song", "| Song")
    whole = text
    for finding in reversed(found(text)):
        whole = mended(whole, finding)
    assert whole == skill().replace("      Song", "      Song")


def test_list_without_its_key_is_told_which_one() -> None:
    text = skill().replace("seed_examples:\n", "")
    (finding,) = found(text)
    assert (finding.rule, finding.line) == ("list-without-key", 4)
    assert mended(text, finding) == skill()


def test_key_that_is_not_aligned_is_moved() -> None:
    text = skill().replace("    answer: |\n      Song number 4.", "  answer: |\n      Song number 4.")
    (finding,) = found(text)
    assert (finding.rule, finding.line) == ("key-not-aligned", 18)


def test_second_document_is_told() -> None:
    assert rules(skill() + "---\na: 1\n") == [("two-documents", 20)]


def test_what_no_rule_explains_still_has_its_line() -> None:
    (finding,) = found("version: 3\n]\n")
    assert (finding.rule, finding.line, finding.level) == ("not-yaml", 2, Level.ERROR)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"[" * 5_000, "depth"),
        (b"a: &a [*a]\n", "aliases"),
        (b"a: {<<: 1}\n", "merge"),
        (b"[" + b"a," * 60_000 + b"]", "events"),
        (b"a: " + b"x" * 600_000, "size"),
        ("a: café\n".encode("latin-1"), "encoding"),
        (b"a: \x07\n", "character"),
    ],
)
def test_hostile_or_unreadable_files_are_refused_with_advice(content: bytes, rule: str) -> None:
    ((found_rule, line),) = rules(content)
    assert (found_rule, line) == (rule, 1)


def test_file_over_the_limit_of_gathering_is_told() -> None:
    facts = pull(skill())
    (leaf,) = facts.leaves
    assert leaf.qna is not None
    cut = type(leaf.qna)(path=leaf.qna.path, status=leaf.qna.status, mode="100644", content=None, size=3_000_000)
    facts = type(facts)(
        **{name: getattr(facts, name) for name in facts.__slots__ if name != "leaves"},
        leaves=(type(leaf)(folder=leaf.folder, qna=cut, attribution=b"x"),),
    )
    (finding,) = yaml(facts)
    assert "3,000,000 bytes" in finding.message


def test_duplicate_key_names_both_lines() -> None:
    (finding,) = found(skill() + "created_by: eve\n")
    assert (finding.rule, finding.line) == ("duplicate-key", 20)
    assert "line 2" in finding.message


@pytest.mark.parametrize(
    ("text", "rule", "line"),
    [
        (skill().replace("kettle 0 sing?", "kettle 0 sing?  "), "trailing-spaces", 5),
        (skill().rstrip("\n"), "new-line-at-end-of-file", 19),
        (skill() + "\n\n\n", "empty-lines", 22),
        (skill().replace("seed_examples:\n", "\n\n\n\nseed_examples:\n"), "empty-lines", 7),
    ],
)
def test_lint_faults_are_errors_with_their_mend(text: str, rule: str, line: int) -> None:
    finding = next(each for each in found(text) if each.rule == rule)
    assert finding.line == line
    assert mended(text, finding) == skill() or rule == "empty-lines"
    assert rule not in [name for name, _ in rules(mended(text, finding))]


def test_windows_line_ends_are_told_once() -> None:
    text = skill().replace("\n", "\r\n")
    (finding,) = found(text)
    assert (finding.rule, finding.level, finding.line) == ("windows-line-ends", "warning", 1)
    assert mended(text, finding) == skill()


def test_first_version_is_not_linted_where_the_policy_lets_it_stand() -> None:
    text = skill(version="").replace("sing?", "sing? ")
    assert found(text, DECLARED) == []
    assert found(text)[0].rule == "trailing-spaces"


def test_many_faults_of_one_rule_are_counted_and_not_listed() -> None:
    findings = found(skill(examples=200).replace("sing?", "sing? "))
    assert len(findings) == MAX_PER_RULE + 1
    assert "150 places" in findings[-1].message


def test_slips_of_any_cut_off_file_are_named_without_a_crash() -> None:
    text = broken("answer: | Song") + "\tx: 'y"
    for end in range(0, len(text), 7):
        try:
            load(text[:end].encode())
        except UnreadableYaml:
            assert found(text[:end])[0].level is Level.ERROR


@pytest.mark.parametrize(
    ("size", "rule", "advice"),
    [
        (3_000_000, "size", "split it into several leaves"),
        (900, "too-many-files", "Split it."),
    ],
)
def test_a_file_that_was_not_read_fails_and_says_why(size: int, rule: str, advice: str) -> None:
    facts = pull()
    leaf = facts.leaves[0]
    assert leaf.qna is not None
    unread = replace(leaf, qna=replace(leaf.qna, content=None, size=size))
    (found,) = yaml(replace(facts, leaves=(unread,)))
    assert (found.rule, found.level, found.line) == (rule, Level.ERROR, 1)
    assert advice in found.message
