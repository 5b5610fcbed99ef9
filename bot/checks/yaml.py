"""Whether each qna.yaml is YAML that a machine may read, cleanly written; where not, the usual cause and its mend."""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from bot.check import Rules, check
from bot.facts import ChangedFile, LeafFiles, PullRequestFacts
from bot.findings import Finding, Level, Replacement
from bot.lint import ERRORS, WARNINGS, advice, lint
from bot.neutralise import code
from bot.reading import SLIPS, judged_version, read, required_version
from bot.tidying import Mend, Tidying, implicit, lost_in_comments, tidy, tidy_around
from bot.yaml_drafts import slips
from bot.yaml_slips import RULES as SLIP_RULES
from bot.yaml_slips import Slip
from schemas.config import Config, Levels
from schemas.leaf import kind_of
from schemas.safe_yaml import Cause, Loaded, Position, UnreadableYaml
from schemas.yaml_scan import MAX_BYTES, decode

RULES: Rules = {
    "size": (Level.ERROR, "the file is too large to be read"),
    "too-many-files": (Level.ERROR, "the pull request changes more files than are read"),
    "too-costly": (Level.ERROR, "reading the file takes more time or memory than any leaf needs"),
    "encoding": (Level.ERROR, "the file is not UTF-8"),
    "character": (Level.ERROR, "the file holds a character that YAML does not allow"),
    "depth": (Level.ERROR, "the file nests too deep"),
    "aliases": (Level.ERROR, "the file repeats itself by aliases until it is too large"),
    "events": (Level.ERROR, "the file has too many parts"),
    "merge": (Level.ERROR, "the file uses merge keys"),
    **{rule: (Level.ERROR, what) for rule, what in SLIP_RULES.items()},
    "duplicate-key": (Level.ERROR, "a key stands twice in one group"),
    **{rule: (Level.ERROR, what) for rule, what in ERRORS.items()},
    **{rule: (Level.WARNING, what) for rule, what in WARNINGS.items()},
    "long-line": (Level.WARNING, "a line has more characters than the guide wants"),
    "implicit-type": (Level.WARNING, "YAML takes a text for a number, a date, or yes and no, and no schema says so"),
    "text-in-comment": (Level.WARNING, "a `#` in a text makes a comment of the rest"),
    "bom": (Level.WARNING, "the file begins with a byte order mark"),
    "crlf": (Level.WARNING, "lines end in the Windows way"),
}
MENDED = frozenset({
    "text-after-block-mark",
    "text-not-indented",
    "first-line-deeper",
    "tab",
    "reserved-character",
    "colon-in-text",
    "unreadable-value",
    "text-after-quote",
    "key-not-aligned",
    "list-without-key",
    "trailing-spaces",
    "new-line-at-end-of-file",
    "empty-lines",
    "colons",
    "long-line",
    "implicit-type",
    "bom",
    "crlf",
})

MAX_PER_RULE = 50
"""Findings of one rule in one file; a last one counts the rest."""

_REGULAR = frozenset({"100644", "100755"})
_ADVICE = {
    Cause.SIZE: "Make it shorter, or split it into several leaves.",
    Cause.ENCODING: "Save the file as UTF-8; your editor offers that where it saves.",
    Cause.CHARACTER: "Delete this character; it cannot be seen in most editors.",
    Cause.DEPTH: "A qna.yaml needs six levels at most.",
    Cause.ALIASES: "Write repeated text out, without `&` and `*`.",
    Cause.EVENTS: "Make it shorter, or split it into several leaves.",
    Cause.MERGE: "Write repeated keys out, without `<<`.",
}
_FIXES: dict[str, tuple[str, Mend | None]] = {
    "trailing-spaces": ("Delete the trailing spaces", None),
    "new-line-at-end-of-file": ("End the last line", None),
    "empty-lines": ("Delete the blank lines", None),
    "colons": ("Write the colon with one space after it", Mend.SPACED),
    "long-line": ("Break the line where YAML joins it again", Mend.WRAPPED),
    "implicit-type": ("Put it in quotes", Mend.QUOTED),
    "bom": ("Take the byte order mark away", None),
    "crlf": ("Write Unix line ends", None),
}


@check
def yaml(facts: PullRequestFacts) -> Iterator[Finding]:
    """Read every qna.yaml within bounds, and lint it as upstream does."""
    for leaf in facts.leaves:
        if leaf.qna is None:
            continue
        if leaf.qna.content is None:
            # A link or a submodule in place of the file is what `placement` tells.
            if leaf.qna.mode in _REGULAR:
                yield _without_content(leaf.qna)
            continue
        loaded = read(leaf.qna.content)
        if isinstance(loaded, UnreadableYaml):
            yield from _bounded(_unreadable(leaf.qna.path, leaf.qna.content, loaded, facts.config))
        else:
            yield from _readable(leaf, leaf.qna.path, loaded, facts.config)


def _without_content(file: ChangedFile) -> Finding:
    if file.size > MAX_BYTES:
        rule, message = "size", f"The file is too large to be read ({file.size:,} bytes). {_ADVICE[Cause.SIZE]}"
    else:
        rule, message = "too-many-files", "This pull request changes too many files for all to be read. Split it."
    return Finding(rule=rule, level=Level.ERROR, path=file.path, line=1, message=message)


