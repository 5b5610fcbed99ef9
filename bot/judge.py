"""The checks over a pull request that may be hostile: in a child process, within bounds of time and memory.

Where a pull request takes more than it may take, each of its files is judged alone to find those that do. They get a
finding of their own, and the checks say of everything else what they would have said.
"""

import logging
import pickle
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Self

from bot.bounded import Children, ExceededError, serve
from bot.check import CHECKS, load_checks, run_checks
from bot.facts import ChangedFile, LeafFiles, PullRequestFacts
from bot.findings import CheckResult, Finding, Level
from schemas.codec import decode, encode

log = logging.getLogger(__name__)

MODULE = "bot.judge"
MEMORY = 500 * 1024 * 1024
"""Bytes that judging may take beyond what the child has when it is ready."""
FILE_SECONDS = 2.0
"""CPU for one file; the most that a real one takes is a tenth of that."""
MORE_SECONDS = 0.3
"""CPU for each further file."""
MOST_SECONDS = 30.0
"""CPU for one pull request, and for finding what is costly in it."""
BRIEF = 4_096
"""Bytes that are left of an attribution which is not judged."""

CHECK, RULE = "yaml", "too-costly"
COSTLY = (
    f"Reading this file takes more than {FILE_SECONDS:.0f} seconds or {MEMORY // 1024**2} MB, many times what any leaf "
    "needs, so nothing in it was checked. Make it shorter and simpler: fewer brackets and levels, shorter lines, or "
    "several leaves."
)
TOGETHER = (
    f"Checking all of this pull request takes more than {MOST_SECONDS:.0f} seconds, so that not everything in it was "
    "checked. Split it into several with fewer files or commits and a shorter description."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What all checks said."""

    results: tuple[CheckResult, ...]


class Judge:
    """Runs the checks in children that wait, warm, for the next pull request; threads may share it."""

    def __init__(self, *, processes: int = 1) -> None:
        self._children = Children(MODULE, processes=processes)
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
        try:
            return self._ask(facts, seconds=min(FILE_SECONDS + MORE_SECONDS * len(files), MOST_SECONDS))
        except ExceededError as error:
            log.warning("%s#%d at %s: %s", facts.repository, facts.number, facts.head_sha, error)
        with self._careful:
            return self._run_carefully(facts, files)

    def _run_carefully(self, facts: PullRequestFacts, files: Collection[str]) -> tuple[CheckResult, ...]:
        costly = tuple(self._costly(facts, files))
        try:
            results = self._ask(without(facts, costly), seconds=MOST_SECONDS) if costly else None
        except ExceededError:
            results = None
        if results is None:
            return _with(self._rest(facts, files), costly, together=True)
        return _with(results, costly, together=False)

    def _costly(self, facts: PullRequestFacts, files: Collection[str]) -> Iterator[str]:
        """Judge each file alone, and give those that exceed; no further ones once the time for that is over."""
        until = time.monotonic() + MOST_SECONDS
        for path in files:
            if time.monotonic() > until:
                return
            others = [other for other in files if other != path]
            try:
                self._ask(without(facts, others), seconds=FILE_SECONDS)
            except ExceededError:
                yield path

    def _rest(self, facts: PullRequestFacts, files: Collection[str]) -> tuple[CheckResult, ...]:
        """Judge what is no file's content: names, commits, description."""
        try:
            return self._ask(without(facts, files), seconds=FILE_SECONDS)
        except ExceededError:
            why = "this pull request takes too long to check"
            return tuple(CheckResult(id=check, findings=(), skipped=why) for check in sorted(CHECKS))

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


def _with(results: tuple[CheckResult, ...], costly: Collection[str], *, together: bool) -> tuple[CheckResult, ...]:
    """Say of costly files that they are, in place of what the `yaml` check says of files without content."""
    own = [
        Finding(rule=RULE, level=Level.ERROR, path=path, line=1, message=COSTLY) for path in costly
    ]  # fmt: skip
    if together:
        own.append(Finding(rule=RULE, level=Level.ERROR, message=TOGETHER))
    others = [result for result in results if result.id != CHECK]
    kept = [
        finding
        for result in results
        if result.id == CHECK
        for finding in result.findings
        if finding.path not in costly and not (together and finding.path is not None)
    ]
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


if __name__ == "__main__":
    load_checks()
    serve(_answer, memory=MEMORY)
