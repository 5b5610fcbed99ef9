"""`espalier check --format json`: the contract that other programs read."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from bot.findings import Finding, Fix
from bot.tally import Report, summary

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def render_json(report: Report) -> str:
    """Write the report as JSON."""
    return json.dumps(as_json(report), indent=2) + "\n"


def as_json(report: Report) -> dict[str, Json]:
    """Give the report as the contract has it."""
    return {
        "verdict": "fail" if report.failed else "pass",
        "checks": [
            {
                "id": result.id,
                "status": result.status,
                "summary": summary(result),
                "findings": [_finding(finding) for finding in result.findings],
            }
            for result in report.results
        ],
    }


def _finding(finding: Finding) -> dict[str, Json]:
    place: dict[str, Json] = {"path": finding.path} if finding.commit is None else {"commit": finding.commit}
    return {
        "rule": finding.rule,
        "level": finding.level.value,
        **place,
        "line": finding.line,
        "column": finding.column,
        "message": finding.message,
        "fix": None if finding.fix is None else _fix(finding.fix),
    }


def _fix(fix: Fix) -> dict[str, Json]:
    return {
        "description": fix.description,
        "replacements": [asdict(each) for each in fix.replacements],
        "renames": [asdict(each) for each in fix.renames],
    }
