"""The checks over a pull request that may be hostile: in a child process, within bounds of time and memory.

Where a pull request takes more than it may take, each of its files is judged alone to find those that do. They get a
finding of their own, and the checks say of everything else what they would have said.
"""

import gc
import logging
import pickle
import sys
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self

from bot.bounded import Children, ExceededError, serve
from bot.check import load_checks, run_checks
from bot.facts import ChangedFile, LeafFiles, PullRequestFacts
from bot.findings import CheckResult, Finding, Level
from schemas.codec import decode, encode

log = logging.getLogger(__name__)

MODULE = "bot.judge"
BRIEF = 4_096
"""Bytes that are left of an attribution which is not judged."""

CHECK, RULE = "yaml", "too-costly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What judging may cost, in seconds of CPU and bytes."""

    file_seconds: float = 2.0
    """For one file; the most that a real one takes is a tenth of that."""
    more_seconds: float = 0.3
    """For each further file."""
    most_seconds: float = 30.0
    """For one pull request; and once more for finding what is costly in it."""
    memory: int = 500 * 1024 * 1024
    """Beyond what the child has when it is ready."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What all checks said."""

    results: tuple[CheckResult, ...]


class Judge:
    """Runs the checks in children that wait, warm, for the next pull request; threads may share it."""

    def __init__(self, *, processes: int = 1, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._children = Children((MODULE, str(self._bounds.memory)), processes=processes)
        # One child is kept for those who wait while another looks for what is costly.
        self._careful = threading.Semaphore(max(processes - 1, 1))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the children."""
        self._children.close()

    def run(self, facts: PullRequestFacts) -> tuple[CheckResult, ...]:
        """Run every check, as `bot.check.run_checks` does, and name the files that cost more than they may."""
        files = [file.path for file in facts.files if file.content is not None]
        bounds = self._bounds
        try:
            seconds = min(bounds.file_seconds + bounds.more_seconds * len(files), bounds.most_seconds)
            return self._ask(facts, seconds=seconds)
        except ExceededError as error:
            log.warning("%s#%d at %s: %s", facts.repository, facts.number, facts.head_sha, error)
        with self._careful:
            return self._run_carefully(facts, files)

    def _run_carefully(self, facts: PullRequestFacts, files: Collection[str]) -> tuple[CheckResult, ...]:
        costly = tuple(self._costly(facts, files))
        try:
            results = self._ask(without(facts, costly), seconds=self._bounds.most_seconds) if costly else None
        except ExceededError:
            results = None
        if results is None:
            return _with(self._rest(facts, files), [*_findings(costly, self._bounds), _together(self._bounds)])
        return _with(results, _findings(costly, self._bounds))

    def _costly(self, facts: PullRequestFacts, files: Collection[str]) -> Iterator[str]:
        """Judge each file alone, and give those that exceed; no further ones once the time for that is over."""
        until = time.monotonic() + self._bounds.most_seconds
        for path in files:
            if time.monotonic() > until:
                return
            others = [other for other in files if other != path]
            try:
                self._ask(without(facts, others), seconds=self._bounds.file_seconds)
            except ExceededError:
                yield path

    def _rest(self, facts: PullRequestFacts, files: Collection[str]) -> tuple[CheckResult, ...]:
        """Judge what is no file's content: names, commits, description."""
        try:
            return self._ask(without(facts, files), seconds=self._bounds.file_seconds)
        except ExceededError:
            why = "this pull request takes too long to check"
            return tuple(CheckResult(id=check.id, findings=(), skipped=why) for check in load_checks())

    def _ask(self, facts: PullRequestFacts, *, seconds: float) -> tuple[CheckResult, ...]:
        return decode(Judgement, self._children.ask(pickle.dumps(facts), seconds=seconds)).results


def without(facts: PullRequestFacts, paths: Collection[str]) -> PullRequestFacts:
    """Withhold the content of files: their names stay."""
    if not paths:
        return facts
    hidden = frozenset(paths)
    folders = {leaf.folder for leaf in facts.leaves if leaf.qna is not None and leaf.qna.path in hidden}
    documents = facts.documents
    if documents is not None:
        documents = {folder: look for folder, look in documents.items() if folder not in folders}
    return replace(
        facts,
        files=tuple(_hide(file, hidden) for file in facts.files),
        leaves=tuple(_hide_leaf(leaf, hidden) for leaf in facts.leaves),
        documents=documents,
    )


def _hide(file: ChangedFile, hidden: Collection[str]) -> ChangedFile:
    return replace(file, content=None) if file.path in hidden else file


def _hide_leaf(leaf: LeafFiles, hidden: Collection[str]) -> LeafFiles:
    attribution = leaf.attribution
    if attribution is not None and str(PurePosixPath(leaf.folder, "attribution.txt")) in hidden:
        attribution = attribution[:BRIEF]
    return replace(leaf, qna=None if leaf.qna is None else _hide(leaf.qna, hidden), attribution=attribution)


def _findings(costly: Iterable[str], bounds: Bounds) -> list[Finding]:
    message = (
        f"Reading this file takes more than {bounds.file_seconds:g} seconds or {bounds.memory // 1024**2} MB, many "
        "times what any leaf needs, so its content was not checked. Make it shorter and simpler, or split it into "
        "several leaves."
    )
    return [Finding(rule=RULE, level=Level.ERROR, path=path, line=1, message=message) for path in costly]


def _together(bounds: Bounds) -> Finding:
    message = (
        f"Checking all of this pull request takes more than {bounds.most_seconds:g} seconds, so its files were not "
        "checked. Split it into several, each with fewer files and commits and a shorter description."
    )
    return Finding(rule=RULE, level=Level.ERROR, message=message)


def _with(results: tuple[CheckResult, ...], own: Sequence[Finding]) -> tuple[CheckResult, ...]:
    """Put findings of ours in place of what the `yaml` check says of files whose content was withheld."""
    others = [result for result in results if result.id != CHECK]
    told = [finding for result in results if result.id == CHECK for finding in result.findings]
    places = {finding.path for finding in own}
    kept = [finding for finding in told if finding.path not in places and None not in places]
    mine = CheckResult(id=CHECK, findings=(*own, *kept))
    return tuple(sorted((*others, mine), key=lambda result: result.id))


def _answer(question: bytes) -> bytes:
    """Run the checks in the child; running out of memory ends it.

    Raises:
        TypeError: if the question holds no facts.
    """
    facts = pickle.loads(question)  # noqa: S301 - from our own parent, over its pipe
    if not isinstance(facts, PullRequestFacts):
        raise TypeError(f"no facts: {type(facts)}")
    return encode(Judgement(results=run_checks(facts))).encode("utf-8", "surrogatepass")


def settle() -> None:
    """Keep the collector of garbage from what stays: the checks are loaded once, and a file makes few cycles."""
    load_checks()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


if __name__ == "__main__":
    settle()
    serve(_answer, memory=int(sys.argv[1]))
