"""What people get wrong in YAML, and what is said of it."""

from dataclasses import replace

import pytest

from bot.checks.yaml import MAX_PER_RULE, RULES, yaml
from bot.findings import Finding, Level
from bot.mend import mended as mended_bytes
from schemas.config import Config, Levels, SchemaPolicy, YamlPolicy
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
        ("answer: |\n      Song\n  number 0.", "Song\nnumber 0."),
        ("\tanswer: Song number 0.", "Song number 0."),
        ("answer: |\n\t\tSong number 0.", "Song number 0."),
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


def test_list_below_a_key_with_a_value_is_told() -> None:
    (finding,) = found(skill().replace("seed_examples:", "seed_examples: five"))
    assert (finding.rule, finding.line, finding.fix) == ("list-without-key", 5, None)
    assert finding.message.endswith("Delete the value.")


def test_key_with_its_text_that_is_not_aligned_is_moved() -> None:
    text = skill(examples=1).replace("    answer: |\n      Song", "  answer: |\n\n    Song")
    (finding,) = found(text)
    assert finding.rule == "key-not-aligned"
    assert mended(text, finding) == skill(examples=1).replace("|\n      Song", "|\n\n      Song")


def test_tab_behind_a_dash_becomes_spaces() -> None:
    (finding,) = [each for each in found("a:\n-\t- b: c\n  \td: e\n") if each.fix is not None][:1]
    assert finding.rule == "tab"


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
    assert (finding.rule, finding.level, finding.line) == ("crlf", "warning", 1)
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


def test_long_line_is_a_warning_and_broken_where_yaml_joins_it_again() -> None:
    question = " ".join(f"word{number}" for number in range(30))
    text = skill().replace("What does kettle 0 sing?", question)
    (finding,) = found(text)
    assert (finding.rule, finding.level, finding.line, finding.column) == ("long-line", "warning", 5, 121)
    assert "This line has 213 characters, and 120 is the most" in finding.message
    value = load(mended(text, finding).encode()).value
    assert isinstance(value, dict)
    assert value["seed_examples"][0]["question"] == question
    assert found(mended(text, finding)) == []


@pytest.mark.parametrize(
    "line",
    [
        "      " + "Song number 0. " * 10 + "It ends.",
        "      Note: " + "Song number 0. " * 10 + "It ends.",
        "      " + "x" * 200,
    ],
)
def test_long_line_of_a_literal_text_is_left_to_its_author(line: str) -> None:
    (finding,) = found(skill().replace("      Song number 0.", line))
    assert (finding.rule, finding.line, finding.fix) == ("long-line", 7, None)


@pytest.mark.parametrize("value", ["x" * 200, "'a" + "  b" * 60 + "'", " -".join(["a " + "b" * 115] * 2)])
def test_long_line_that_cannot_be_broken_has_no_mend(value: str) -> None:
    rules = {(finding.rule, finding.fix) for finding in found(skill().replace("What does kettle 0 sing?", value))}
    assert rules == {("long-line", None)}


def test_length_of_lines_comes_from_the_policy() -> None:
    config = Config(yaml=YamlPolicy(line_length=30))
    assert {finding.line for finding in found(skill(), config)} == {3, 5, 8, 11, 14, 17}


def test_byte_order_mark_is_a_warning_and_taken_away() -> None:
    content = b"\xef\xbb\xbf" + skill().encode()
    (finding,) = found(content)
    assert (finding.rule, finding.level, finding.line) == ("bom", "warning", 1)
    assert finding.fix is not None
    assert mended_bytes(content, finding.fix.replacements) == skill().encode()


def test_windows_line_ends_and_a_byte_order_mark_are_told_of_a_file_that_cannot_be_read_too() -> None:
    content = b"\xef\xbb\xbf" + broken("answer: | Song number 0.").replace("\n", "\r\n").encode()
    assert rules(content) == [("text-after-block-mark", 6), ("bom", 1), ("crlf", 1)]


def test_windows_line_end_in_the_midst_is_told_on_its_line() -> None:
    assert rules(skill().replace("ada\n", "ada\r\n")) == [("crlf", 2)]


def test_lone_carriage_returns_move_no_finding_to_another_line() -> None:
    text = (
        skill().replace("Song number 0.", "Song\r      number\r      0.").replace("kettle 3 sing?", "kettle 3 sing? ")
    )
    assert rules(text) == [("trailing-spaces", 14), ("crlf", 7)]


def test_carriage_returns_split_no_mend() -> None:
    text = skill().replace("Song number 0.", "Song\r      number 0.")
    (finding,) = found(text)
    assert mended(text, finding) == skill().replace("Song number 0.", "Song\n      number 0.")


def test_text_taken_for_another_type_is_left_to_the_schema_where_that_is_on() -> None:
    text = skill().replace("What does kettle 0 sing?", "12:30").replace("|\n      Song number 1.", "no")
    assert found(text) == []
    off = Config(checks={"schema": Levels(most="off")})
    findings = found(text, off)
    assert [(each.rule, each.level, each.line) for each in findings] == [
        ("implicit-type", "warning", 5),
        ("implicit-type", "warning", 9),
    ]
    assert 'question: "12:30"' in mended(text, findings[0])


