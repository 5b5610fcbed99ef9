"""The corpus of real pull requests, and whether upstream's linter would fail a file, by our own checks."""

import base64
import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

from bot.checks.examples import examples
from bot.checks.schema import schema
from bot.checks.yaml import yaml
from bot.findings import Level
from bot.reading import declared_version, read
from schemas.config import Config, SchemaPolicy
from schemas.safe_yaml import Loaded
from tests.bot.checks.pulls import pull

DECLARED = Config(schema=SchemaPolicy(required_version="declared"))
LATEST = Config()
CORPUS = Path(os.environ.get("ESPALIER_CORPUS", "../shared/corpus/prs.jsonl.gz"))


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
    return bool(refusals(path, content, config))


def refusals(path: str, content: bytes, config: Config) -> frozenset[str]:
    """Give the rules that fail a file, of the checks that upstream's linter has too."""
    facts = pull(content, folder=path.removesuffix("/qna.yaml"), config=config)
    loaded = read(content)
    counted = config is not DECLARED or (isinstance(loaded, Loaded) and declared_version(loaded) != 1)
    findings = [*yaml(facts)]
    if isinstance(loaded, Loaded):
        findings += [*schema(facts), *(examples(facts) if counted else ())]
    return frozenset(finding.rule for finding in findings if finding.level is Level.ERROR)
