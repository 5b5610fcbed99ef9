"""Which commit a revision names that a person gave: a branch, a tag or HEAD, of a local repository or a remote one."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from schemas.errors import UserError
from sources.address import FULL_SHA
from sources.git_process import FETCH_SECONDS, allowing, run
from sources.git_refusals import Cause, FetchError, cause_of


def resolve(folder: Path, revision: str) -> str:
    """Turn a revision of a local repository, such as HEAD, into the SHA of its commit.

    Raises:
        UserError: if the folder is no Git repository, or has no such commit.
    """
    try:
        return (
            run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
            .decode()
            .strip()
        )
    except subprocess.CalledProcessError as error:
        if b"not a git repository" in error.stderr:
            raise UserError(f"{folder} is not a Git repository: name the folder of a taxonomy's clone.") from error
        raise UserError(f"{folder} has no commit {revision!r}: name a branch, a tag or a SHA of it.") from error
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{folder} is not there: name the folder of a taxonomy's clone.") from None


def resolve_remote(url: str, revision: str, *, protocols: Sequence[str]) -> str:
    """Turn a branch, a tag or HEAD of a remote repository into a SHA.

    Raises:
        FetchError: if the repository cannot be asked, or has no such reference.
    """
    if FULL_SHA.fullmatch(revision):
        return revision
    try:
        listing = run(None, *allowing(protocols), "ls-remote", "--quiet", "--", url, revision, seconds=FETCH_SECONDS)
    except subprocess.CalledProcessError as error:
        raise FetchError(*cause_of(error.stderr.decode(errors="replace"), revision)) from error
    except subprocess.TimeoutExpired as error:
        raise FetchError(Cause.UNREACHABLE, "did not answer in time; try again later") from error
    names = [line.split("\t") for line in listing.decode(errors="replace").splitlines()]
    if not names:
        raise FetchError(Cause.COMMIT, f"has no branch or tag {revision!r}")
    return names[-1][0] if names[-1][1].endswith("^{}") else names[0][0]
