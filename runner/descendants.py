"""The processes below this one, those included that their own parents left behind: ended to the last of them."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil

END_SECONDS = 5.0
"""How long processes may take to end by themselves, before they are killed."""
_PR_SET_CHILD_SUBREAPER = 36  # include/uapi/linux/prctl.h


def end(process: subprocess.Popen[bytes]) -> None:
    """End jobs first, each in a session of its own, so that a running build can say that it was stopped; then Ray."""
    _signal_all(process, signal.SIGTERM, patience=END_SECONDS, jobs_only=True)
    _signal_all(process, signal.SIGTERM, patience=1.5)
    for _ in range(3):
        _signal_all(process, signal.SIGKILL, patience=END_SECONDS)
    if left := _descendants():
        sys.stderr.write(f"These processes of Ray could not be ended: {[child.pid for child in left]}\n")


def _signal_all(
    process: subprocess.Popen[bytes], number: signal.Signals, *, patience: float, jobs_only: bool = False
) -> None:
    def there() -> list[psutil.Process]:
        return [child for child in _descendants() if not jobs_only or _session(child) not in {None, process.pid}]

    for child in there():
        with suppress(psutil.NoSuchProcess):
            child.send_signal(number)
    limit = time.monotonic() + patience
    while there() and time.monotonic() < limit:
        process.poll()
        reap_adopted(process)
        time.sleep(0.05)


def _descendants() -> list[psutil.Process]:
    return psutil.Process().children(recursive=True)


def _session(child: psutil.Process) -> int | None:
    with suppress(ProcessLookupError):
        return os.getsid(child.pid)
    return None


def reap_adopted(process: subprocess.Popen[bytes]) -> None:
    """Take leave of dead orphans, which would else stay in the process table."""
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess, ChildProcessError):
            if child.pid != process.pid and child.status() == psutil.STATUS_ZOMBIE:
                os.waitpid(child.pid, os.WNOHANG)


def adopt_orphans() -> None:
    """Become the parent of what descendants leave behind, as PID 1 is for the rest (prctl(2), on Linux alone)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
