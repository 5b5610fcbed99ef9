"""`espalier check`: every check that needs no server, on a local checkout or on a range of its commits."""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from bot.check_actions import render_commands, render_summary
from bot.check_json import render_json
from bot.check_sarif import render_sarif
from bot.check_text import print_text
from bot.facts import PullRequestFacts
from bot.findings import CheckResult, Finding
from bot.gather_local import find_root, gather_files, gather_range
from bot.judge import Bounds, Judge
from bot.local_git import find_top
from bot.mend import choose
from bot.mend_files import refusal, write
from bot.neutralise import clean
from bot.tally import FIX_LINES, Report, changes, located, plain, tell
from schemas.errors import UserError

PASS, FAIL, MISUSE = 0, 1, 2
FORMATS = ("text", "json", "github", "sarif")
MAX_ROUNDS = 10
"""Times that fixes are made before what is left is shown: one may uncover another."""
BOUNDS = Bounds(most_seconds=600.0)
"""A whole taxonomy has many times the files of a pull request."""
NO_COMMITS = "there are no commits to look at; name a range with --base"
NO_BODY = "there is no description to look at; name a file with --pr-body"
SUMMARY = "GITHUB_STEP_SUMMARY"
"""Variable with the file that a step of a workflow writes its summary to."""
SERVER, REPOSITORY = "GITHUB_SERVER_URL", "GITHUB_REPOSITORY"
"""Variables that tell a workflow where its repository is."""


def main(argv: Sequence[str]) -> int:
    """Check, mend if asked to, print, and say by the exit code how it went.

    Args:
        argv: Arguments; the subcommand's own name may stand first.

    Returns:
        0 if nothing is wrong, 1 if there is an error-level finding, 2 if the command was misused.
    """
    options = _parser().parse_args(argv[1:] if argv[:1] == ["check"] else argv)
    try:
        with Judge(processes=1, bounds=BOUNDS) as judge:
            facts, results = _mended(options, judge) if options.fix else _judged(options, judge)
        report = tell(facts, results)
        _print(options, facts, report)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSE
    return FAIL if report.failed else PASS


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="espalier check",
        description="Run every check that needs no server. Without PATH and --base, the whole taxonomy is checked.",
        epilog="Exit code: 0 nothing wrong, 1 at least one error, 2 misuse.",
    )
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="a file, or a folder with leaves below it")
    parser.add_argument("--repo", type=Path, metavar="DIR", help="the taxonomy (default: the checkout that PATH is in)")
    parser.add_argument("--base", metavar="REV", help="check what has changed since this commit, as in a pull request")
    parser.add_argument(
        "--head", metavar="REV", help="last commit of the change (default: the working tree, committed or not)"
    )
    parser.add_argument("--pr-body", type=Path, metavar="FILE", help="the pull request's description")
    parser.add_argument("--author", metavar="LOGIN", default="", help="GitHub login of the author")
    parser.add_argument("--format", choices=FORMATS, default="text", help="how to print (default: text)")
    parser.add_argument("--fix", action="store_true", help="make the fixes that a machine can make, in the files")
    parser.add_argument(
        "--fetch-documents", action="store_true", help="read the documents of knowledge leaves, from their hosts"
    )
    return parser


def _judged(options: argparse.Namespace, judge: Judge) -> tuple[PullRequestFacts, tuple[CheckResult, ...]]:
    """Gather facts and let the checks look at them; what cannot be known here is skipped, and said to be."""
    facts = _gather(options)
    unknown = {}
    if not facts.commits:
        unknown["dco"] = NO_COMMITS
    if options.pr_body is None:
        unknown["template"] = NO_BODY
    return facts, tuple(
        replace(result, findings=(), skipped=unknown[result.id])
        if result.id in unknown and result.skipped is None
        else result
        for result in judge.run(facts)
    )


def _gather(options: argparse.Namespace) -> PullRequestFacts:
    paths: list[Path] = options.paths
    if options.base is not None and paths:
        raise UserError("Name either paths or --base, not both: a range has its own files.")
    if options.base is None and options.head is not None:
        raise UserError("--head ends a range; name with --base where it begins.")
    root = _root(options)
    paths = [] if any(path.resolve() == root for path in paths) else paths  # the root is all that lies in it
    facts = (
        gather_files(root, paths) if options.base is None else gather_range(root, base=options.base, head=options.head)
    )
    facts = replace(facts, author=options.author, body=_body(options.pr_body))
    facts = _at_home(facts) if options.format == "github" else facts
    if not options.fetch_documents:
        return facts
    from bot.gather_documents import with_documents  # noqa: PLC0415 - few ask for it, and all wait for imports

    return with_documents(facts)


