"""`espalier check --format github`: workflow commands that annotate a pull request, and the summary of a job.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; the escapes are those of
actions/toolkit, packages/core/src/command.ts.
"""

from collections.abc import Iterator

from bot.facts import PullRequestFacts
from bot.findings import Finding
from bot.neutralise import code
from bot.report_findings import render_findings
from bot.tally import Report, count, located, plain, summary

MAX_SUMMARY = 900_000
"""Characters of a job summary: GitHub takes 1 MiB a step, and a character may have several bytes."""
_ROWS = 20_000
_STATES = {"pass": "✅", "warn": "⚠️", "fail": "❌", "skip": "⏭️"}
_BUDGET = 200_000


def render_commands(report: Report) -> str:
    """Write one workflow command for each finding; those that block come first, for GitHub shows ten of a kind."""
    return "".join(f"{_command(check, finding)}\n" for check, finding in located(report.results))


def render_summary(facts: PullRequestFacts, report: Report) -> str:
    """Write the job's summary as Markdown."""
    findings = [finding for _, finding in located(report.results)]
    headline = f"Espalier: {count(findings)}" if findings else "Espalier: everything is fine"
    blocks = [
        f"## {headline}",
        render_findings(facts, report.results, budget=_BUDGET),
        "\n".join(_rows(report))[:_ROWS],
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _rows(report: Report) -> Iterator[str]:
    yield "| check | | |\n| --- | --- | --- |"
    for result in report.results:
        yield f"| {code(result.id)} | {_STATES[result.status]} | {summary(result).replace('|', '/')} |"


def _command(check: str, finding: Finding) -> str:
    place = {}
    if finding.commit is None and finding.path is not None:
        place = {"file": finding.path, "line": str(finding.line or 1), "col": str(finding.column or 1)}
    properties = {**place, "title": f"{check}/{finding.rule}"}
    text = plain(finding.message)
    if finding.commit is not None:
        text = f"Commit {finding.commit[:7]}: {text}"
    written = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{finding.level.value} {written}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
