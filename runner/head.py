"""A Ray of our own on this machine: started with a token on loopback, and ended to its last process.

Ray's processes do not stay in one process group (workers and jobs make their own), so the head adopts what its
descendants leave behind (a "subreaper", prctl(2)) and ends all of them. `ray stop` is never called: it ends every Ray
on the machine, by name.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from select import select
from typing import NoReturn

import httpx

from runner.descendants import adopt_orphans, end, reap_adopted
from runner.disk import saying_full
from schemas.errors import UserError

START_SECONDS = 120.0
"""How long Ray may take to answer; 3 s on an idle machine, 19 s on a busy one."""
OBJECT_STORE = 80_000_000
"""Bytes; Ray refuses less than 75 MiB. Stages hand over through files, so that next to nothing stands in it."""
REFUSED_PORTS = range(10002, 20000)
"""Ray keeps these for its workers, and refuses them for anything else."""
_LONGEST_TEMP = 40
"""Bytes: the longest socket below it is `/session_<date>_<pid>/sockets/plasma_store`, and 107 is the kernel's limit."""
_PREFIX = "espalier-ray-"
_NOISE = re.compile(r"\x1b\[[0-9;]*m|^\d{4}-\d\d-\d\d [\d:,]+\s+\w+\s+\S+ -- ")
_TELLING = re.compile(r"error|fail|cannot|unable|refused|in use|denied|no space", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a running Ray is reached."""

    address: str
    """Base URL of the Jobs API."""
    token_file: Path


def serve(data: Path, *, port: int | None, announce: Callable[[Head], None]) -> int:
    """Run a Ray head until SIGTERM, SIGINT, the parent's death, or its own.

    A second process, the keeper, owns Ray and ends it when this one lets go of a pipe between them: so Ray ends even
    where this process is killed, alone or with its group.

    Args:
        data: Folder for its token and log; one head a folder.
        port: Port of the Jobs API on loopback; None takes a free one.
        announce: Called in the keeper once the Jobs API answers.

    Returns:
        0 if it was asked to end, 1 if Ray ended by itself, 2 if it could not start: standard error says why.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parent = os.getppid()
    held, holding = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(holding)
        os.setsid()
        _leave(
            lambda: _keep(data, port, announce, wanted=lambda: not stop.is_set() and not select([held], [], [], 0)[0])
        )
    os.close(held)
    while True:
        ended, status = os.waitpid(keeper, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if holding >= 0 and (stop.is_set() or os.getppid() != parent):
            os.close(holding)
            holding = -1
        time.sleep(0.1)


def _leave(work: Callable[[], int]) -> NoReturn:
    """End this forked process with what the work gives, and never return into its parent's code."""
    code = 1
    try:
        code = work()
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        code = 2
    except BaseException:  # noqa: BLE001 - nothing above may catch it: it would run twice
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _keep(data: Path, port: int | None, announce: Callable[[Head], None], *, wanted: Callable[[], bool]) -> int:
    with _running(data, port=port, wanted=wanted) as (head, process):
        if head is not None:
            announce(head)
        while wanted() and process.poll() is None:
            reap_adopted(process)
            time.sleep(0.2)
        if process.poll() is None or not wanted():
            return 0
        sys.stderr.write(f"Ray ended by itself: {_last_words(data / 'ray' / 'head.log')}\n")
        return 1


@contextmanager
def _running(
    data: Path, *, port: int | None, wanted: Callable[[], bool]
) -> Iterator[tuple[Head | None, subprocess.Popen[bytes]]]:
    """Start Ray, and end it with the block; no head is given if it was not wanted any more before it answered.

    Raises:
        UserError: if Ray cannot start.
    """
    if port is not None and port in REFUSED_PORTS:
        raise UserError(
            f"Ray keeps the ports {REFUSED_PORTS.start} to {REFUSED_PORTS.stop - 1} for itself: choose another --port "
            f"than {port}, or leave it out for a free one."
        )
    folder = (data / "ray").absolute()
    with ExitStack() as stack:
        with saying_full(folder):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, NotADirectoryError, PermissionError) as error:
                raise UserError(f"{folder} cannot be made ({error.strerror}): choose another --data.") from error
            stack.enter_context(_locked(folder))
            temp = stack.enter_context(_temp_folder(folder))
            token = stack.enter_context(_token(folder / "token"))
            log = stack.enter_context((folder / "head.log").open("wb"))
        jobs, agent, client = _ports(port)
        adopt_orphans()
        process = subprocess.Popen(
            _command(temp, jobs=jobs, agent=agent, client=client),
            env=_environment(os.environ, token),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        stack.callback(end, process)
        head = Head(address=f"http://127.0.0.1:{jobs}", token_file=token)
        answered = _await_answer(head, process, log=folder / "head.log", wanted=wanted)
        yield (head if answered else None), process


def _command(temp: Path, *, jobs: int, agent: int, client: int) -> Sequence[str]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return (
        *(sys.executable, "-m", "runner.ray_command", str(os.getpid())),
        *("start", "--head", "--block", "--disable-usage-stats", "--no-monitor"),
        *("--include-log-monitor", "false"),
        *("--port", "0"),
        *("--dashboard-host", "127.0.0.1"),
        *("--dashboard-port", str(jobs)),
        *("--dashboard-agent-listen-port", str(agent)),
        *("--ray-client-server-port", str(client)),
        *("--min-worker-port", "0", "--max-worker-port", "0"),
        # At least two, so that candidate and control train side by side even on one core.
        *("--num-cpus", str(max(cores, 2))),
        *("--object-store-memory", str(OBJECT_STORE)),
        *("--temp-dir", str(temp)),
    )


def _environment(inherited: Mapping[str, str], token: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in inherited.items() if name != "RAY_ADDRESS"}
    return {
        **kept,
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        "RAY_worker_niceness": "0",
        # As on a Mac: one node, everything on the loopback address.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
        # No idle workers before they are asked for: each takes 90 MB.
        "RAY_prestart_worker_first_driver": "0",
        "PYTHONUNBUFFERED": "1",
        "no_proxy": ",".join(filter(None, (inherited.get("no_proxy"), "127.0.0.1,localhost"))),
    }


STARTED = "Ray runtime started"
"""What `ray start` of the pinned version writes once its node stands."""


def _await_answer(head: Head, process: subprocess.Popen[bytes], *, log: Path, wanted: Callable[[], bool]) -> bool:
    headers = {"Authorization": f"Bearer {head.token_file.read_text()}"}
    limit = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False, timeout=5, headers=headers) as client:
        while wanted():
            if process.poll() is not None:
                raise UserError(f"Ray could not start: {_last_words(log)}; look into {log}, and mend that first.")
            with suppress(httpx.HTTPError):
                # The Jobs API answers before the node stands: Ray says in its log when all of it does.
                if client.get(f"{head.address}/api/jobs/").status_code == httpx.codes.OK and STARTED in log.read_text():
                    return True
            if time.monotonic() > limit:
                raise UserError(
                    f"Ray did not answer in {START_SECONDS:.0f} s: {_last_words(log)}; look into {log}, and give it "
                    "more memory or a less busy machine."
                )
            time.sleep(0.1)
    return False


def _ports(jobs: int | None) -> tuple[int, int, int]:
    """Find free ports for the Jobs API, the agent and the client server; the first as asked for.

    Raises:
        UserError: if the one asked for is in use.
    """
    found: list[int] = []
    with ExitStack() as stack:
        while len(found) < 3:  # noqa: PLR2004 - as many as are named above
            asked = jobs if jobs is not None and not found else 0
            probe = stack.enter_context(socket.socket())
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", asked))
            except OSError as error:
                raise UserError(f"Port {asked} is in use: choose another --port, or leave it out.") from error
            if probe.getsockname()[1] not in REFUSED_PORTS:
                found.append(probe.getsockname()[1])
    return found[0], found[1], found[2]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UserError(f"A Ray head runs in {folder} already: end it first, or choose another --data.") from error
        yield


@contextmanager
def _temp_folder(folder: Path) -> Iterator[Path]:
    """Give Ray a temporary folder with a short path, and remove it; also one that a killed head left behind."""
    record = folder / "temp.json"
    with suppress(FileNotFoundError, ValueError):
        stale = Path(str(json.loads(record.read_text())))
        if stale.name.startswith(_PREFIX):
            shutil.rmtree(stale, ignore_errors=True)
    places = (folder, Path(tempfile.gettempdir()), Path("/tmp"))  # noqa: S108 - a folder of our own is made in it
    short = len(_PREFIX) + 11
    place = next((place for place in places if len(os.fsencode(place)) + short <= _LONGEST_TEMP), places[-1])
    temp = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    record.write_text(json.dumps(str(temp)))
    (temp / "r").mkdir()  # Ray lets everybody write to its folder: ours around it keeps them out
    try:
        yield temp / "r"
    finally:
        shutil.rmtree(temp, ignore_errors=True)
        record.unlink(missing_ok=True)


@contextmanager
def _token(path: Path) -> Iterator[Path]:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _last_words(log: Path) -> str:
    lines = [_NOISE.sub("", line).strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines()]
    spoken = [line for line in lines if line]
    telling = [line for line in spoken if _TELLING.search(line)]
    return (telling or spoken or ["it said nothing"])[-1][:300].rstrip(".")
