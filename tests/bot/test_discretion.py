"""What is private or secret is shown by nothing: no message, fix, suggestion or line of another check repeats it."""

from dataclasses import replace

import pytest

from bot.check import run_checks
from bot.discretion import discreet, private_places
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Level
from bot.passages import MAX_PER_RULE
from bot.suggestions import suggest
from bot.tally import tell
from tests.bot.checks.pulls import KNOWLEDGE_FOLDER, SKILL_FOLDER, knowledge, pull, skill

PATH = f"{SKILL_FOLDER}/qna.yaml"
PASSWORD = "hG7-kQ2pZ9w"
CARD = "4111111111111111"
ADDRESS = "h.quillfeather@orchardworks.io"
KEY_LINE = "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn7ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpI"
KEY_HEAD = "-----BEGIN RSA " + "PRIVATE KEY-----"


def shown(facts: PullRequestFacts) -> str:
    """Give all that is said of a pull request, and the lines that are printed with it."""
    results = run_checks(facts)
    facts = replace(facts, files=tuple(replace(file, shown=((1, 10_000),)) for file in facts.files))
    report = tell(facts, results)
    lines = [report.line(finding) for result in results for finding in result.findings]
    return repr((report.results, suggest(facts, results), lines))


@pytest.mark.parametrize("attribution", [None, ""])
def test_password_in_a_documents_address_is_repeated_nowhere(attribution: str | None) -> None:
    text = knowledge().replace("https://github.com/", f"https://me:{PASSWORD}@github.com/")
    told = shown(pull(text, folder=KNOWLEDGE_FOLDER, attribution=attribution))
    assert "rule='url-password'" in told
    assert "rule='address'" in told
    assert "Link to work: https://github.com/ada/quays" in told
    assert PASSWORD not in told


def test_card_number_that_is_no_text_is_repeated_nowhere() -> None:
    told = shown(pull(skill().replace("answer: |\n      Song number 1.", f"answer: {CARD}")))
    assert "rule='payment-card'" in told
    assert "YAML takes `…`" in told
    assert CARD not in told


def test_address_in_created_by_is_repeated_nowhere() -> None:
    told = shown(pull(skill().replace("created_by: ada", f"created_by: {ADDRESS}")))
    assert "rule='author-email'" in told
    assert "rule='no-login'" in told
    assert ADDRESS not in told


@pytest.mark.parametrize("end", ["", "      -----END RSA PRIVATE KEY-----\n"])
def test_body_of_a_private_key_is_repeated_nowhere(end: str) -> None:
    body = "".join(f"      {number}{KEY_LINE}   \n" for number in range(6))
    told = shown(pull(skill().replace("      Song number 1.\n", f"      {KEY_HEAD}\n{body}{end}")))
    assert "rule='private-key'" in told
    assert "rule='trailing-spaces'" in told
    assert KEY_LINE not in told


def test_lines_after_the_last_finding_of_a_rule_are_private_too() -> None:
    rows = "".join(f"      person.no{number}@orchardworks.io   \n" for number in range(MAX_PER_RULE + 5))
    told = shown(pull(skill().replace("      Song number 1.\n", rows)))
    assert told.count("rule='email'") == MAX_PER_RULE + 1
    assert "orchardworks" not in told


def test_what_is_quoted_from_a_private_line_is_blanked_wherever_it_is_said() -> None:
    facts = pull(f"a: b\nc: Call {ADDRESS} today\n")
    hit = Finding(rule="email", level=Level.ERROR, message="`x`", path=PATH, line=2)
    words = f"`Call {ADDRESS}`, `h.quillfe…` and `a` on `seed_examples[0].question`"
    other = Finding(rule="far", level=Level.ERROR, message=words, path=PATH, line=1)
    here = Finding(rule="there", level=Level.ERROR, message="Take `a`.", path=PATH, line=1, end_line=2)
    nowhere = Finding(rule="off", level=Level.ERROR, message=f"`{ADDRESS}`", commit="0" * 40)
    results = (CheckResult(id="pii", findings=(hit,)), CheckResult(id="x", findings=(other, here, nowhere)))
    messages = [finding.message for result in discreet(facts, results) for finding in result.findings]
    blanked = "`…`, `…` and `a` on `seed_examples[0].question`"
    assert messages == ["`x`", blanked, "Take `…`.", f"`{ADDRESS}`"]


def test_places_hold_lines_of_spans_that_overlap() -> None:
    one = Finding(rule="a", level=Level.ERROR, message="", path="p", line=4, end_line=9, also=((2, 2), (20, 30)))
    two = Finding(rule="a", level=Level.ERROR, message="", path="p", line=6)
    places = private_places([CheckResult(id="secrets", findings=(one, two)), CheckResult(id="yaml", findings=(two,))])
    assert [line for line in range(1, 32) if places.hold("p", line)] == [2, *range(4, 10), *range(20, 31)]
    assert places.hold("p", 1, 3)
    assert not places.hold("p", 10, 19)
    assert not places.hold("q", 4)
