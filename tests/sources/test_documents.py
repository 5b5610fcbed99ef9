"""Documents are read within bounds, and what is not asked for is not read."""

import fcntl
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import UserError
from schemas.leaf import Document
from sources.documents import DocumentError, Limits, read_files
from sources.git_cache import Bounds, blobs, entries, fetch
from sources.git_refusals import Cause, FetchError
from tests.fakes.git_server import GitServer, commit_files, git, serving


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "host").mkdir()
    with serving(tmp_path / "host") as running:
        yield running


def refused(document: Document, server: GitServer, cache: Path, limits: Limits) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read_files(document, hosts=(server.host,), cache=cache, limits=limits)
    return caught.value


def test_only_what_is_asked_for_is_read(server: GitServer, tmp_path: Path) -> None:
    sha = commit_files(server.root, "notes", {"a.md": "Alpha.\n", "b.pdf": b"%PDF"})
    both = Document(repo=server.url("notes/.git"), commit=sha, patterns=("*",))
    files = read_files(both, hosts=(server.host,), cache=tmp_path, wanted=lambda path: path.endswith(".md"))
    assert [(file.path, file.content) for file in files] == [("a.md", b"Alpha.\n"), ("b.pdf", None)]


def test_a_repository_that_is_too_large_is_given_up_and_cleaned_away(server: GitServer, tmp_path: Path) -> None:
    sha = commit_files(server.root, "notes", {"a.md": "x", "noise.bin": bytes(range(256)) * 4096})
    document = Document(repo=server.url("notes/.git"), commit=sha, patterns=("*.md",))
    error = refused(document, server, tmp_path / "cache", Limits(fetch=Bounds(pack=1024)))
    assert error.cause is Cause.LARGE
    assert not list((tmp_path / "cache").rglob("tmp_*"))


def test_a_fetch_that_takes_too_long_is_ended(server: GitServer, tmp_path: Path) -> None:
    sha = commit_files(server.root, "notes", {"a.md": "x"})
    document = Document(repo=server.url("notes/.git"), commit=sha, patterns=("*.md",))
    error = refused(document, server, tmp_path / "cache", Limits(fetch=Bounds(seconds=0.001)))
    assert (error.cause, "try again later" in str(error)) == (Cause.UNREACHABLE, True)


def test_a_fetch_that_is_to_stop_stops(server: GitServer, tmp_path: Path) -> None:
    sha = commit_files(server.root, "notes", {"a.md": "x"})
    document = Document(repo=server.url("slow/notes/.git"), commit=sha, patterns=("*.md",))
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    started = time.monotonic()
    error = refused(document, server, tmp_path / "cache", Limits(fetch=Bounds(seconds=20, stop=stop)))
    assert (error.cause, "the program ended" in str(error)) == (Cause.UNREACHABLE, True)
    assert time.monotonic() - started < 2


def test_files_are_held_to_their_limit_one_by_one_and_together(server: GitServer, tmp_path: Path) -> None:
    sha = commit_files(server.root, "notes", {"a.md": "x" * 2000, "b.md": "y" * 2000})
    document = Document(repo=server.url("notes/.git"), commit=sha, patterns=("*.md",))
    assert refused(document, server, tmp_path, Limits(file=1000)).detail == "a.md"
    assert refused(document, server, tmp_path, Limits(files=3000)).cause is Cause.SIZE
    assert len(read_files(document, hosts=(server.host,), cache=tmp_path, limits=Limits(files=4000))) == 2


def test_a_later_commit_is_fetched_over_the_one_before(server: GitServer, tmp_path: Path) -> None:
    url = server.url("notes/.git")
    for number in range(3):
        sha = commit_files(server.root, "notes", {"a.md": f"Version {number}.\n"})
        folder = fetch(url, sha, cache=tmp_path, protocols=["http"], public=False)
        assert git(folder, "show", f"{sha}:a.md") == f"Version {number}."