def test_rest_of_a_text_that_a_hash_makes_a_comment_is_told() -> None:
    (finding,) = found(skill().replace("What does kettle 0 sing?", "What does kettle #7 sing?"))
    assert (finding.rule, finding.level, finding.line, finding.column) == ("text-in-comment", "warning", 5, 32)


@pytest.mark.parametrize("value", ["'kettle #7'", "kettle  # seven", "kettle#7"])
def test_other_hashes_are_no_lost_text(value: str) -> None:
    assert found(skill().replace("What does kettle 0 sing?", value)) == []


def test_lines_of_a_file_that_cannot_be_read_are_linted_too() -> None:
    text = broken("answer: | Song number 0.  ").replace("kettle 3 sing?", "kettle 3 sing?  ").rstrip("\n")
    findings = found(text)
    assert [(finding.rule, finding.line) for finding in findings] == [
        ("text-after-block-mark", 6),
        ("trailing-spaces", 6),
        ("trailing-spaces", 13),
        ("new-line-at-end-of-file", 18),
    ]
    assert findings[0].fix is not None
    assert findings[1].fix is not None
    assert findings[0].fix.replacements == findings[1].fix.replacements
    offered = {each for finding in findings if finding.fix for each in finding.fix.replacements}
    assert found(mended_bytes(text.encode(), tuple(offered))) == []


def test_first_version_that_cannot_be_read_is_not_linted_where_the_policy_lets_it_stand() -> None:
    text = broken("answer: | Song number 0.").replace("kettle 3 sing?", "kettle 3 sing?  ")
    assert [finding.rule for finding in found(text, DECLARED)] == ["text-after-block-mark"]


def test_slips_on_the_same_lines_share_one_mend() -> None:
    text = broken("answer: | Song one\n       two\n     three")
    findings = [finding for finding in found(text) if finding.fix is not None]
    offered = {each for finding in findings if finding.fix for each in finding.fix.replacements}
    assert len(findings) == 2
    assert len(offered) == 1
    assert found(mended_bytes(text.encode(), tuple(offered))) == []


def test_what_upstreams_reader_refuses_fails_at_any_version() -> None:
    text = skill(version="").replace("question: What does kettle 0", "question:\tWhat does kettle 0")
    findings = [finding for finding in found(text, DECLARED) if finding.level is Level.ERROR]
    assert [(finding.rule, finding.line) for finding in findings] == [("syntax", 4)]


def test_colon_is_spaced_by_its_mend() -> None:
    text = skill().replace("created_by: ada", "created_by :   ada")
    findings = found(text)
    assert {finding.rule for finding in findings} == {"colons"}
    assert mended(text, findings[0]) == skill()


def test_every_rule_is_declared() -> None:
    text = skill().replace("sing?", "sing?  ").replace("version: 3", "version:   3\nversion: 3") + "\n\n\n"
    assert {finding.rule for finding in found(text)} <= RULES.keys()
    for slip in ("| a", "@a", "'a' b", '"a \\q"', "a: b"):
        assert {finding.rule for finding in found(broken(f"answer: {slip}"))} <= RULES.keys()


def test_link_in_place_of_the_file_is_left_to_another_check() -> None:
    facts = pull()
    leaf = facts.leaves[0]
    assert leaf.qna is not None
    link = replace(leaf, qna=replace(leaf.qna, content=None, mode="120000"))
    assert list(yaml(replace(facts, leaves=(link,)))) == []
    assert list(yaml(replace(facts, leaves=(replace(leaf, qna=None),)))) == []


@pytest.mark.parametrize("content", [b"\n\n\n", b"   ", b"\xef\xbb\xbf", b""])
def test_file_of_blanks_alone_has_no_mend(content: bytes) -> None:
    assert {finding.fix for finding in found(content)} <= {None}


def test_value_with_an_anchor_is_not_quoted() -> None:
    off = Config(checks={"schema": Levels(most="off")})
    (finding,) = found(skill().replace("What does kettle 0 sing?", "&a no"), off)
    assert (finding.rule, finding.fix) == ("implicit-type", None)


def test_line_that_cannot_be_read_by_itself_is_left_whole() -> None:
    text = skill().replace("What does kettle 0 sing?", "{a: " + "word " * 40 + ",\n      b: c}")
    (finding,) = [each for each in found(text) if each.rule == "long-line"]
    assert finding.fix is None


@pytest.mark.parametrize("blanks", [1, 2])
def test_few_blank_lines_are_left_and_only_bared(blanks: int) -> None:
    text = skill().replace("created_by", "  \n" * blanks + "created_by")
    offered = {each for finding in found(text) if finding.fix for each in finding.fix.replacements}
    assert mended_bytes(text.encode(), tuple(offered)).decode() == skill().replace(
        "created_by", "\n" * blanks + "created_by"
    )
