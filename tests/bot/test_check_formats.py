"""What `espalier check` prints for machines: workflow commands, job summaries, SARIF."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

import jsonschema_rs
import pytest

from bot.check import load_checks
from bot.check_actions import render_commands, render_summary
from bot.check_json import as_json
from bot.check_sarif import render_sarif
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Fix, Level, Rename, Replacement
from bot.mend import mended
from bot.tally import tell
from tests.bot.checks.pulls import HEAD, SKILL_FOLDER, pull, skill

QNA = f"{SKILL_FOLDER}/qna.yaml"
SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.json").read_text())

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def finding(
    rule: str = "trailing-spaces",
    *,
    level: Level = Level.ERROR,
    path: str | None = QNA,
    line: int | None = 4,
    column: int | None = 3,
    message: str = "Delete it.",
    commit: str | None = None,
    fix: Fix | None = None,
) -> Finding:
    return Finding(rule=rule, level=level, path=path, line=line, column=column, message=message, commit=commit, fix=fix)


def result(*findings: Finding, check: str = "yaml") -> CheckResult:
    return CheckResult(id=check, findings=findings)


def replacing(first: int, last: int, text: str, *, path: str = QNA) -> Fix:
    return Fix(description="Mend it", replacements=(Replacement(path=path, first=first, last=last, text=text),))


def sarif(facts: PullRequestFacts, *results: CheckResult) -> dict[str, list[dict[str, Json]]]:
    log = json.loads(render_sarif(tell(facts, results)))
    jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True).validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_every_finding_is_one_workflow_command_with_its_place() -> None:
    report = tell(pull(), [result(finding()), result(finding(line=None, column=None), check="schema")])
    assert render_commands(report).splitlines() == [
        f"::error file={QNA},line=1,col=1,title=schema/trailing-spaces::Delete it.",
        f"::error file={QNA},line=4,col=3,title=yaml/trailing-spaces::Delete it.",
    ]


def test_text_of_strangers_starts_no_command_of_its_own() -> None:
    path = "knowledge/a,b:c%0A\n::set-env name=x::y/qna.yaml"
    hostile = finding(path=path, message="100 %\r\n::stop-commands::x", level=Level.WARNING)
    (command,) = render_commands(tell(pull(), [result(hostile)])).splitlines()
    assert command == (
        "::warning file=knowledge/a%2Cb%3Ac%250A%0A%3A%3Aset-env name=x%3A%3Ay/qna.yaml,line=4,col=3,"
        "title=yaml/trailing-spaces::100 %25%0A::stop-commands::x"
    )


def test_commit_is_named_where_there_is_no_file() -> None:
    unsigned = finding("missing", path=None, line=None, column=None, commit=HEAD, message="Sign it.")
    assert render_commands(tell(pull(), [result(unsigned, check="dco")])) == (
        "::error title=dco/missing::Commit 0123456: Sign it.\n"
    )


def test_summary_of_a_job_says_what_to_do_and_what_each_check_found() -> None:
    facts = pull()
    text = render_summary(facts, tell(facts, [result(finding()), result(check="schema")]))
    assert text.startswith("## Espalier: 1 error\n")
    assert "Delete it." in text
    assert "| `yaml` | ❌ | 1 error. |" in text
    assert "| `schema` | ✅ |" in text
    assert "everything is fine" in render_summary(facts, tell(facts, [result()]))


def test_every_format_says_what_a_rename_does() -> None:
    fix = Fix(description="Name it so", renames=(Rename(path=QNA, to="knowledge/b/qna.yaml"),))
    report = tell(pull(), [result(finding(fix=fix))])
    (check,) = as_json(report)["checks"]  # type: ignore[misc, union-attr]  # the shape is what is tested
    assert check["findings"][0]["fix"] == {  # type: ignore[index, call-overload]  # as above
        "description": "Name it so",
        "replacements": [],
        "renames": [{"path": QNA, "to": "knowledge/b/qna.yaml"}],
    }
    assert "fixes" not in sarif(pull(), *report.results)["results"][0]


def test_sarif_log_is_valid_and_names_a_rule_for_every_result() -> None:
    facts = pull()
    run = sarif(
        facts,
        result(finding(fix=replacing(4, 4, "x")), finding("colons", level=Level.NOTICE, line=None, column=None)),
        result(finding("missing", path=None, line=None, column=None, commit=HEAD), check="dco"),
        result(finding("no-such-rule", path=None, line=None, column=None), check="placement"),
    )
    rules = run["tool"]["driver"]["rules"]  # type: ignore[call-overload]  # the shape is what is tested
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
    assert [each["level"] for each in run["results"]] == ["error", "note", "error", "error"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert {f"{check.id}/{rule}" for check in load_checks() for rule in check.rules} <= {rule["id"] for rule in rules}


def test_sarif_log_says_that_a_check_failed() -> None:
    broken = sarif(pull(), result(finding("broken", path=None, line=None, column=None), check="secrets"))
    (invocation,) = broken["invocations"]
    assert not invocation["executionSuccessful"]
    assert [each["descriptor"]["id"] for each in invocation["toolExecutionNotifications"]] == ["secrets/broken"]  # type: ignore[index, call-overload, union-attr]
    assert sarif(pull(), result())["invocations"] == [{"executionSuccessful": True}]
    weights = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in broken["tool"]["driver"]["rules"]}  # type: ignore[call-overload]  # the shape
    assert (weights["secrets/broken"], weights["author/broken"]) == ("error", "warning")


def test_sarif_of_any_path_is_a_valid_address() -> None:
    path = "knowledge/große Fische, 100 %/\udcff#?x/qna.yaml"
    (each,) = sarif(pull(), result(finding(path=path)))["results"]
    uri = each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]  # type: ignore[index, call-overload]
    assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", uri)
    assert unquote(uri).startswith("knowledge/große Fische, 100 %/")


def fingerprints(facts: PullRequestFacts, *results: CheckResult) -> list[str]:
    return [
        str(each["partialFingerprints"]["primaryLocationLineHash"])  # type: ignore[index, call-overload]  # the shape
        for each in sarif(facts, *results)["results"]
    ]


def test_fingerprint_stays_when_lines_are_put_above_and_tells_two_of_a_kind_apart() -> None:
    before = fingerprints(pull(skill()), result(finding(line=4), finding(line=4, column=9)))
    after = fingerprints(pull("# new\n" + skill()), result(finding(line=5), finding(line=5, column=9)))
    assert before == after
    assert len(set(before)) == 2
    assert fingerprints(pull(skill()), result(finding(line=5))) != before[:1]


def applied(text: str, run: Mapping[str, Sequence[Mapping[str, Json]]]) -> str:
    """Apply the one fix of the one result, as an editor does: by line and column."""
    (fix,) = run["results"][0]["fixes"]  # type: ignore[misc, union-attr]  # the shape is what is tested
    (change,) = fix["artifactChanges"]  # type: ignore[misc, index, call-overload]  # as above
    (replacement,) = change["replacements"]  # type: ignore[misc, index, call-overload]  # as above
    region = replacement["deletedRegion"]  # type: ignore[index, call-overload]  # as above
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    first = starts[region["startLine"] - 1] + region["startColumn"] - 1  # type: ignore[index, call-overload, operator]
    last = starts[region["endLine"] - 1] + region["endColumn"] - 1  # type: ignore[index, call-overload, operator]
    return text[:first] + str(replacement["insertedContent"]["text"]) + text[last:]  # type: ignore[index, call-overload]


@pytest.mark.parametrize(
    ("content", "fix"),
    [
        (b"a\nb\nc\n", replacing(2, 2, "B")),
        (b"a\nb\nc", replacing(3, 3, "c")),
        (b"a\nb\nc", replacing(3, 3, "C\nD")),
        (b"a\nb\nc\n", replacing(1, 0, "new")),
        (b"a\nb", replacing(3, 2, "new")),
        (b"a\r\nb\r\nc\r\n", replacing(2, 3, "B")),
        (b"a\nb\n\n\n", replacing(2, 4, "b")),
        (b"\xef\xbb\xbfa\nb\n", replacing(2, 2, "B")),
        (b"", replacing(1, 0, "a\nb")),
    ],
)
def test_fix_in_sarif_does_what_the_mend_does(content: bytes, fix: Fix) -> None:
    run = sarif(pull(content), result(finding(fix=fix)))
    text = content.decode("utf-8-sig")
    assert applied(text, run) == mended(content, fix.replacements).decode("utf-8-sig")


def test_fix_of_a_new_file_is_an_insertion() -> None:
    run = sarif(
        pull(attribution=None), result(finding(fix=replacing(1, 0, "a", path=f"{SKILL_FOLDER}/attribution.txt")))
    )
    assert applied("", run) == "a\n"
    outdated = sarif(pull(), result(finding(fix=replacing(99, 99, "a"))))
    assert "fixes" not in outdated["results"][0]


@pytest.mark.parametrize("check", ["pii", "secrets"])
def test_line_with_a_secret_is_shown_in_no_format(check: str) -> None:
    text = skill().replace("kettle 0", "kettle hunter2 ")
    facts = pull(text)
    report = tell(
        facts,
        [
            result(finding("planted", line=4), check=check),
            result(finding(line=4, fix=replacing(4, 4, "  - question: kettle hunter2?"))),
            result(finding(line=4, fix=replacing(1, 9, "hunter2")), check="schema"),
        ],
    )
    shown = [json.dumps(as_json(report)), render_sarif(report), render_commands(report), render_summary(facts, report)]
    assert all("hunter2" not in each for each in shown)
    assert all(report.line(each) is None for each in report.results[0].findings)