def _unreadable(path: str, content: bytes, error: UnreadableYaml, config: Config) -> Iterator[Finding]:
    if error.cause not in SLIPS:
        message = f"{error.problem[:1].upper()}{error.problem[1:]}. {_ADVICE[error.cause]}"
        yield _finding(error.cause.value, path, error.position, message)
        return
    text = decode(content, max_bytes=MAX_BYTES)
    count = text.count("\n") + (not text.endswith("\n"))
    found = slips(text, error)
    tidying = tidy_around(path, text, [_replacement(path, slip, count) for slip in found if slip.mended])
    for slip in found:
        fix = tidying.fix(slip.first, "Write it so") if slip.mended else None
        yield replace(_finding(slip.rule, path, Position(line=slip.line, column=slip.column), slip.message), fix=fix)
    if required_version(config.schema) > 1:
        yield from _about_ends(path, text, tidying)
    yield from _about_bytes(path, text, marked=content.startswith(BOM_UTF8))


def _replacement(path: str, slip: Slip, count: int) -> Replacement:
    """Write a slip's mend as a replacement in a file of so many lines: behind a last line end there is none."""
    lines = slip.mended if slip.last <= count else slip.mended[:-1]
    return Replacement(path=path, first=slip.first, last=min(slip.last, count), text="\n".join(lines))


def _about_ends(path: str, text: str, tidying: Tidying) -> Iterator[Finding]:
    """Say of a file that cannot be read what yamllint would say of its lines once it can."""
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        bare = line.removesuffix("\r")
        if bare != bare.rstrip(" \t"):
            place = Position(line=number, column=len(bare.rstrip(" \t")) + 1)
            finding = _finding("trailing-spaces", path, place, advice("trailing-spaces"))
            yield replace(finding, fix=tidying.fix(number, *_FIXES["trailing-spaces"]))
    if lines[-1]:
        place = Position(line=len(lines), column=len(lines[-1]) + 1)
        finding = _finding("new-line-at-end-of-file", path, place, advice("new-line-at-end-of-file"))
        yield replace(finding, fix=tidying.fix(len(lines), *_FIXES["new-line-at-end-of-file"]))


def _readable(leaf: LeafFiles, path: str, loaded: Loaded, config: Config) -> Iterator[Finding]:
    found = tuple(_bounded(_faults(path, loaded, config)))
    kind = kind_of(leaf.folder)
    if kind is None or not any(finding.rule in _FIXES for finding in found):
        yield from found
        return
    tidying = tidy(path, kind, loaded, config)
    for finding in found:
        fix = None
        if finding.rule in _FIXES and finding.line is not None:
            fix = tidying.fix(finding.line, *_FIXES[finding.rule])
        yield replace(finding, fix=fix)


def _faults(path: str, loaded: Loaded, config: Config) -> Iterator[Finding]:
    for duplicate in loaded.duplicates():
        message = f"{code(duplicate.key)} stands here and on line {duplicate.first.line}; only the last one counts. "
        message += "Delete one, or begin a new list item with `-`."
        yield _finding("duplicate-key", path, duplicate.position, message)
    linted = judged_version(loaded, config.schema) > 1
    for fault in lint(loaded.text):
        # Upstream lints from version 2 on; but what its reader cannot read, which is not ours, fails at any version.
        if linted or fault.rule == "syntax":
            level = Level.ERROR if fault.error else Level.WARNING
            yield replace(_finding(fault.rule, path, fault.position, fault.message), level=level)
    if linted:
        yield from _long_lines(path, loaded, config.yaml.line_length)
    if config.checks.get("schema", Levels()).most == "off":
        for node in implicit(loaded):
            message = f"YAML does not take {code(node.value, limit=40)} for a text. Put it in quotes."
            yield _finding("implicit-type", path, loaded.position_of(node), message)
    for place in lost_in_comments(loaded):
        message = "A `#` after a space begins a comment, so that the rest of this line is lost. Put the text in quotes."
        yield _finding("text-in-comment", path, place, message)
    yield from _about_bytes(path, loaded.text, marked=loaded.marked)


def _long_lines(path: str, loaded: Loaded, limit: int) -> Iterator[Finding]:
    for number, line in enumerate(loaded.lines, start=1):
        if len(line) > limit:
            message = f"This line has {len(line):,} characters, and {limit} is the most that the guide wants. "
            message += "Break it into shorter ones."
            yield _finding("long-line", path, Position(line=number, column=limit + 1), message)


def _about_bytes(path: str, text: str, *, marked: bool) -> Iterator[Finding]:
    if marked:
        message = "The file begins with a byte order mark, which cannot be seen. Save it as UTF-8 without BOM."
        yield _finding("bom", path, Position(line=1, column=1), message)
    at = text.find("\r")
    if at >= 0:
        place = Position(line=text.count("\n", 0, at) + 1, column=1)
        message = "Lines of this file end in the Windows way (CRLF). Save it with Unix line ends (LF)."
        yield _finding("crlf", path, place, message)


def _finding(rule: str, path: str, place: Position, message: str) -> Finding:
    level = RULES[rule][0] if rule in RULES else Level.ERROR
    return Finding(rule=rule, level=level, path=path, line=place.line, column=place.column, message=message)


def _bounded(found: Iterator[Finding]) -> Iterator[Finding]:
    findings = tuple(found)
    totals = Counter(finding.rule for finding in findings)
    seen: Counter[str] = Counter()
    for finding in findings:
        seen[finding.rule] += 1
        if seen[finding.rule] <= MAX_PER_RULE:
            yield finding
        elif seen[finding.rule] == MAX_PER_RULE + 1:
            more = totals[finding.rule] - MAX_PER_RULE
            yield replace(finding, message=f"{finding.message} {more:,} places from here on need the same.")
