"""Git over https as a reader of strangers' repositories must use it: the only caller of git that fetches.

One bare repository a URL below the cache, filled by `git fetch` of full commit SHAs and read object by object; nothing
is ever checked out.
"""

import fcntl
import hashlib
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import UserError
from sources.address import FULL_SHA
from sources.full_disk import full_disk, is_full_disk
from sources.git_process import FETCH_SECONDS, READ_SECONDS, allowing, run
from sources.git_refusals import Cause, FetchError, cause_of
from sources.pinning import pin

MAX_PACK = 512 * 1024 * 1024
"""Bytes of one file that git may write while fetching: a shallow pack of a repository of prose has a few MB."""
LOCK_SECONDS = 0.1
"""How often a fetch that waits for another one of the same repository looks whether that has ended."""
MAX_ENTRIES = 100_000
"""Files of one commit, as in GitHub's own limit for a recursive tree."""
REGULAR = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a commit's tree."""

    path: str
    mode: str
    blob: str
    size: int

    @property
    def regular(self) -> bool:
        """Whether it is a file with content of its own: no symbolic link, no submodule."""
        return self.mode in REGULAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much a fetch may take."""

    seconds: float = FETCH_SECONDS
    pack: int = MAX_PACK
    """Bytes of one file that git may write."""
    stop: threading.Event | None = None
    """Ends the fetch as soon as it is set."""


def fetch(
    url: str,
    sha: str,
    *,
    cache: Path,
    protocols: Sequence[str],
    public: bool,
    bounds: Bounds = Bounds(),
    header: str | None = None,
) -> Path:
    """Make sure that a commit is in the cache, asking the network only if it is not.

    What was fetched before is told to the server, so that a later commit costs what it changes.

    Args:
        url: Where the repository stands.
        sha: Full SHA of a commit.
        cache: Where Git objects are kept.
        protocols: Schemes that may be used: `https`, and `http` or `file` where the caller allows it.
        public: Whether the host must resolve to a public address, which git is then held to.
        bounds: How much the fetch may take.
        header: A header for the requests, such as one that authorises them; it stands in no argument list,
            no environment and no file.

    Returns:
        The bare repository that holds the commit.

    Raises:
        FetchError: if it cannot be had, with the cause.
    """
    if not FULL_SHA.fullmatch(sha):
        raise FetchError(Cause.COMMIT, f"has no commit {sha!r}: a full SHA of 40 hexadecimal digits is needed")
    repository = cache / "git" / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.git"
    repository.parent.mkdir(parents=True, exist_ok=True)
    want = _Wanted(url=url, sha=sha, protocols=protocols, public=public, bounds=bounds, header=header)
    with _locked(repository.with_suffix(".lock"), bounds):
        kept = _prepare(repository)
        if kept and _has_commit(repository, sha):
            return repository
        try:
            _fetch(repository, want)
        except FetchError:
            # What git says of a damaged copy reads like a fault of the server's or of the commit's.
            if not kept or _is_sound(repository):
                raise
            shutil.rmtree(repository, ignore_errors=True)
            _prepare(repository)
            _fetch(repository, want)
    return repository


def entries(repository: Path, sha: str) -> tuple[Entry, ...]:
    """List all files of a commit with their sizes.

    Raises:
        FetchError: if the tree has more than 100,000 files, or cannot be read here.
    """
    with _reading(repository):
        listing = run(repository, "ls-tree", "-r", "-z", "--long", "--full-tree", sha).split(b"\0")
    if len(listing) > MAX_ENTRIES:
        raise FetchError(Cause.LARGE, f"has more than {MAX_ENTRIES:,} files")
    return tuple(_entries(listing))


def blobs(repository: Path, wanted: Sequence[str]) -> dict[str, bytes]:
    """Read blobs by SHA, all in one go; a FetchError says that one cannot be read here."""
    if not wanted:
        return {}
    with _reading(repository):
        stream = run(repository, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in wanted).encode())
        return dict(_blobs(stream, wanted))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """What `fetch` was asked for."""

    url: str
    sha: str
    protocols: Sequence[str]
    public: bool
    bounds: Bounds
    header: str | None


def _prepare(repository: Path) -> bool:
    """Make the repository, or clear away what a git that was killed left in it; tell whether it was there.

    Raises:
        UserError: if the disk is full.
        FetchError: if it cannot be made for another reason.
    """
    kept = (repository / "HEAD").exists()
    if kept:
        _clear(repository)
        return True
    repository.mkdir(exist_ok=True)
    try:
        run(repository, "init", "--quiet", "--bare", ".")
    except subprocess.SubprocessError as error:
        shutil.rmtree(repository, ignore_errors=True)
        if isinstance(error, subprocess.CalledProcessError) and is_full_disk(OSError(_said(error))):
            raise UserError(full_disk(repository)) from error
        raise FetchError(Cause.UNREACHABLE, "could not be given a folder here; try again later") from error
    return False


def _clear(repository: Path) -> None:
    """Remove what a git that was killed leaves: packs half written, and locks that nobody holds."""
    for left in (*(repository / "objects" / "pack").glob("tmp_*"), *repository.rglob("*.lock")):
        left.unlink(missing_ok=True)


def _is_sound(repository: Path) -> bool:
    try:
        run(repository, "fsck", "--connectivity-only", "--no-dangling", "--no-progress")
    except subprocess.CalledProcessError:
        return False
    except subprocess.TimeoutExpired:
        return True  # nobody knows; what is large is not thrown away for that
    return True


@contextmanager
def _reading(repository: Path) -> Iterator[None]:
    """Throw a fetched repository away that cannot be read, so that it is fetched anew the next time.

    Raises:
        FetchError: if it cannot be read; the fault is ours, and passes.
    """
    try:
        yield
    except subprocess.TimeoutExpired as error:
        raise FetchError(
            Cause.UNREACHABLE, f"took more than {READ_SECONDS} seconds to read; try again later"
        ) from error
    except (subprocess.CalledProcessError, ValueError) as error:
        lock = repository.with_suffix(".lock")
        if lock.exists():  # only a repository that `fetch` made has one
            with _locked(lock, Bounds(seconds=READ_SECONDS)):
                shutil.rmtree(repository, ignore_errors=True)
        raise FetchError(Cause.UNREACHABLE, "has a damaged copy here; try again, and it is fetched anew") from error


def _blobs(stream: bytes, wanted: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    """Take the answer of `git cat-file --batch` apart.

    Raises:
        ValueError: if an object is missing.
    """
    at = 0
    for blob in wanted:
        end = stream.index(b"\n", at)
        header = stream[at:end].split()
        if header[1:2] != [b"blob"]:
            raise ValueError(f"no blob {blob}")
        size = int(header[2])
        yield blob, stream[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _said(error: subprocess.CalledProcessError) -> str:
    said: bytes = error.stderr
    return said.decode(errors="replace")


def _fetch(repository: Path, want: _Wanted) -> None:
    sha, bounds = want.sha, want.bounds
    options = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--quiet"]
    pinned = pin(want.url) if want.public else []
    arguments = (*allowing(want.protocols), *pinned, "fetch", *options, "--", want.url, f"+{sha}:refs/fetched/last")
    try:
        run(repository, *arguments, seconds=bounds.seconds, max_file=bounds.pack, header=want.header, stop=bounds.stop)
    except subprocess.CalledProcessError as error:
        said = _said(error)
        if is_full_disk(OSError(said)) and "file too large" not in said.lower():
            raise UserError(full_disk(repository)) from error
        raise FetchError(*cause_of(said, sha, pack=bounds.pack)) from error
    except subprocess.TimeoutExpired as error:
        clause = f"took more than {bounds.seconds:.0f} seconds; try again later"
        if bounds.stop is not None and bounds.stop.is_set():
            clause = "was asked for when the program ended; try again later"
        raise FetchError(Cause.UNREACHABLE, clause) from error
    finally:
        _clear(repository)
    if not _has_commit(repository, sha):
        raise FetchError(Cause.COMMIT, f"has {sha}, but that is not a commit")


def _entries(listing: Sequence[bytes]) -> Iterator[Entry]:
    for line in listing:
        if line:
            facts, _, path = line.partition(b"\t")
            mode, _, blob, size = facts.split()
            yield Entry(
                path=path.decode(errors="replace"),
                mode=mode.decode(),
                blob=blob.decode(),
                size=0 if size == b"-" else int(size),
            )


def _has_commit(repository: Path, sha: str) -> bool:
    try:
        return run(repository, "cat-file", "-t", sha).strip() == b"commit"
    except subprocess.SubprocessError:
        return False


@contextmanager
def _locked(path: Path, bounds: Bounds) -> Iterator[None]:
    """Hold a repository against other fetches of it.

    Raises:
        FetchError: if another one holds it for longer than this one may take, or this one is to stop.
    """
    until = time.monotonic() + bounds.seconds
    with path.open("w") as file:
        while not _lock(file.fileno()):
            if time.monotonic() > until or (bounds.stop is not None and bounds.stop.is_set()):
                raise FetchError(Cause.UNREACHABLE, "is still being fetched by another look; try again later")
            time.sleep(LOCK_SECONDS)
        yield


def _lock(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
