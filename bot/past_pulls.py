"""Past pull requests in a file, one JSON object a line, and what others said of them: the form that replays read.

Keys: `number`, `base`, `head`, `merged`, `author`, `commits`, `files` (with `content`, or `content_base64` where it is
no UTF-8), `siblings` (attribution.txt files that stand beside a changed leaf and did not change) and `expected`: for
each qna.yaml the errors that upstream's linter counts at the version that it declares and at the latest one, and the
commits that the DCO app refuses. What the form does not tell, such as descriptions, the checks skip.
"""

import base64
import binascii
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from bot.facts import ChangedFile, Commit, FileStatus, Identity, LeafFiles, PullRequestFacts
from schemas.codec import decode
from schemas.config import Config
from schemas.errors import UserError
from schemas.leaf import kind_of

MAX_LINE = 64 * 1024 * 1024
"""Bytes of one pull request; the largest real one has one MB."""
_GZIP = b"\x1f\x8b"
_QNA, _ATTRIBUTION = "qna.yaml", "attribution.txt"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastCommit:
    """A commit as the file has it."""

    sha: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFile:
    """A file as the pull request left it."""

    path: str
    status: FileStatus
    content: str | None = None
    content_base64: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many errors upstream's linter counts in a file; -1 where it could not read it."""

    errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """What upstream's linter says of a file."""

    declared_version: Count
    latest_version: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedCommit:
    """A commit that the DCO app refuses."""

    sha: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What others said of a pull request."""

    schema: dict[str, Linted] = field(default_factory=dict)
    dco_failures: tuple[RefusedCommit, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPull:
    """A pull request of the past."""

    number: int
    author: str
    merged: bool
    base: str = ""
    head: str = ""
    commits: tuple[PastCommit, ...] = ()
    files: tuple[PastFile, ...] = ()
    siblings: dict[str, str] = field(default_factory=dict)
    expected: Expected = field(default_factory=Expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLine:
    """A line that holds no pull request."""

    line: int
    problem: str


def read_pulls(path: Path) -> Iterator[PastPull | BrokenLine]:
    """Read a file of past pull requests, packed with gzip or not; a line that cannot be read is named.

    Raises:
        UserError: if the file cannot be read.
    """
    try:
        with path.open("rb") as raw:
            packed = raw.read(len(_GZIP)) == _GZIP
        with gzip.open(path) if packed else path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE):
                number += 1
                if line.strip():
                    yield _parsed(line, number)
    except (EOFError, zlib.error) as error:
        raise UserError(f"{path} is packed with gzip, and is cut off or damaged.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error


def facts_of(pull: PastPull, *, config: Config) -> PullRequestFacts:
    """Give a past pull request as the checks see one."""
    files = tuple(_file(each) for each in pull.files)
    return PullRequestFacts(
        repository="past/taxonomy",
        number=pull.number,
        author="",  # a pseudonym, which no created_by can match
        title="",
        body="",
        base_ref="main",
        base_sha=pull.base,
        head_sha=pull.head,
        files=files,
        leaves=tuple(_leaves(pull, files)),
        commits=tuple(_commit(each) for each in pull.commits),
        commits_complete=True,
        config=config,
    )


def _parsed(line: bytes, number: int) -> PastPull | BrokenLine:
    try:
        pull = decode(PastPull, line)
        for file in pull.files:
            _content(file)
    except RecursionError:
        return BrokenLine(line=number, problem="This is nested too deeply.")
    except (UserError, binascii.Error) as error:
        return BrokenLine(line=number, problem=str(error))
    return pull


def _content(file: PastFile) -> bytes | None:
    if file.content_base64 is not None:
        return base64.b64decode(file.content_base64, validate=True)
    return None if file.content is None else _bytes(file.content)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", errors="surrogatepass")


def _file(file: PastFile) -> ChangedFile:
    content = _content(file)
    return ChangedFile(
        path=file.path, status=file.status, mode="100644", content=content, size=0 if content is None else len(content)
    )


def _leaves(pull: PastPull, files: tuple[ChangedFile, ...]) -> Iterator[LeafFiles]:
    there = {file.path: file for file in files if file.status is not FileStatus.REMOVED}
    paths = (PurePosixPath(file.path) for file in files)
    folders = {str(path.parent) for path in paths if path.name in {_QNA, _ATTRIBUTION} and kind_of(str(path.parent))}
    for folder in sorted(folders):
        qna, changed = there.get(f"{folder}/{_QNA}"), there.get(f"{folder}/{_ATTRIBUTION}")
        sibling = pull.siblings.get(f"{folder}/{_ATTRIBUTION}")
        text = changed.content if changed is not None else None if sibling is None else _bytes(sibling)
        if qna is not None or text is not None:
            yield LeafFiles(folder=folder, qna=qna, attribution=text)


def _commit(commit: PastCommit) -> Commit:
    return Commit(
        sha=commit.sha,
        parents=commit.parents,
        author=commit.author,
        committer=commit.committer,
        message=commit.message,
        # GitHub gives the account's type; here the name alone is left.
        author_is_bot=commit.author.name.endswith("[bot]"),
    )
