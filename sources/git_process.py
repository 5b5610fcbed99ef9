"""A run of git that heeds no configuration but ours and runs no program of a repository's choosing, within bounds."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

FETCH_SECONDS = 300
READ_SECONDS = 60
STOP_SECONDS = 0.2
"""How often a fetch that may be stopped looks whether it is."""

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


def allowing(protocols: Sequence[str]) -> list[str]:
    """Give the arguments that let git ask by these protocols, such as `https`; without them it may by none."""
    return [part for protocol in protocols for part in ("-c", f"protocol.{protocol}.allow=always")]


def run(
    folder: Path | None,
    *arguments: str,
    stdin: bytes = b"",
    seconds: float = READ_SECONDS,
    max_file: int | None = None,
    header: str | None = None,
    stop: threading.Event | None = None,
) -> bytes:
    """Run git and give what it says.

    Args:
        folder: Where it runs.
        arguments: What it is to do.
        stdin: What it is given to read.
        seconds: How long it may take.
        max_file: Bytes of one file that it may write.
        header: A header for its requests, which stands in no argument list, no environment and no file.
        stop: Ends it as soon as it is set.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    command = ["git", *_SAFE, *arguments]
    if max_file is not None:  # POSIX counts `ulimit -f` in blocks of 512 bytes
        command = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', str(max_file // 512), *command]
    with (
        _configuration(header) as (configuration, handed),
        subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(configuration),
            pass_fds=handed,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,
        ) as process,
    ):
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


@contextmanager
def _configuration(header: str | None) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Give the path of git's one configuration file, and the descriptors that git must inherit to read it.

    With a header it is a file in memory alone, which ends with the last process that holds it open.
    """
    if header is None:
        yield os.devnull, ()
        return
    text = f'[http]\n\textraHeader = "{header}"\n'.encode()
    if sys.platform == "linux":
        handle = os.memfd_create("git-configuration")
        try:
            os.write(handle, text)
            yield f"/proc/self/fd/{handle}", (handle,)
        finally:
            os.close(handle)
    else:  # no such files there: one that only we may read, for as long as git runs
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            yield file.name, ()


def _environment(configuration: str) -> Mapping[str, str]:
    kept = {name: os.environ[name] for name in (*_KEPT_ENVIRONMENT, *_PROXIES) if name in os.environ}
    return {
        **kept,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": configuration,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "HOME": os.devnull,
        "LC_ALL": "C",
    }
