"""The demo's child processes: each in a group of its own, ended with it, and none left behind."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from schemas.errors import UserError

PATIENCE_S = 20.0
"""How long a child may take to end by itself; the bot ends a Ray head in this time."""
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None)  # loaded here, and not between fork and exec


@dataclass(slots=True, kw_only=True)
class Children:
    """The children that run now; a context manager's value, see `children`."""

    logs: Path
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    interrupted: threading.Event = field(default_factory=threading.Event)
    """Set once the demo is to end: what a signal's handler raises is lost where it comes while Python forks."""

    def start(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], stdout: int | None = None
    ) -> subprocess.Popen[bytes]:
        """Start `python -m …` as the leader of a new process group, what it says in `logs/<name>.log`."""
        log = (self.logs / f"{name}.log").open("ab")
        with log:
            child = subprocess.Popen(
                [sys.executable, *argv],
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 - takes no lock
            )
        self.running[name] = child
        self.heed()
        return child

    def start_server(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], options: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """Start a server and read the JSON line that it prints once it listens.

        Args:
            name: What it is called in messages and among the logs.
            argv: What Python is given.
            env: What is added to its environment.
            options: What its own messages call an option, and what that is here.

        Raises:
            UserError: if it ends before it listens; with the last line of its log.
        """
        child = self.start(name, argv, env=env, stdout=subprocess.PIPE)
        line = child.stdout.readline() if child.stdout is not None else b""
        if not line:
            child.wait()
            said = self.last_words(name)
            for theirs, ours in (options or {}).items():
                said = said.replace(theirs, ours)
            raise UserError(f"The {name} could not start: {said}")
        answer: dict[str, str] = json.loads(line)
        return answer

    def last_words(self, name: str) -> str:
        """Give the last line that a child wrote to its log."""
        lines = (self.logs / f"{name}.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing."

    def check(self) -> None:
        """Make sure that every server still runs.

        Raises:
            UserError: if one has ended; with the last line of its log.
        """
        self.heed()
        for name, child in self.running.items():
            if child.poll() not in {None, 0}:
                raise UserError(f"The {name} ended unexpectedly: {self.last_words(name)} (whole log: {self.logs})")

    def heed(self) -> None:
        """End the demo if it was told to.

        Raises:
            KeyboardInterrupt: if it was.
        """
        if self.interrupted.is_set():
            raise KeyboardInterrupt


@contextmanager
def children(logs: Path, *, interrupted: threading.Event | None = None) -> Iterator[Children]:
    """Give a set of children that all end, with everything they started, when the block is left.

    Args:
        logs: Folder for what they say.
        interrupted: Set once the demo is to end.
    """
    logs.mkdir(parents=True, exist_ok=True)
    family = Children(logs=logs, interrupted=interrupted or threading.Event())
    others = frozenset(psutil.Process().children())
    try:
        yield family
    finally:
        _end(family, others)


def _end(family: Children, others: frozenset[psutil.Process]) -> None:
    """End a family; what ran before it was there is not its own."""
    descendants = [each for child in psutil.Process().children() if child not in others for each in _tree(child)]
    for child in reversed(family.running.values()):
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + PATIENCE_S
    for child in family.running.values():
        try:
            child.wait(timeout=max(deadline - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if child.stdout is not None:
            child.stdout.close()
    # What a child started outside its own group (Ray does) was its duty to end; this is for one that was killed.
    for process in psutil.wait_procs(descendants, timeout=2)[1]:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:  # it has ended since
        return []


def resident_bytes() -> int:
    """Sum the proportional resident memory of this process and all below it, in bytes.

    Pages that several processes share count once in all (PSS), where the system tells; else RSS.
    """
    total = 0
    me = psutil.Process()
    for process in [me, *me.children(recursive=True)]:
        try:
            memory = process.memory_full_info()
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        total += int(getattr(memory, "pss", memory.rss))
    return total


def _end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, so that even a killed demo leaves nothing (prctl(2))."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
