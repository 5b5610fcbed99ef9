"""Which lines hold something private or secret, and what of the findings would repeat them."""

from collections.abc import Iterable
from dataclasses import replace

from bot.findings import CheckResult, Finding

DISCREET = frozenset({"pii", "secrets"})
"""Checks whose findings stand on lines that are shown nowhere."""

Places = frozenset[tuple[str, int]]
"""Paths and lines."""


def private_places(results: Iterable[CheckResult]) -> Places:
    """Tell which lines must not be shown."""
    return frozenset(
        (finding.path, finding.line)
        for result in results
        if result.id in DISCREET
        for finding in result.findings
        if finding.path is not None and finding.line is not None
    )


def discreet(results: Iterable[CheckResult]) -> tuple[CheckResult, ...]:
    """Take out the fixes that would repeat lines that must not be shown."""
    results = tuple(results)
    private = private_places(results)
    if not private:
        return results
    return tuple(
        replace(result, findings=tuple(_discreet(finding, private) for finding in result.findings))
        for result in results
    )


def _discreet(finding: Finding, private: Places) -> Finding:
    if finding.fix is None:
        return finding
    repeats = any(
        path == each.path and each.first <= line <= each.last
        for each in finding.fix.replacements
        for path, line in private
    )
    return replace(finding, fix=None) if repeats else finding
