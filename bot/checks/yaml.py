"""Whether each qna.yaml is YAML that a machine may read, cleanly written; where not, the usual cause and its mend."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from yamllint import linter  # type: ignore[import-untyped]  # ships no types
from yamllint.config import YamlLintConfig  # type: ignore[import-untyped]  # ships no types

from bot.check import check
from bot.facts import ChangedFile, PullRequestFacts
from bot.findings import Finding, Fix, Level, Replacement
from bot.neutralise import code
from bot.reading import judged_version, read
from bot.yaml_slips import slips
from schemas.safe_yaml import Cause, Loaded, UnreadableYaml
from schemas.yaml_scan import MAX_BYTES, decode

MAX_PER_RULE = 50
"""Findings of one rule in one file; a last one counts the rest."""
CONFIGURATION = "{extends: relaxed, rules: {line-length: disable, key-duplicates: disable}}"
"""Upstream's yamllint configuration, less the rule on duplicate keys: it takes quadratic time, and we have our own."""

_REGULAR = frozenset({"100644", "100755"})
_SYNTAX = frozenset({Cause.SYNTAX, Cause.DOCUMENTS, Cause.TAG, Cause.VALUE})
_ADVICE = {
    Cause.SIZE: "Make it shorter, or split it into several leaves.",
    Cause.ENCODING: "Save the file as UTF-8; your editor offers that where it saves.",
    Cause.CHARACTER: "Delete this character; it cannot be seen in most editors.",
    Cause.DEPTH: "A qna.yaml needs six levels at most.",
    Cause.ALIASES: "Write repeated text out, without `&` and `*`.",
    Cause.EVENTS: "Make it shorter, or split it into several leaves.",
    Cause.MERGE: "Write repeated keys out, without `<<`.",
}
_LINT_ADVICE = {
    "trailing-spaces": "Delete the spaces at the end of this line.",
    "new-line-at-end-of-file": "End the file with a line break: press Enter at the end of the last line.",
    "empty-lines": "Delete the surplus blank lines.",
    "new-lines": "Save the file with Unix line ends (LF), not with Windows ones (CRLF).",
    "hyphens": "Put one space after the hyphen, not more.",
    "colons": "Put no space before a colon, and one after it.",
    "indentation": "Indent this line like its neighbours on the same level.",
}


@check
def yaml(facts: PullRequestFacts) -> Iterator[Finding]:
    """Read every qna.yaml within bounds, and lint it as upstream does."""
    for leaf in facts.leaves:
        if leaf.qna is None:
            continue
        if leaf.qna.content is None:
            yield _without_content(leaf.qna)
            continue
        loaded = read(leaf.qna.content)
        if isinstance(loaded, UnreadableYaml):
            yield from _unreadable(leaf.qna.path, leaf.qna.content, loaded)
            continue
        yield from _bounded(tuple(_duplicate_keys(leaf.qna.path, loaded)))
        if judged_version(loaded, facts.config.schema) > 1:
            yield from _bounded(tuple(_lint(leaf.qna.path, loaded)))


def _without_content(file: ChangedFile) -> Finding:
    if file.mode not in _REGULAR:
        rule, message = "no-file", "This is a symbolic link or a submodule. Put the file itself here."
    elif file.size > MAX_BYTES:
        rule, message = "size", f"The file is too large to be read ({file.size:,} bytes). {_ADVICE[Cause.SIZE]}"
    else:
        rule, message = "too-many-files", "This pull request changes too many files for all to be read. Split it."
    return Finding(rule=rule, level=Level.ERROR, path=file.path, line=1, message=message)


def _unreadable(path: str, content: bytes, error: UnreadableYaml) -> Iterator[Finding]:
    if error.cause not in _SYNTAX:
        yield Finding(
            rule=error.cause.value,
            level=Level.ERROR,
            path=path,
            line=error.position.line,
            column=error.position.column,
            message=f"{error.problem[:1].upper()}{error.problem[1:]}. {_ADVICE[error.cause]}",
        )
        return
    for slip in slips(decode(content, max_bytes=MAX_BYTES), error):
        replacement = Replacement(path=path, first=slip.first, last=slip.last, text="\n".join(slip.mended))
        fix = Fix(description="Write it so", replacements=(replacement,)) if slip.mended else None
        yield Finding(
            rule=slip.rule,
            level=Level.ERROR,
            path=path,
            line=slip.line,
            column=slip.column,
            message=slip.message,
            fix=fix,
        )


def _duplicate_keys(path: str, loaded: Loaded) -> Iterator[Finding]:
    for duplicate in loaded.duplicates():
        yield Finding(
            rule="duplicate-key",
            level=Level.ERROR,
            path=path,
            line=duplicate.position.line,
            column=duplicate.position.column,
            message=f"{code(duplicate.key)} stands here and on line {duplicate.first.line}; only the last one counts. "
            "Delete one, or begin a new list item with `-`.",
        )


@cache
def _configuration() -> YamlLintConfig:
    return YamlLintConfig(CONFIGURATION)


def _lint(path: str, loaded: Loaded) -> Iterator[Finding]:
    lines = loaded.lines
    for problem in linter.run(loaded.text, _configuration()):
        rule = problem.rule or "syntax"
        yield Finding(
            rule=rule,
            level=Level.ERROR if problem.level == "error" else Level.WARNING,
            path=path,
            line=problem.line,
            column=problem.column,
            message=_LINT_ADVICE.get(rule, f"{problem.desc[:1].upper()}{problem.desc[1:]}."),
            fix=_fix(path, rule, problem.line, lines),
        )


def _fix(path: str, rule: str, line: int, lines: tuple[str, ...]) -> Fix | None:
    if rule == "trailing-spaces":
        mended = Replacement(path=path, first=line, last=line, text=lines[line - 1].rstrip())
        return Fix(description="Delete the trailing spaces", replacements=(mended,))
    if rule == "new-line-at-end-of-file":
        mended = Replacement(path=path, first=len(lines), last=len(lines), text=lines[-1].rstrip())
        return Fix(description="End the last line", replacements=(mended,))
    if rule == "empty-lines":
        # yamllint points at the last blank line of a run.
        first = line
        while first > 1 and not lines[first - 2].strip():
            first -= 1
        if first > 1:
            mended = Replacement(path=path, first=first - 1, last=line, text=lines[first - 2])
        else:
            mended = Replacement(
                path=path, first=1, last=min(line + 1, len(lines)), text=lines[min(line, len(lines) - 1)]
            )
        return Fix(description="Delete the blank lines", replacements=(mended,))
    return None


def _bounded(findings: tuple[Finding, ...]) -> Iterator[Finding]:
    totals = Counter(finding.rule for finding in findings)
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.rule] += 1
        if seen[finding.rule] <= MAX_PER_RULE:
            yield finding
        elif seen[finding.rule] == MAX_PER_RULE + 1:
            more = totals[finding.rule] - MAX_PER_RULE
            yield replace(finding, fix=None, message=f"{finding.message} {more:,} places from here on need the same.")
