"""Fixes as a contributor reads them: text to paste, or commands to run."""

import shlex
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import PurePosixPath

from bot.findings import Finding, Fix, Rename
from bot.neutralise import fence

SHOWN = 5
LONGEST = 1_500
"""Characters of a text to paste; a longer one is left out, for a shortened one would be wrong."""
LONGEST_ADVICE = 6_000
RENAMES_SHOWN = 40
UNSEEN = frozenset({"trailing-spaces", "new-line-at-end-of-file", "empty-lines", "new-lines", "bom", "crlf"})
"""Rules whose mend cannot be seen in a text to paste."""


def render_fixes(findings: Sequence[Finding]) -> Iterator[str]:
    """Write the fixes of findings that say the same of several places, each once."""
    if findings[0].rule in UNSEEN:
        return
    several = len(findings) > 1 and findings[0].commit is None
    found = ((finding.line, finding.fix) for finding in findings if finding.fix is not None)
    fixes = dict.fromkeys((line if several else None, fix) for line, fix in found)
    for line, fix in islice(fixes, SHOWN):
        text = render_fix(fix, line=line)
        if text:
            yield text


def render_fix(fix: Fix, *, line: int | None) -> str:
    """Write one fix; empty where it would be too long to be of use."""
    head = fix.description if line is None else f"Line {line}: {fix.description[:1].lower()}{fix.description[1:]}"
    if not fix.mechanical:
        return head if len(head) <= LONGEST_ADVICE else ""
    blocks = [_commands(fix.renames)] if fix.renames else []
    if fix.replacements:
        text = "\n".join(replacement.text for replacement in fix.replacements)
        info = "yaml" if fix.replacements[0].path.endswith((".yaml", ".yml")) else "text"
        blocks.append(fence(text, info=info) if len(text) <= LONGEST else "")
    shown = "\n\n".join(block for block in blocks if block)
    return f"{head}:\n\n{shown}" if shown else ""


def git_moves(renames: Iterable[Rename]) -> Iterator[str]:
    """Give the commands that rename files; each folder that is not the file's own is made first."""
    made: set[str] = set()
    for rename in renames:
        folder = str(PurePosixPath(rename.to).parent)
        if folder not in {".", str(PurePosixPath(rename.path).parent), *made}:
            made.add(folder)
            yield f"mkdir -p {shlex.quote(folder)}"
        yield f"git mv {shlex.quote(rename.path)} {shlex.quote(rename.to)}"


def _commands(renames: Sequence[Rename]) -> str:
    text = "\n".join(git_moves(renames[:RENAMES_SHOWN]))
    return fence(text, info="sh", limit=LONGEST_ADVICE) if len(text) <= LONGEST_ADVICE else ""
