"""Our side of `bench_triage`, in a process of its own: names of files in by stdin, verdicts out by stdout."""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot import check, lint
from bot.check import Check
from bot.facts import ChangedFile, FileStatus, LeafFiles, PullRequestFacts
from bot.findings import Level
from bot.judge import Judge, settle
from bot.reading import declared_version, judged_version, read
from schemas.config import Config, SchemaPolicy
from schemas.leaf import kind_of
from schemas.qna_schema import problems
from schemas.safe_yaml import Loaded

COMPARED = frozenset({"yaml", "schema", "examples"})
"""The checks that ask for what upstream's linter asks for."""


def main() -> None:
    """Judge what stdin names, in the way that the arguments name."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "way", choices=("same", "all", "schema", "pulls"), help="upstream's checks, all, none, or a child"
    )
    parser.add_argument("--version", default="latest", help="required_version of the policy (default: %(default)s)")
    parser.add_argument("--no-yamllint", action="store_true", help="leave yamllint's rules out")
    options = parser.parse_args()
    if options.no_yamllint:
        lint.problems = lambda *_, **__: ()
    lines = (line.rstrip("\n") for line in sys.stdin)
    verdicts: dict[str, bool] = {}
    if options.way == "pulls":
        with Judge() as judge:
            for line in lines:
                number, *paths = line.split("\t")
                judge.run(facts({path: Path(number, path).read_bytes() for path in paths}, Config()))
    else:
        settle()
        policy = SchemaPolicy(required_version=options.version)
        loaded = () if options.way == "schema" else check.load_checks()
        checks = [each for each in loaded if options.way == "all" or each.id in COMPARED]
        for path in lines:
            place, content = path.split("/", 1)[1], Path(path).read_bytes()
            if options.way == "schema":
                verdicts[path] = fits_schema(place, content, policy)
            else:
                verdicts[path] = passes(place, content, Config(schema=policy), checks)
    json.dump(verdicts, sys.stdout)


def facts(files: dict[str, bytes], config: Config) -> PullRequestFacts:
    """Make a pull request that adds files, each with its attribution."""
    changed = tuple(
        ChangedFile(path=path, status=FileStatus.ADDED, mode="100644", content=content, size=len(content))
        for path, content in files.items()
    )
    leaves = tuple(
        LeafFiles(folder=file.path.removesuffix("/qna.yaml"), qna=file, attribution=b"License of the work: MIT")
        for file in changed
    )
    return PullRequestFacts(
        repository="a/b",
        number=1,
        author="",
        title="",
        body="",
        base_ref="main",
        base_sha="",
        head_sha="",
        files=changed,
        leaves=leaves,
        commits=(),
        commits_complete=True,
        config=config,
    )


def passes(path: str, content: bytes, config: Config, checks: Sequence[Check]) -> bool:
    """Tell whether the checks that upstream's linter has find no error, having run all that are given."""
    return not any(list(_errors(path, content, config, checks)))


def _errors(path: str, content: bytes, config: Config, checks: Sequence[Check]) -> Iterator[bool]:
    loaded = read(content)
    declared = config.schema.required_version == "declared"
    first = declared and isinstance(loaded, Loaded) and declared_version(loaded) == 1
    pull = facts({path: content}, config)
    for each in checks:
        try:
            found = list(each.run(pull))
        except check.NotLooked:
            found = []
        # Upstream's schemas count examples from version 2 on.
        if each.id in COMPARED and not (first and each.id == "examples"):
            yield any(finding.level is Level.ERROR for finding in found)


def fits_schema(path: str, content: bytes, policy: SchemaPolicy) -> bool:
    """Tell whether a file is YAML that its schema takes, as upstream's work alone would find out."""
    loaded = read(content)
    if not isinstance(loaded, Loaded) or loaded.duplicates():
        return False
    return not problems(kind_of(path), judged_version(loaded, policy), loaded)


if __name__ == "__main__":
    main()