def _at_home(facts: PullRequestFacts) -> PullRequestFacts:
    """Name the repository as a workflow knows it: the folder of a checkout may have any name, and links need a page."""
    server, repository = os.environ.get(SERVER), os.environ.get(REPOSITORY)
    if not (server and repository and facts.head_sha):
        return facts
    return replace(facts, repository=repository, url=f"{server}/{repository}")


def _root(options: argparse.Namespace) -> Path:
    if options.repo is None:
        start = options.paths[0] if options.paths else Path.cwd()
        # A range is of a whole checkout: git names its files from the top.
        return find_root(start) if options.base is None else find_top(start) or start.resolve()
    if not options.repo.is_dir():
        raise UserError(f"There is no folder {options.repo}; name the taxonomy's folder with --repo.")
    root: Path = options.repo.resolve()
    return root


def _body(path: Path | None) -> str:
    try:
        return "" if path is None else path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def _mended(options: argparse.Namespace, judge: Judge) -> tuple[PullRequestFacts, tuple[CheckResult, ...]]:
    """Make the fixes that can be made, round after round, and give what is left; say on standard error what was done.

    Raises:
        UserError: if the files to mend are not those of the working tree, or cannot be written.
    """
    if options.head is not None:
        raise UserError("--fix writes into the working tree, and --head names a commit; leave --head out.")
    root, refused, count = _root(options), dict[str, None](), 0
    for _ in range(MAX_ROUNDS):
        facts, results = _judged(options, judge)
        found = [finding for _, finding in located(results)]
        told = dict(zip(map(id, found), (finding for _, finding in located(tell(facts, results).results)), strict=True))
        wanted = [finding for finding in found if finding.fix is not None and finding.fix.mechanical]
        reasons = [refusal(root, finding.fix) for finding in wanted if finding.fix is not None]
        refused = dict.fromkeys(reason for reason in reasons if reason is not None)
        mend = choose(finding for finding, reason in zip(wanted, reasons, strict=True) if reason is None)
        if not mend.findings:
            break
        write(root, mend)
        count += len(mend.findings)
        sys.stderr.write("".join(_done(finding, told[id(finding)]) for finding in mend.findings))
        options.paths = _followed(root, options.paths, mend.renames)
    else:
        facts, results = _judged(options, judge)
    sys.stderr.write("".join(f"not mended: {reason}\n" for reason in refused))
    sys.stderr.write(_sum_up(count, left=any(result.findings for result in results)))
    return facts, results


def _done(finding: Finding, told: Finding) -> str:
    """Say where something was mended, what was wrong there, and what stands there now.

    Args:
        finding: What was mended.
        told: The same, without what must not be shown.
    """
    place = str(finding.path)
    if finding.fix is not None and finding.fix.replacements:
        first = finding.fix.replacements[0]
        place = f"{first.path}:{finding.line or 1 if first.path == finding.path else first.first}"
    new = () if told.fix is None else changes(told.fix)
    rows = [f"mended {clean(place)}, as asked: {plain(told.message)}", *(f"    + {line}" for line in new[:FIX_LINES])]
    if len(new) > FIX_LINES:
        rows.append(f"    … and {len(new) - FIX_LINES} more lines")
    return "".join(f"{row}\n" for row in rows)


def _sum_up(count: int, *, left: bool) -> str:
    if not count:
        return "There was nothing that a machine can mend.\n"
    things = "1 thing was" if count == 1 else f"{count} things were"
    return f"{things} mended, as told above; {'the report says what is left for you' if left else 'nothing is left'}.\n"


def _followed(root: Path, paths: Sequence[Path], renames: Mapping[str, str]) -> list[Path]:
    """Name the paths of before as they are called after files were renamed."""
    named = [path.resolve() for path in paths]
    moved = [root / to for path, to in renames.items() if any((root / path).is_relative_to(place) for place in named)]
    return [path for path in paths if os.path.lexists(path)] + moved


def _print(options: argparse.Namespace, facts: PullRequestFacts, report: Report) -> None:
    form: str = options.format
    if form == "json":
        sys.stdout.write(render_json(report))
    elif form == "sarif":
        sys.stdout.write(render_sarif(report))
    elif form == "github":
        sys.stdout.write(render_commands(report))
        if os.environ.get(SUMMARY):
            with Path(os.environ[SUMMARY]).open("a", encoding="utf-8", errors="replace") as file:
                file.write(render_summary(facts, report))
    else:
        print_text(Console(highlight=False, soft_wrap=True), report, fixed=options.fix)
