"""`espalier check`: every check that needs no server, on a local checkout or on a range of its commits."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.check import CHECKS, run_checks
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding, Fix, Level
from bot.gather_local import find_root, gather_files, gather_range
from bot.neutralise import clean
from bot.reading import read
from schemas.errors import UserError
from schemas.safe_yaml import Loaded

PASS, FAIL, MISUSE = 0, 1, 2
NO_COMMITS = "there are no commits to look at; name a range with --base"

_STYLES = {Level.ERROR: "bold red", Level.WARNING: "yellow", Level.NOTICE: "cyan"}
_MARKS = {"pass": ("✓", "green"), "warn": ("!", "yellow"), "fail": ("✗", "bold red"), "skip": ("-", "dim")}
_FIX_LINES = 8

Json = None | bool | int | str | Sequence["Json"] | Mapping[str, "Json"]


def main(argv: Sequence[str]) -> int:
    """Check, print, and say by the exit code how it went.

    Args:
        argv: Arguments; the subcommand's own name may stand first.

    Returns:
        0 if nothing is wrong, 1 if there is an error-level finding, 2 if the command was misused.
    """
    options = _parser().parse_args(argv[1:] if argv[:1] == ["check"] else argv)
    try:
        facts = _gather(options)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSE
    results = tuple(_without_commits(result, facts) for result in run_checks(facts))
    if options.format == "json":
        sys.stdout.write(json.dumps(as_json(results), indent=2) + "\n")
    else:
        _print(Console(highlight=False, soft_wrap=True), facts, results)
    return FAIL if any(result.status == "fail" for result in results) else PASS


def as_json(results: Sequence[CheckResult]) -> dict[str, Json]:
    """Give the results as the contract of `--format json` has them."""
    return {
        "verdict": "fail" if any(result.status == "fail" for result in results) else "pass",
        "checks": [
            {
                "id": result.id,
                "status": result.status,
                "summary": _summary(result),
                "findings": [_finding(finding) for finding in result.findings],
            }
            for result in results
        ],
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="espalier check",
        description="Run every check that needs no server. Without PATH and --base, the whole taxonomy is checked.",
        epilog="Exit code: 0 nothing wrong, 1 at least one error, 2 misuse.",
    )
    parser.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="a qna.yaml, or a folder with leaves below it"
    )
    parser.add_argument("--repo", type=Path, metavar="DIR", help="the taxonomy (default: the checkout that PATH is in)")
    parser.add_argument("--base", metavar="REV", help="check the commits since this one, as in a pull request")
    parser.add_argument("--head", metavar="REV", default="HEAD", help="last commit of the range (default: HEAD)")
    parser.add_argument("--author", metavar="LOGIN", default="", help="GitHub login of the author")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print (default: text)")
    return parser


def _gather(options: argparse.Namespace) -> PullRequestFacts:
    paths: list[Path] = options.paths
    if options.base is not None and paths:
        raise UserError("Name either paths or --base, not both: a range has its own files.")
    if options.repo is not None and not options.repo.is_dir():
        raise UserError(f"There is no folder {options.repo}; name the taxonomy's folder with --repo.")
    root: Path = options.repo.resolve() if options.repo is not None else find_root(paths[0] if paths else Path.cwd())
    if options.base is not None:
        return gather_range(root, base=options.base, head=options.head, author=options.author)
    return gather_files(root, paths, author=options.author)


def _without_commits(result: CheckResult, facts: PullRequestFacts) -> CheckResult:
    if result.id == "dco" and not facts.commits and not result.findings and result.skipped is None:
        return replace(result, skipped=NO_COMMITS)
    return result


def _summary(result: CheckResult) -> str:
    if result.skipped is not None:
        return f"Not looked at: {result.skipped}."
    if not result.findings:
        return CHECKS[result.id].summary
    parts = []
    for level in Level:
        count = sum(finding.level is level for finding in result.findings)
        if count:
            parts.append(f"{count} {level.value}{'' if count == 1 else 's'}")
    return f"{', '.join(parts)}."


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
    return {"description": fix.description, "replacements": [asdict(each) for each in fix.replacements]}


def _print(console: Console, facts: PullRequestFacts, results: Sequence[CheckResult]) -> None:
    """Print findings by file, each with the line it is about, and then one line for each check."""
    lines = {leaf.qna.path: _lines(leaf.qna.content) for leaf in facts.leaves if leaf.qna is not None}
    found = [
        (finding.commit or finding.path or "", result.id, finding) for result in results for finding in result.findings
    ]
    found.sort(key=lambda item: (item[2].commit is not None, item[0], item[2].line or 0, item[2].column or 0))
    place = None
    advice: dict[str, None] = {}
    for where, check, finding in found:
        if where != place:
            console.print(Text(f"\n{'commit ' if finding.commit else ''}{clean(where)}", style="bold"))
            place = where
        _print_finding(console, check, finding, lines.get(finding.path or "", ()))
        if finding.fix is not None and not finding.fix.replacements:
            advice[finding.fix.description] = None
    for text in advice:
        console.print(Text(f"\n{_plain(text)}"))
    console.print()
    for result in results:
        mark, style = _MARKS[result.status]
        console.print(Text.assemble((f"{mark} ", style), (f"{result.id:12s} ", "bold"), clean(_summary(result))))


def _print_finding(console: Console, check: str, finding: Finding, lines: Sequence[str]) -> None:
    place = "" if finding.line is None else f"{finding.line}:{finding.column or 1} "
    console.print(
        Text.assemble(
            ("  " + place, "cyan"),
            (f"{finding.level.value} ", _STYLES[finding.level]),
            _plain(finding.message),
            (f"  [{check}/{finding.rule}]", "dim"),
        )
    )
    if finding.line is not None and finding.line <= len(lines):
        line = clean(lines[finding.line - 1])
        console.print(Text.assemble((f"{finding.line:6d} | ", "dim"), (line[:160], "")))
        if finding.column is not None and finding.column <= min(len(line), 160) + 1:
            console.print(Text(f"{' ' * 6} | {' ' * (finding.column - 1)}^", style="dim"))
    if finding.fix is not None and finding.fix.replacements:
        new = [line for each in finding.fix.replacements for line in clean(each.text).split("\n")]
        console.print(Text(f"         {clean(finding.fix.description)}:", style="green"))
        for line in new[:_FIX_LINES]:
            console.print(Text(f"       + {line[:160]}", style="green"))
        if len(new) > _FIX_LINES:
            console.print(Text(f"       … and {len(new) - _FIX_LINES} more lines", style="green"))


def _plain(text: str) -> str:
    """Take Markdown's fences out, which say nothing in a terminal."""
    return "\n".join(line for line in clean(text).split("\n") if not line.startswith("```"))


def _lines(content: bytes | None) -> tuple[str, ...]:
    if content is None:
        return ()
    loaded = read(content)
    return (
        loaded.lines if isinstance(loaded, Loaded) else tuple(content.decode("utf-8-sig", errors="replace").split("\n"))
    )
