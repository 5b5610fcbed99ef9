"""`espalier replay`: triage over a file of past pull requests, to see what a policy would have done to them."""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from bot.judge import Bounds, Judge
from bot.past_pulls import BrokenLine, PastPull, facts_of, read_pulls
from bot.replay import Replay, Replays, Subject, policies, replayed, totals
from schemas.codec import encode
from schemas.config import Config, parse_config
from schemas.errors import UserError

DONE, BROKEN, MISUSE = 0, 1, 2
BOUNDS = Bounds()
_RULES_SHOWN = 40
_SUBJECTS = {
    Subject.DECLARED: "files at the version they declare",
    Subject.LATEST: "files at the latest version",
    Subject.DCO: "commits",
}


def main(argv: Sequence[str]) -> int:
    """Judge every pull request of a file again, and print verdicts, differences and sums.

    Args:
        argv: Arguments; the subcommand's own name may stand first.

    Returns:
        0 if every line could be read, 1 if some could not, 2 if the command was misused.
    """
    options = _parser().parse_args(argv[1:] if argv[:1] == ["replay"] else argv)
    try:
        policy, baseline = _policies(options)
        told = _replay(options.corpus, policy=policy, baseline=baseline, processes=options.processes)
        text = render_text(told) if options.format == "text" else encode(told, indent=2) + "\n"
        if options.out is None:
            sys.stdout.write(text)
        else:
            _write(options.out, text)
            sys.stdout.write("".join(f"{line}\n" for line in _sums(told)))
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return MISUSE
    return BROKEN if told.broken else DONE


def render_text(told: Replays) -> str:
    """Write a line for each pull request, each difference, and the sums."""
    return "".join(f"{line}\n" for line in (*_pulls(told), *_differences(told), *_broken(told), *_sums(told)))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="espalier replay",
        description="Run triage over past pull requests, and compare it with what others said of them.",
        epilog="Exit code: 0 every line was read, 1 some were not, 2 misuse.",
    )
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="pull requests, one JSON object a line; may be .gz")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the policy to try (default: the built-in one)")
    parser.add_argument(
        "--baseline-policy", type=Path, metavar="FILE", help="the policy to compare with (default: the built-in one)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to write; the sums are printed all the same")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to write (default: text)")
    parser.add_argument("--processes", type=int, metavar="N", default=2, help="how many to judge at once (default: 2)")
    return parser


def _policies(options: argparse.Namespace) -> tuple[Config, Config | None]:
    if options.policy is None and options.baseline_policy is None:
        return Config(), None
    return _policy(options.policy), _policy(options.baseline_policy)


def _policy(path: Path | None) -> Config:
    if path is None:
        return Config()
    try:
        return parse_config(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error


def _replay(corpus: Path, *, policy: Config, baseline: Config | None, processes: int) -> Replays:
    configs = policies(policy=policy, baseline=baseline)
    broken: list[BrokenLine] = []
    sizes: Counter[str] = Counter()

    def pulls() -> Iterator[PastPull]:
        for each in read_pulls(corpus):
            if isinstance(each, BrokenLine):
                broken.append(each)
            else:
                sizes.update(files=len(each.expected.schema), commits=len(each.commits))
                yield each

    processes = max(processes, 1)
    with Judge(processes=processes, bounds=BOUNDS) as judge, ThreadPoolExecutor(processes) as threads:

        def judged(pull: PastPull) -> Replay:
            facts = facts_of(pull, config=policy)
            results = [(config, judge.run(replace(facts, config=config))) for config in configs]
            return replayed(pull, results, policy=policy, baseline=baseline)

        found = tuple(threads.map(judged, pulls()))
    counted = totals(found, files=sizes["files"], commits=sizes["commits"])
    return Replays(pulls=found, broken=tuple(broken), totals=counted)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"{path} cannot be written: {error.strerror}.") from error


def _pulls(told: Replays) -> Iterator[str]:
    for each in told.pulls:
        failing = f"fail  {', '.join(each.verdict.failing)}" if each.verdict.failing else "pass"
        change = {"now-fails": "  (passed before)", "now-passes": "  (failed before)", None: ""}[each.changed]
        yield f"#{each.number:<6d} {'merged' if each.merged else 'closed'}  {failing}{change}"


def _differences(told: Replays) -> Iterator[str]:
    for each in told.pulls:
        for one in each.differences:
            rules = f" ({', '.join(one.rules)})" if one.rules else ""
            said = f"expected {one.expected}, got {one.got}{rules}"
            yield f"difference: #{each.number} {one.subject} {one.where!r}: {said}"


def _broken(told: Replays) -> Iterator[str]:
    yield from (f"line {each.line} is no pull request: {each.problem}" for each in told.broken)


def _sums(told: Replays) -> Iterator[str]:
    sums = told.totals
    yield f"{sums.pulls} pull requests: {sums.passing} pass, {sums.pulls - sums.passing} fail"
    yield f"{sums.merged} of them were merged: {sums.merged_passing} pass, {sums.merged - sums.merged_passing} fail"
    for subject, what in _SUBJECTS.items():
        total = sums.commits if subject is Subject.DCO else sums.files
        yield f"{total - sums.differences[subject]} of {total} {what} as expected"
    if any(each.baseline is not None for each in told.pulls):
        yield f"the policy lets {len(sums.now_fail)} more fail: {_numbers(sums.now_fail)}"
        yield f"the policy lets {len(sums.now_pass)} more pass: {_numbers(sums.now_pass)}"
    for rule, count in list(sums.rules.items())[:_RULES_SHOWN]:
        yield f"{count:6d} {rule}"
    if told.broken:
        yield f"{len(told.broken)} lines could not be read"


def _numbers(numbers: Sequence[int]) -> str:
    return ", ".join(f"#{number}" for number in numbers) or "none"
