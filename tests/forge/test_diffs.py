"""Differences read from git's output, whatever the files contain."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forge.git.diffs import diff, find_position, find_spot
from forge.git.process import git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

IDENTITY = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
LINES = st.sampled_from((
    "diff --git a/x b/x",
    "@@ -1 +1 @@",
    "--- a/x",
    "+++ b/x",
    "-- ",
    "+",
    "-",
    " ",
    "",
    "\\ No newline at end of file",
    "Binary files differ",
    "ü",
    "\r",
    "\f\x0b\x1c",
    "\u2028",
))
TEXTS = st.lists(LINES, max_size=12).map("\n".join)
NAMES = st.sampled_from(("a", "b c", "ü.txt", 'q"uote', "tab\tbed", "new\nline", "-dash", "sub/deep/x", "diff --git"))


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bare") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True, env={"PATH": os.environ["PATH"]})
    return folder


def tree(folder: Path, files: Mapping[str, bytes], modes: Mapping[str, str] | None = None) -> str:
    environment = {"GIT_INDEX_FILE": str(folder / "index.test")}
    git(folder, "read-tree", "--empty", environment=environment)
    lines = b""
    for name, content in files.items():
        blob = git(folder, "hash-object", "-w", "--stdin", stdin=content).decode().strip()
        lines += f"{(modes or {}).get(name, '100644')} {blob}\t{name}\0".encode()
    git(folder, "update-index", "-z", "--index-info", stdin=lines, environment=environment)
    return git(folder, "write-tree", environment=environment).decode().strip()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.dictionaries(NAMES, TEXTS.map(str.encode), max_size=4),
    after=st.dictionaries(NAMES, TEXTS.map(str.encode), max_size=4),
)
def test_files_and_counts_are_those_of_git_itself(
    repository: Path, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    old, new = tree(repository, before), tree(repository, after)
    output = git(repository, "diff-tree", "-r", "-z", "--no-renames", "--numstat", old, new).decode()
    counted = {}
    for entry in filter(None, output.split("\0")):
        added, deleted, name = entry.split("\t", 2)
        counted[name] = (int(added), int(deleted))
    found = diff(repository, old, new)
    for file in found:
        if file.previous_path is None:
            assert (file.additions, file.deletions) == counted[file.path]
    named = {file.path for file in found} | {file.previous_path for file in found if file.previous_path}
    assert named == set(counted)


def test_a_change_of_type_is_one_file(repository: Path) -> None:
    files = {"a": b"one\n", "link": b"target\n", "z": b"last\n"}
    old = tree(repository, files)
    new = tree(repository, {**files, "link": b"elsewhere", "z": b"changed\n"}, {"link": "120000"})
    link, last = diff(repository, old, new)
    assert (link.path, link.status, link.mode) == ("link", "changed", "120000")
    assert (last.path, last.patch) == ("z", "@@ -1 +1 @@\n-last\n+changed")


def test_a_change_of_mode_alone_has_no_patch(repository: Path) -> None:
    old, new = tree(repository, {"a": b"x"}), tree(repository, {"a": b"x"}, {"a": "100755"})
    assert [(file.status, file.patch, file.additions) for file in diff(repository, old, new)] == [("modified", None, 0)]


def test_a_huge_patch_is_left_out_but_counted(repository: Path) -> None:
    old, new = tree(repository, {"a": b""}), tree(repository, {"a": b"0123456789\n" * 100_000})
    assert [(file.patch, file.additions) for file in diff(repository, old, new)] == [(None, 100_000)]


def test_lines_are_found_on_both_sides_and_by_position() -> None:
    patch = "@@ -1,3 +1,3 @@ head\n same\n-old\n+new\n same\n@@ -9,2 +9,3 @@\n nine\n+ten\n eleven"
    old, new = find_spot(patch, line=2, side="LEFT"), find_spot(patch, line=2, side="RIGHT")
    assert old is not None
    assert new is not None
    assert (old.position, new.position) == (2, 3)
    assert new.hunk == "@@ -1,3 +1,3 @@ head\n same\n-old\n+new"
    later = find_position(patch, 7)
    assert later is not None
    assert (later.line, later.side, later.hunk) == (10, "RIGHT", "@@ -9,2 +9,3 @@\n nine\n+ten")
    assert find_spot(patch, line=5, side="RIGHT") is None
    assert find_position(patch, 0) is None
    assert find_position(patch, 99) is None
