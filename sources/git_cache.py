"""Git over https as a reader of strangers' repositories must use it: the only caller of git that fetches.

One bare repository a URL below the cache, filled by `git fetch` of full commit SHAs and read object by object; nothing
is ever checked out, no configuration but ours is read, and no program of the repository's choosing is run.
"""

import fcntl
import hashlib
import ipaddress
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from schemas.errors import UserError
from sources.address import FULL_SHA
from sources.full_disk import full_disk, is_full_disk
from sources.git_refusals import Cause, FetchError, cause_of

FETCH_SECONDS = 300
MAX_PACK = 512 * 1024 * 1024
"""Bytes of one file that git may write while fetching: a shallow pack of a repository of prose has a few MB."""
READ_SECONDS = 60
STOP_SECONDS = 0.2
"""How often a fetch that may be stopped looks whether it is."""
MAX_ENTRIES = 100_000
"""Files of one commit, as in GitHub's own limit for a recursive tree."""
REGULAR = frozenset({"100644", "100755"})

# https://git-scm.com/docs/git-config: nothing but these, whatever the machine or the repository has configured.
_SAFE = (
    *("-c", "protocol.allow=never"),
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor=false"),
    *("-c", "transfer.fsckObjects=true"),
    *("-c", "http.followRedirects=false"),
    *("-c", "http.lowSpeedLimit=1000"),
    *("-c", "http.lowSpeedTime=30"),
    *("-c", "credential.helper="),
    *("-c", "gc.auto=0"),
    *("-c", "maintenance.auto=false"),
    *("-c", "safe.directory=*"),
)
_KEPT_ENVIRONMENT = ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "TMPDIR")
_PROXIES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY")


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
        header: A header for the requests, such as one that authorises them; it stands in no argument list and no file.

    Returns:
        The bare repository that holds the commit.

    Raises:
        FetchError: if it cannot be had, with the cause.
    """
    if not FULL_SHA.fullmatch(sha):
        raise FetchError(Cause.COMMIT, f"has no commit {sha!r}: a full SHA of 40 hexadecimal digits is needed")
    repository = cache / "git" / f"{hashlib.sha256(url.encode()).hexdigest()[:24]}.git"
    repository.mkdir(parents=True, exist_ok=True)
    with _locked(repository.with_suffix(".lock")):
        if not (repository / "HEAD").exists():
            _run(repository, "init", "--quiet", "--bare", ".")
        if not _has_commit(repository, sha):
            _fetch(repository, url, sha, protocols=protocols, public=public, bounds=bounds, header=header)
    return repository


def entries(repository: Path, sha: str) -> tuple[Entry, ...]:
    """List all files of a commit with their sizes.

    Raises:
        FetchError: if the tree has more than 100,000 files.
    """
    listing = _run(repository, "ls-tree", "-r", "-z", "--long", "--full-tree", sha).split(b"\0")
    if len(listing) > MAX_ENTRIES:
        raise FetchError(Cause.LARGE, f"has more than {MAX_ENTRIES:,} files")
    return tuple(_entries(listing))


def blobs(repository: Path, wanted: Sequence[str]) -> dict[str, bytes]:
    """Read blobs by SHA, all in one go.

    Raises:
        FetchError: if one is missing from the cache.
    """
    if not wanted:
        return {}
    stream = _run(repository, "cat-file", "--batch", stdin="".join(f"{blob}\n" for blob in wanted).encode())
    found: dict[str, bytes] = {}
    at = 0
    for blob in wanted:
        end = stream.index(b"\n", at)
        header = stream[at:end].split()
        if header[1:2] != [b"blob"]:
            raise FetchError(Cause.BROKEN, f"misses the object {blob}")
        size = int(header[2])
        found[blob] = stream[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return found


def resolve(folder: Path, revision: str) -> str:
    """Turn a revision of a local repository, such as HEAD, into the SHA of its commit.

    Raises:
        UserError: if the folder is no Git repository, or has no such commit.
    """
    try:
        return (
            _run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
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
        listing = _run(None, *_allowing(protocols), "ls-remote", "--quiet", "--", url, revision, seconds=FETCH_SECONDS)
    except subprocess.CalledProcessError as error:
        raise FetchError(*cause_of(error.stderr.decode(errors="replace"), revision)) from error
    except subprocess.TimeoutExpired as error:
        raise FetchError(Cause.UNREACHABLE, "did not answer in time; try again later") from error
    names = [line.split("\t") for line in listing.decode(errors="replace").splitlines()]
    if not names:
        raise FetchError(Cause.COMMIT, f"has no branch or tag {revision!r}")
    return names[-1][0] if names[-1][1].endswith("^{}") else names[0][0]


def _fetch(
    repository: Path,
    url: str,
    sha: str,
    *,
    protocols: Sequence[str],
    public: bool,
    bounds: Bounds,
    header: str | None,
) -> None:
    options = ["--depth=1", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head", "--quiet"]
    pin = _pin(url) if public else []
    arguments = (*_allowing(protocols), *pin, "fetch", *options, "--", url, f"+{sha}:refs/fetched/last")
    try:
        _run(repository, *arguments, seconds=bounds.seconds, max_file=bounds.pack, header=header, stop=bounds.stop)
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace")
        if is_full_disk(OSError(said)) and "file too large" not in said.lower():
            raise UserError(full_disk(repository)) from error
        raise FetchError(*cause_of(said, sha, pack=bounds.pack)) from error
    except subprocess.TimeoutExpired as error:
        clause = f"took more than {bounds.seconds:.0f} seconds; try again later"
        if bounds.stop is not None and bounds.stop.is_set():
            clause = "was asked for when the program ended; try again later"
        raise FetchError(Cause.UNREACHABLE, clause) from error
    finally:
        for left in (repository / "objects" / "pack").glob("tmp_*"):
            left.unlink(missing_ok=True)
    if not _has_commit(repository, sha):
        raise FetchError(Cause.COMMIT, f"has {sha}, but that is not a commit")


def _allowing(protocols: Sequence[str]) -> list[str]:
    return [part for protocol in protocols for part in ("-c", f"protocol.{protocol}.allow=always")]


def _pin(url: str) -> list[str]:
    """Hold git to an address that was looked at, so that no name can lead it into a private network.

    Raises:
        FetchError: if the host has no address, or a private one.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if any(os.environ.get(name) for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")):
        return []  # the proxy resolves names, and is the operator's own wall
    try:
        found = sorted({str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError as error:
        raise FetchError(Cause.UNREACHABLE, f"could not be reached (no address for {host}); try again later") from error
    if not all(ipaddress.ip_address(address.split("%")[0]).is_global for address in found):
        raise FetchError(Cause.ADDRESS, f"stands on {host}, which is not a public address")
    return ["-c", f"http.curloptResolve={host}:{port}:{','.join(found)}"]


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
        return _run(repository, "cat-file", "-t", sha).strip() == b"commit"
    except subprocess.CalledProcessError:
        return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _run(
    folder: Path | None,
    *arguments: str,
    stdin: bytes = b"",
    seconds: float = READ_SECONDS,
    max_file: int | None = None,
    header: str | None = None,
    stop: threading.Event | None = None,
) -> bytes:
    command = ["git", *_SAFE, *arguments]
    if max_file is not None:  # POSIX counts `ulimit -f` in blocks of 512 bytes
        command = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(max_file // 512), *command]
    with subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(header),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
    ) as process:
        try:
            out, err = _wait(process, stdin, seconds=seconds, stop=stop)
        except BaseException:
            # Git's helpers hold the connection; they are of its group, which is theirs alone.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, out, err)
    return out


def _wait(
    process: subprocess.Popen[bytes], stdin: bytes, *, seconds: float, stop: threading.Event | None
) -> tuple[bytes, bytes]:
    """Wait for a process to end.

    Raises:
        subprocess.TimeoutExpired: if it does not end in time, or is to stop.
    """
    if stop is None:
        return process.communicate(stdin, timeout=seconds)
    until = time.monotonic() + seconds
    while True:
        left = until - time.monotonic()
        try:
            return process.communicate(stdin, timeout=max(0.0, min(left, STOP_SECONDS)))
        except subprocess.TimeoutExpired:
            if left <= STOP_SECONDS or stop.is_set():
                raise


def _environment(header: str | None) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in (*_KEPT_ENVIRONMENT, *_PROXIES) if name in os.environ}
    told = {}
    if header is not None:
        told = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}
    return {
        **kept,
        **told,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "HOME": os.devnull,
        "LC_ALL": "C",
    }
