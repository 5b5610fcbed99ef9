"""Why something could not be fetched: git's own words on standard error, as causes that a person can act on."""

import re
from enum import StrEnum

from schemas.errors import UserError


class Cause(StrEnum):
    """Why a commit, or what is wanted of it, could not be fetched."""

    ADDRESS = "address"
    """The URL is none that may be fetched from."""
    MISSING = "missing"
    """The server has no such repository, or keeps it from the public."""
    NOT_GIT = "not git"
    MOVED = "moved"
    COMMIT = "commit"
    """The repository has no such commit."""
    BROKEN = "broken"
    """What the server sent is refused by git's own checks."""
    LARGE = "large"
    """The repository is too large to be fetched."""
    PATTERNS = "patterns"
    """The commit has no such file."""
    LINK = "link"
    """A file is a symbolic link or a submodule."""
    SIZE = "size"
    """The files are too large or too many; the repository is not."""
    UNREACHABLE = "unreachable"
    """The server does not answer now: nobody's fault, and worth another try."""


class FetchError(UserError):
    """A commit that could not be fetched, in half a sentence that goes on after the repository's name."""

    def __init__(self, cause: Cause, clause: str) -> None:
        super().__init__(clause)
        self.cause = cause


# What git 2.30 to 2.52 says under LC_ALL=C, and libcurl through it.
_SAYINGS: tuple[tuple[str, Cause, str], ...] = (
    (r"not our ref|unadvertised object|couldn't find remote ref|bad object", Cause.COMMIT, "has no commit {sha}"),
    (
        r"repository '.*' not found|could not read Username|Authentication failed|error: 40[134]|does not exist",
        Cause.MISSING,
        "is not there, or is not public",
    ),
    (r"redirect|error: 30\d", Cause.MOVED, "answers with the address of another place, which is not followed"),
    (
        r"does not appear to be a git|(is this|not) a git repository|invalid server response|protocol error|dumb http",
        Cause.NOT_GIT,
        "answers, but is not a Git repository",
    ),
    (r"File too large|signal 25|File size limit", Cause.LARGE, "is larger than {size} MiB"),
    (r"transport '.*' not allowed", Cause.ADDRESS, "has an address of a kind that is not allowed"),
    (r"fsck|index-pack|corrupt|unpack", Cause.BROKEN, "holds objects that git refuses as broken"),
)


def cause_of(said: str, sha: str, *, pack: int = 0) -> tuple[Cause, str]:
    """Find the cause in what git said on standard error, with the clause that tells of it."""
    for pattern, cause, clause in _SAYINGS:
        if re.search(pattern, said, re.IGNORECASE):
            return cause, clause.format(sha=sha, size=pack // 2**20)
    lines = [line for line in said.splitlines() if line.strip()]
    last = lines[-1].removeprefix("fatal: ")[:300] if lines else "git gave no reason"
    return Cause.UNREACHABLE, f"could not be reached ({last}); try again later"
