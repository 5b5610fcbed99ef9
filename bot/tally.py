"""What the checks found, as every format of `espalier check` prints it: in one order, counted, and discreetly."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from bot.discretion import Places, discreet, private_places
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Fix, Level
from bot.neutralise import clean

WIDTH = 160
"""Characters of a line that are shown, around the place that is meant."""
FIX_LINES = 8
"""Lines of a fix that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run of `espalier check` has to print."""

    results: tuple[CheckResult, ...]
    contents: Mapping[str, bytes]
    """The files that were looked at, by path."""
    secret: Places
    """Lines that must not be shown."""

    @property
    def failed(self) -> bool:
        """Whether a finding blocks."""
        return any(result.status == "fail" for result in self.results)

    def lines(self, path: str) -> tuple[str, ...]:
        """Give the lines of a file as findings count them; none where it was not read."""
        return _lines(self.contents.get(path, b""))

    def line(self, finding: Finding) -> str | None:
        """Give the line that a finding is about; None where there is none, or it must not be shown."""
        if finding.path is None or finding.line is None or self.secret.hold(finding.path, finding.line):
            return None
        lines = self.lines(finding.path)
        return lines[finding.line - 1] if 0 < finding.line <= len(lines) else None


def tell(facts: PullRequestFacts, results: Iterable[CheckResult]) -> Report:
    """Make a report of what the checks said; what would repeat lines that must not be shown is taken out."""
    results = tuple(results)
    contents = {file.path: file.content for file in facts.files if file.content is not None}
    for leaf in facts.leaves:
        if leaf.attribution is not None:
            contents[f"{leaf.folder}/attribution.txt"] = leaf.attribution
    return Report(results=discreet(facts, results), contents=contents, secret=private_places(results))


def located(results: Iterable[CheckResult]) -> list[tuple[str, Finding]]:
    """Give each finding with its check, by file and line; those on commits come last."""
    found = [(result.id, finding) for result in results for finding in result.findings]
    return sorted(found, key=lambda item: _place(item[1]))


def summary(result: CheckResult) -> str:
    """Say in one sentence what came of a check."""
    if result.skipped is not None:
        return f"Not looked at: {result.skipped}."
    if not result.findings:
        return result.summary
    return f"{count(result.findings)}."


def count(findings: Iterable[Finding]) -> str:
    """Count findings by level: `2 errors, 1 notice`."""
    levels = [finding.level for finding in findings]
    parts = [(levels.count(level), level.value) for level in Level]
    return ", ".join(f"{number} {word}{'' if number == 1 else 's'}" for number, word in parts if number)


def plain(text: str) -> str:
    """Take Markdown's fences out, which say nothing in a terminal."""
    return "\n".join(line for line in clean(text).split("\n") if not line.startswith("```"))


def changes(fix: Fix) -> tuple[str, ...]:
    """Give what a machine writes for a fix: the lines that it puts in, and the names that it gives."""
    lines = (line for each in fix.replacements for line in clean(each.text).split("\n"))
    names = (f"{clean(each.path)} → {clean(each.to)}" for each in fix.renames)
    return (*(line[:WIDTH] for line in lines), *names)


def advice(findings: Iterable[Finding]) -> Iterator[str]:
    """Give what people have to paste themselves, each text once."""
    yield from dict.fromkeys(
        finding.fix.description for finding in findings if finding.fix is not None and not finding.fix.mechanical
    )


@lru_cache(maxsize=16)
def _lines(content: bytes) -> tuple[str, ...]:
    text = content.decode("utf-8-sig", errors="replace")
    return tuple(line.removesuffix("\r") for line in text.split("\n"))


def _place(finding: Finding) -> tuple[bool, str, int, int]:
    where = finding.commit or finding.path or ""
    return finding.commit is not None, where, finding.line or 0, finding.column or 0