def test_what_is_no_commit_is_refused(server: GitServer, tmp_path: Path) -> None:
    commit_files(server.root, "notes", {"a.md": "x"})
    blob = git(server.root / "notes", "rev-parse", "HEAD:a.md")
    git(server.root / "notes", "config", "uploadpack.allowAnySHA1InWant", "true")
    document = Document(repo=server.url("notes/.git"), commit=blob, patterns=("*.md",))
    assert refused(document, server, tmp_path, Limits()).cause is Cause.COMMIT


def kept(server: GitServer, cache: Path) -> tuple[Path, str]:
    sha = commit_files(server.root, "notes", {"a.md": "Alpha.\n"})
    return again(server, sha, cache), sha


def again(server: GitServer, sha: str, cache: Path, *, seconds: float = 20) -> Path:
    bounds = Bounds(seconds=seconds)
    return fetch(server.url("notes/.git"), sha, cache=cache, protocols=["http"], public=False, bounds=bounds)


def test_a_damaged_copy_is_thrown_away_where_it_is_read_and_fetched_anew(server: GitServer, tmp_path: Path) -> None:
    folder, sha = kept(server, tmp_path)
    (entry,) = entries(folder, sha)
    for pack in (folder / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"PACK, and then nothing of use")
    with pytest.raises(FetchError) as caught:
        entries(folder, sha)
    assert (caught.value.cause, folder.exists()) == (Cause.UNREACHABLE, False)
    assert blobs(again(server, sha, tmp_path), [entry.blob]) == {entry.blob: b"Alpha.\n"}


def test_a_missing_object_is_no_fault_of_the_contributor(server: GitServer, tmp_path: Path) -> None:
    folder, _ = kept(server, tmp_path)
    with pytest.raises(FetchError) as caught:
        blobs(folder, ["1a" * 20])
    assert (caught.value.cause, folder.exists()) == (Cause.UNREACHABLE, False)


@pytest.mark.parametrize("damage", ["config", "objects"])
def test_a_damaged_copy_hinders_no_later_fetch(server: GitServer, tmp_path: Path, damage: str) -> None:
    folder, _ = kept(server, tmp_path)
    if damage == "config":
        (folder / "config").write_text("[core\n", encoding="utf-8")
    else:
        shutil.rmtree(folder / "objects")
        (folder / "objects").mkdir()
    sha = commit_files(server.root, "notes", {"a.md": "Beta.\n"})
    (entry,) = entries(again(server, sha, tmp_path), sha)
    assert entry.path == "a.md"


def test_locks_that_a_killed_git_left_hinder_no_later_fetch(server: GitServer, tmp_path: Path) -> None:
    folder, _ = kept(server, tmp_path)
    for name in ("shallow.lock", "refs/fetched/last.lock", "objects/pack/tmp_pack_1"):
        (folder / name).touch()
    sha = commit_files(server.root, "notes", {"a.md": "Beta.\n"})
    assert again(server, sha, tmp_path) == folder
    assert not [*folder.rglob("*.lock"), *folder.rglob("tmp_*")]


def test_a_sound_copy_stays_where_a_commit_cannot_be_had(server: GitServer, tmp_path: Path) -> None:
    folder, sha = kept(server, tmp_path)
    with pytest.raises(FetchError) as caught:
        again(server, "1a" * 20, tmp_path)
    assert caught.value.cause is Cause.COMMIT
    asked = len(server.requests)
    assert again(server, sha, tmp_path) == folder
    assert len(server.requests) == asked


def test_a_fetch_waits_for_another_one_within_its_bounds_alone(server: GitServer, tmp_path: Path) -> None:
    folder, sha = kept(server, tmp_path)
    with folder.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(FetchError, match="another look"):
            again(server, sha, tmp_path, seconds=0.2)


def test_a_cache_that_cannot_be_made_is_told(
    server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "git").write_text("#!/bin/sh\necho 'fatal: No space left on device' >&2\nexit 128\n", encoding="utf-8")
    (programs / "git").chmod(0o700)
    sha = commit_files(server.root, "notes", {"a.md": "x"})
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    with pytest.raises(UserError, match="full"):
        again(server, sha, tmp_path)
    (programs / "git").write_text("#!/bin/sh\nexit 128\n", encoding="utf-8")
    with pytest.raises(FetchError, match="try again later"):
        again(server, sha, tmp_path)
