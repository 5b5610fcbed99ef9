"""Agreement with upstream's own linter and the DCO app on real pull requests."""

import base64
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import pytest

from bot.check import run_checks
from bot.checks.dco import dco
from bot.checks.examples import examples
from bot.checks.schema import schema
from bot.checks.yaml import yaml
from bot.facts import Commit, Identity
from bot.findings import Level
from bot.reading import declared_version, read
from schemas.config import Config, SchemaPolicy
from schemas.safe_yaml import Loaded
from tests.bot.checks.pulls import pull

DECLARED = Config(schema=SchemaPolicy(required_version="declared"))
CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))

ACCEPTED_DIFFERENCES = {
    # A key stands twice in a version 1 file. Upstream lints from version 2 on, so there the last one wins unseen.
    "compositional_skills/extraction/information/named_entities/school_mascots/qna.yaml",
}

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"the corpus is not at {CORPUS}; set ESPALIER_CORPUS")


class Person(TypedDict):
    name: str
    email: str


class RealCommit(TypedDict):
    sha: str
    parents: list[str]
    author: Person
    committer: Person
    message: str


class RealFile(TypedDict, total=False):
    path: str
    content: str
    content_base64: str


class Failure(TypedDict):
    sha: str
    message: str


class Judged(TypedDict):
    declared_version: dict[str, int]
    latest_version: dict[str, int]


class Expected(TypedDict):
    schema: dict[str, Judged]
    dco_failures: list[Failure]


class RealPull(TypedDict):
    number: int
    commits: list[RealCommit]
    files: list[RealFile]
    expected: Expected


def pulls() -> Iterator[RealPull]:
    with gzip.open(CORPUS, "rt") as lines:
        yield from map(json.loads, lines)


def contents(real: RealPull) -> Iterator[tuple[str, bytes, Judged]]:
    files = {file["path"]: file for file in real["files"]}
    for path, judged in real["expected"]["schema"].items():
        file = files[path]
        text = file["content"].encode() if "content" in file else base64.b64decode(file["content_base64"])
        yield path, text, judged


def fails(path: str, content: bytes, config: Config) -> bool:
    """Judge as upstream's linter does, whose schemas count examples from version 2 on."""
    facts = pull(content, folder=path.removesuffix("/qna.yaml"), config=config)
    loaded = read(content)
    counted = config is not DECLARED or (isinstance(loaded, Loaded) and declared_version(loaded) != 1)
    findings = [*yaml(facts)]
    if isinstance(loaded, Loaded):
        findings += [*schema(facts), *(examples(facts) if counted else ())]
    return any(finding.level is Level.ERROR for finding in findings)


def test_every_file_is_judged_at_its_declared_version_as_upstream_judges_it() -> None:
    cases = [case for real in pulls() for case in contents(real)]
    differences = [
        path
        for path, content, judged in cases
        if fails(path, content, DECLARED) != (judged["declared_version"]["errors"] != 0)
    ]
    assert set(differences) == ACCEPTED_DIFFERENCES
    assert len(cases) == 484


def test_every_file_is_judged_at_the_latest_version_as_upstream_judges_it() -> None:
    differences = [
        path
        for real in pulls()
        for path, content, judged in contents(real)
        if fails(path, content, Config()) != (judged["latest_version"]["errors"] != 0)
    ]
    assert differences == []


def test_every_commit_is_judged_as_the_dco_app_judges_it() -> None:
    differences = []
    for real in pulls():
        commits = tuple(
            Commit(
                sha=each["sha"],
                parents=tuple(each["parents"]),
                author=Identity(name=each["author"]["name"], email=each["author"]["email"]),
                committer=Identity(name=each["committer"]["name"], email=each["committer"]["email"]),
                message=each["message"],
                # GitHub gives the account's type; here its name alone is left.
                author_is_bot=each["author"]["name"].endswith("[bot]"),
            )
            for each in real["commits"]
        )
        failed = {finding.commit for finding in dco(pull(commits=commits))}
        expected = {failure["sha"] for failure in real["expected"]["dco_failures"]}
        differences += [(real["number"], sha) for sha in failed ^ expected]
    assert differences == []


def test_no_check_breaks_on_a_real_file() -> None:
    for real in pulls():
        for path, content, _ in contents(real):
            results = run_checks(pull(content, folder=path.removesuffix("/qna.yaml")))
            assert {finding.rule for result in results for finding in result.findings}.isdisjoint({"broken"})
