"""What triage says of a past pull request, where others said something else, and what a policy changes in it."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.findings import CheckResult, Level
from bot.past_pulls import BrokenLine, Linted, PastPull
from bot.reading import declared_version, read
from schemas.config import Config, SchemaPolicy
from schemas.safe_yaml import Loaded

LATEST = Config()
DECLARED = Config(schema=SchemaPolicy(required_version="declared"))
LINTED = frozenset({"yaml", "schema", "examples"})
"""Checks that together ask for what upstream's linter asks for."""
_COUNTS_FROM = 2
"""Version from which on upstream's schemas count examples."""


class Subject(StrEnum):
    """What a difference is about."""

    DECLARED = "schema-declared"
    LATEST = "schema-latest"
    DCO = "dco"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A file or a commit of which triage and others do not say the same."""

    subject: Subject
    where: str
    """A path, or a commit's SHA."""
    expected: str
    """`pass` or `fail`."""
    got: str
    rules: tuple[str, ...]
    """What triage found there, as `check/rule`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What triage says of a pull request under one policy."""

    passes: bool
    failing: tuple[str, ...]
    """Ids of the checks that block."""
    rules: dict[str, int]
    """Findings by `level check/rule`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A past pull request, judged again."""

    number: int
    merged: bool
    verdict: Verdict
    baseline: Verdict | None
    """Under the policy that is compared with; None where there is none."""
    differences: tuple[Difference, ...]

    @property
    def changed(self) -> str | None:
        """Say what the policy does to the verdict: `now-fails`, `now-passes`, or None."""
        if self.baseline is None or self.baseline.passes == self.verdict.passes:
            return None
        return "now-passes" if self.verdict.passes else "now-fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """A whole replay in numbers."""

    pulls: int
    passing: int
    merged: int
    merged_passing: int
    files: int
    """Files that others have linted."""
    commits: int
    differences: dict[str, int]
    """By subject."""
    rules: dict[str, int]
    """Pull requests in which a rule was broken, by `level check/rule`."""
    now_fail: tuple[int, ...]
    now_pass: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replays:
    """All that a replay has to tell."""

    pulls: tuple[Replay, ...]
    broken: tuple[BrokenLine, ...]
    totals: Totals


def policies(*, policy: Config, baseline: Config | None) -> tuple[Config, ...]:
    """Give the policies that a pull request is judged under, each once."""
    wanted = [policy, *([] if baseline is None else [baseline]), DECLARED, LATEST]
    return tuple(config for index, config in enumerate(wanted) if config not in wanted[:index])


def replayed(
    pull: PastPull,
    results: Iterable[tuple[Config, tuple[CheckResult, ...]]],
    *,
    policy: Config,
    baseline: Config | None,
) -> Replay:
    """Compare what the checks said under each of the `policies` with what others said and with one another."""
    said = list(results)
    by_policy = [next(found for config, found in said if config == wanted) for wanted in (policy, DECLARED, LATEST)]
    before = None if baseline is None else next(found for config, found in said if config == baseline)
    return Replay(
        number=pull.number,
        merged=pull.merged,
        verdict=_verdict(by_policy[0]),
        baseline=None if before is None else _verdict(before),
        differences=tuple(_differences(pull, declared=by_policy[1], latest=by_policy[2])),
    )


def totals(pulls: Collection[Replay], *, files: int, commits: int) -> Totals:
    """Count a replay."""
    rules: Counter[str] = Counter()
    for each in pulls:
        rules.update(each.verdict.rules.keys())
    subjects = Counter(str(difference.subject) for each in pulls for difference in each.differences)
    return Totals(
        pulls=len(pulls),
        passing=sum(each.verdict.passes for each in pulls),
        merged=sum(each.merged for each in pulls),
        merged_passing=sum(each.merged and each.verdict.passes for each in pulls),
        files=files,
        commits=commits,
        differences={str(subject): subjects[subject] for subject in Subject},
        rules=dict(sorted(rules.items(), key=lambda item: (-item[1], item[0]))),
        now_fail=tuple(each.number for each in pulls if each.changed == "now-fails"),
        now_pass=tuple(each.number for each in pulls if each.changed == "now-passes"),
    )


def _verdict(results: Iterable[CheckResult]) -> Verdict:
    results = tuple(results)
    failing = tuple(result.id for result in results if result.status == "fail")
    rules = Counter(f"{each.level.value} {result.id}/{each.rule}" for result in results for each in result.findings)
    return Verdict(passes=not failing, failing=failing, rules=dict(sorted(rules.items())))


def _differences(
    pull: PastPull, *, declared: tuple[CheckResult, ...], latest: tuple[CheckResult, ...]
) -> Iterator[Difference]:
    uncounted = frozenset(_first_version(pull))
    yield from _linted(pull.expected.schema, Subject.DECLARED, _errors(declared, uncounted=uncounted))
    yield from _linted(pull.expected.schema, Subject.LATEST, _errors(latest, uncounted=frozenset()))
    if pull.expected.dco_failures is not None:
        refused = {each.sha for each in pull.expected.dco_failures}
        rules = {
            finding.commit: f"dco/{finding.rule}"
            for result in latest
            if result.id == "dco"
            for finding in result.findings
        }
        for sha in [commit.sha for commit in pull.commits if (commit.sha in refused) != (commit.sha in rules)]:
            found = (rules[sha],) if sha in rules else ()
            yield _difference(Subject.DCO, sha, expected_failure=sha in refused, rules=found)


def _linted(
    expected: Mapping[str, Linted], subject: Subject, errors: Mapping[str, tuple[str, ...]]
) -> Iterator[Difference]:
    for path, linted in expected.items():
        count = linted.declared_version if subject is Subject.DECLARED else linted.latest_version
        if (count.errors != 0) != (path in errors):
            yield _difference(subject, path, expected_failure=count.errors != 0, rules=errors.get(path, ()))


def _difference(subject: Subject, where: str, *, expected_failure: bool, rules: tuple[str, ...]) -> Difference:
    expected, got = ("fail", "pass") if expected_failure else ("pass", "fail")
    return Difference(subject=subject, where=where, expected=expected, got=got, rules=rules)


def _errors(results: Iterable[CheckResult], *, uncounted: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Give the rules that block by path, of those checks that ask for what upstream's linter asks for."""
    found: dict[str, dict[str, None]] = {}
    for result in results:
        for finding in result.findings:
            counted = result.id != "examples" or finding.path not in uncounted
            if result.id in LINTED and finding.level is Level.ERROR and finding.path is not None and counted:
                found.setdefault(finding.path, {})[f"{result.id}/{finding.rule}"] = None
    return {path: tuple(rules) for path, rules in found.items()}


def _first_version(pull: PastPull) -> Iterator[str]:
    """Name the files that declare a version whose schema counts no examples."""
    for file in pull.files:
        if file.path in pull.expected.schema and file.content is not None:
            loaded = read(file.content.encode("utf-8", "surrogatepass"))
            version = declared_version(loaded) if isinstance(loaded, Loaded) else None
            if version is not None and version < _COUNTS_FROM:
                yield file.path
