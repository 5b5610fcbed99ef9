"""What a check has to say: a level, a place, a message that tells what to do, and a fix where a machine can make it."""

from dataclasses import dataclass, field
from enum import StrEnum

BROKEN = "broken"
"""Rule of the finding that says that a check itself failed."""


class Level(StrEnum):
    """How much a finding weighs: an error blocks, the others inform."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """Replace lines `first` to `last` (1-based, both included) of a file by `text`; an empty file has no lines.

    `text` has no line end at its own end: every line that is written gets one. `last` below `first` inserts.
    """

    path: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rename:
    """Give a file another path; the folders on the way are made."""

    path: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """A mend that a machine can make, or commands to paste where it has neither replacements nor renames."""

    description: str
    replacements: tuple[Replacement, ...] = ()
    renames: tuple[Rename, ...] = ()

    @property
    def mechanical(self) -> bool:
        """Whether a machine can make it without asking."""
        return bool(self.replacements or self.renames)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing a check found; it stands on a path and line, or on a commit."""

    rule: str
    """Stable name within the check, such as `too-few-examples`."""
    level: Level
    message: str
    path: str | None = None
    line: int | None = None
    column: int | None = None
    commit: str | None = None
    fix: Fix | None = None
    end_line: int | None = None
    """Last line of what was found; None where that is `line`."""
    also: tuple[tuple[int, int], ...] = ()
    """First and last line of what else this finding stands for, where there is too much of it to tell one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What one check said of a pull request."""

    id: str
    findings: tuple[Finding, ...]
    skipped: str | None = None
    """Why the check did not look, in a clause; None if it did."""
    summary: str = field(default="", compare=False)
    """What the check does, in a sentence."""

    @property
    def broken(self) -> bool:
        """Whether the check itself failed, so that nobody knows what it would have said."""
        return any(finding.rule == BROKEN for finding in self.findings)

    @property
    def status(self) -> str:
        """`pass`, `warn`, `fail` or `skip`, as `espalier check --format json` prints it."""
        if self.skipped is not None:
            return "skip"
        levels = {finding.level for finding in self.findings}
        if Level.ERROR in levels:
            return "fail"
        return "warn" if levels else "pass"
