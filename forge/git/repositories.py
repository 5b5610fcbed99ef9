"""Bare repositories as folders: made, forked, fetched from one another."""

import shutil
from pathlib import Path

from forge.git.process import git

CONFIG = """[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\thooksPath = "{hooks}"
[http]
\treceivepack = true
[receive]
\tfsckObjects = true
\tautogc = false
\thideRefs = refs/pull
[uploadpack]
\tallowAnySHA1InWant = true
\tallowFilter = true
[gc]
\tauto = 0
"""
POST_RECEIVE = """#!/bin/sh
# Writes down which refs a push moved, for the server that runs it.
exec cat >>"${FORGE_PUSHED:-/dev/null}"
"""


class Shelf:
    """The folder that holds all bare repositories, each under its id."""

    def __init__(self, folder: Path) -> None:
        self._repositories = folder / "repositories"
        self._hooks = folder / "hooks"
        self._repositories.mkdir(parents=True, exist_ok=True)
        self._hooks.mkdir(parents=True, exist_ok=True)
        hook = self._hooks / "post-receive"
        hook.write_text(POST_RECEIVE, encoding="utf-8")
        hook.chmod(0o755)

    def folder(self, number: int) -> Path:
        """Say where the repository with an id lies."""
        return self._repositories / f"{number}.git"

    def create(self, number: int, *, default_branch: str) -> None:
        """Make an empty bare repository."""
        folder = self.folder(number)
        folder.mkdir()
        git(folder, "init", "-q", "--bare", "--template=", f"--initial-branch={default_branch}")
        (folder / "config").write_text(CONFIG.format(hooks=_quoted(self._hooks)), encoding="utf-8")

    def fork(self, number: int, *, source: int, default_branch: str) -> None:
        """Make a repository with the branches and tags of another; objects are shared where the disk can."""
        self.create(number, default_branch=default_branch)
        shutil.copytree(
            self.folder(source) / "objects",
            self.folder(number) / "objects",
            copy_function=_link,
            dirs_exist_ok=True,
        )
        self.fetch(number, source=source, refspecs=("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"))

    def fetch(self, number: int, *, source: int, refspecs: tuple[str, ...]) -> None:
        """Bring refs of another repository into this one."""
        git(
            self.folder(number),
            "fetch",
            "-q",
            "--no-tags",
            "--no-write-fetch-head",
            str(self.folder(source)),
            *refspecs,
        )

    def remove(self, number: int) -> None:
        """Delete a repository for good."""
        shutil.rmtree(self.folder(number))


def _quoted(path: Path) -> str:
    # A folder's name may hold what ends a value in git's configuration.
    return str(path).replace("\\", "\\\\").replace('"', '\\"')


def _link(source: str, target: str) -> None:
    # Git never rewrites an object file, so that two repositories can own the same one.
    try:
        Path(target).hardlink_to(source)
    except OSError:
        shutil.copy2(source, target)
