"""`espalier check --format sarif`: SARIF 2.1.0, as code scanning and editors read it.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from urllib.parse import quote

from bot.check import load_checks
from bot.findings import BROKEN, Finding, Fix, Level
from bot.mend import mended
from bot.tally import Report, located, plain

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]
_LEVELS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTICE: "note"}


def render_sarif(report: Report) -> str:
    """Write the report as a SARIF log of one run."""
    return json.dumps(as_sarif(report), indent=2) + "\n"


def as_sarif(report: Report) -> dict[str, Json]:
    """Give the report as a SARIF log: a rule for each rule of each check, a result for each finding."""
    found = located(report.results)
    rules = {f"{check}/{rule}": said for check, rule, said in _declared()}
    for check, finding in found:
        rules.setdefault(f"{check}/{finding.rule}", (finding.level, f"what `{check}` calls `{finding.rule}`"))
    places = {rule: index for index, rule in enumerate(rules)}
    seen: Counter[str] = Counter()
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "espalier",
                        "semanticVersion": version("espalier"),
                        "rules": [_rule(rule, level, wrong) for rule, (level, wrong) in rules.items()],
                    }
                },
                "automationDetails": {"id": "espalier/"},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(report)],
                "results": [_result(check, finding, report, places, seen) for check, finding in found],
            }
        ],
    }


def _declared() -> Iterator[tuple[str, str, tuple[Level, str]]]:
    for check in load_checks():
        for rule, said in (*check.rules.items(), (BROKEN, check.broken)):
            yield check.id, rule, said


def _invocation(report: Report) -> dict[str, Json]:
    """Say whether every check ran to its end, and which did not."""
    failed: list[Json] = [
        {
            "level": "error",
            "descriptor": {"id": f"{result.id}/{BROKEN}"},
            "message": {"text": f"The check {result.id} failed."},
        }
        for result in report.results
        if result.broken
    ]
    return (
        {"executionSuccessful": False, "toolExecutionNotifications": failed}
        if failed
        else {"executionSuccessful": True}
    )


def _rule(rule: str, level: Level, wrong: str) -> dict[str, Json]:
    sentence = f"{wrong[:1].upper()}{wrong[1:]}."
    check = rule.split("/", maxsplit=1)[0]
    return {
        "id": rule,
        "shortDescription": {"text": sentence},
        "help": {
            "text": f"{sentence} The check {check} says so; docs/checks.md tells of it and of the policy it follows.",
            "markdown": f"{sentence}\n\nThe check `{check}` says so; `docs/checks.md` tells of it and of its policy.",
        },
        "defaultConfiguration": {"level": _LEVELS[level]},
        "properties": {"tags": ["taxonomy", check]},
    }


def _result(
    check: str, finding: Finding, report: Report, places: Mapping[str, int], seen: Counter[str]
) -> dict[str, Json]:
    rule = f"{check}/{finding.rule}"
    result: dict[str, Json] = {
        "ruleId": rule,
        "ruleIndex": places[rule],
        "level": _LEVELS[finding.level],
        "message": {"text": plain(finding.message)},
        "locations": [_location(finding)],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(rule, finding, report, seen)},
    }
    fix = None if finding.fix is None else _fix(finding.fix, report)
    return result if fix is None else {**result, "fixes": [fix]}


def _location(finding: Finding) -> dict[str, Json]:
    """Give the place of a finding; code scanning refuses a whole log for one result without a file and a line."""
    where = f"commit/{finding.commit}" if finding.commit is not None else finding.path or "."
    region: dict[str, Json] = {"startLine": finding.line or 1}
    if finding.column is not None:
        region["startColumn"] = finding.column
    location: dict[str, Json] = {"physicalLocation": {"artifactLocation": _artifact(where), "region": region}}
    if finding.commit is None:
        return location
    return {**location, "logicalLocations": [{"name": finding.commit, "kind": "commit"}]}


def _artifact(path: str) -> dict[str, Json]:
    return {"uri": quote(path, errors="replace"), "uriBaseId": "%SRCROOT%"}


def _fingerprint(rule: str, finding: Finding, report: Report, seen: Counter[str]) -> str:
    """Name a finding so that it stays the same one when lines are put above it; what is secret is not in it."""
    line = " ".join((report.line(finding) or "").split())
    parts = (rule, finding.path or finding.commit or "", line)
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    seen[digest] += 1
    return f"{digest}:{seen[digest]}"


def _fix(fix: Fix, report: Report) -> dict[str, Json] | None:
    """Write what a machine would make of each file; SARIF has no word for a rename."""
    if not fix.replacements or fix.renames:
        return None
    paths = dict.fromkeys(each.path for each in fix.replacements)
    changes: list[Json] = []
    for path in paths:
        content = report.contents.get(path, b"")
        try:
            after = mended(content, [each for each in fix.replacements if each.path == path])
        except ValueError:  # the file was not read
            return None
        changes.append({"artifactLocation": _artifact(path), "replacements": [_difference(content, after)]})
    return {"description": {"text": fix.description}, "artifactChanges": changes}


def _difference(before: bytes, after: bytes) -> dict[str, Json]:
    """Give the one replacement of whole lines that turns a text into another."""
    old, new = _lines(before), _lines(after)
    same = 0
    while same < min(len(old), len(new)) and old[same] == new[same]:
        same += 1
    end, new_end = len(old), len(new)
    while end > same and new_end > same and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    unended = end == len(old) and bool(old) and not old[-1].endswith("\n")
    last, column = (end, len(old[-1]) + 1) if unended and end > same else (end + 1, 1)
    region = {"startLine": same + 1, "startColumn": 1, "endLine": last, "endColumn": column}
    return {"deletedRegion": region, "insertedContent": {"text": "".join(new[same:new_end])}}


def _lines(content: bytes) -> list[str]:
    text = content.decode("utf-8-sig", errors="replace")
    *ended, rest = text.split("\n")
    return [f"{line}\n" for line in ended] + ([rest] if rest else [])
