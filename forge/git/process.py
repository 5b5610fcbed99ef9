"""One run of the git program, shut off from the machine's own configuration."""

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ENVIRONMENT: Mapping[str, str] = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.devnull,
    "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    # The data folder may belong to another user than ours, in a container for instance.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}


SECONDS = 120
"""How long one run may take; a repository of the size that this forge is for takes none of it."""


class GitError(Exception):
    """Git ended with a failure; the message is what it said."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


def git(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> bytes:
    """Run git in a bare repository and give what it printed.

    Fails with `GitError` if its exit code is not among `codes`.
    """
    return run(folder, *arguments, stdin=stdin, environment=environment, codes=codes).stdout


def run(
    folder: Path,
    *arguments: str,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    codes: Sequence[int] = (0,),
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a bare repository and give the ended process; one that takes longer than two minutes is a defect.

    Raises:
        GitError: if its exit code is not among `codes`.
    """
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        check=False,
        timeout=SECONDS,
        env={**ENVIRONMENT, "GIT_DIR": str(folder), **(environment or {})},
    )
    if done.returncode not in codes:
        raise GitError(done.returncode, done.stderr.decode(errors="replace").strip())
    return done


def version() -> tuple[int, int] | None:
    """Say which git there is, as major and minor number; None if there is none to be run."""
    try:
        said = subprocess.run(["git", "version"], capture_output=True, check=False, env=dict(ENVIRONMENT)).stdout
    except OSError:
        return None
    found = re.search(rb"(\d+)\.(\d+)", said)
    return None if found is None else (int(found[1]), int(found[2]))
