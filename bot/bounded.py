"""Work on hostile input, bounded: questions in bytes go to warm child processes that may be killed at any time.

A child answers one question at a time. It is ended by the kernel once a question has cost more than its seconds of CPU,
cannot hold more memory than it is given, and is killed where it gives no answer at all. What a question does to its
child, the next one never feels: a child that was ended is replaced.
"""

import os
import queue
import resource
import signal
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

ANSWERED = b"+"
RETIRES = b"-"
"""First byte of an answer after which the child ends, for it holds on to memory that the next question may need."""
LIVES = 4
"""Children that one question may have where they are killed from outside."""
LONGEST_ANSWER = 64 * 1024 * 1024
START_SECONDS = 120.0
"""For a child to be ready; it takes half a second on an idle core."""
PATIENCE = 4.0
"""Seconds on the clock for one of CPU: others use the machine too."""

_LENGTH = struct.Struct(">cQ")
_SECONDS = struct.Struct(">d")
_STATM = Path("/proc/self/statm")
_ROOT = Path(__file__).resolve().parents[1]


class ExceededError(Exception):
    """A question cost its child more than it may cost, or the child's life."""


class Children:
    """A pool of warm children that run `python -m COMMAND…`, a module that calls `serve`; threads may share it."""

    def __init__(self, command: Sequence[str], *, processes: int) -> None:
        self._command = tuple(command)
        self._closed = False
        self._free: queue.LifoQueue[_Child] = queue.LifoQueue()
        for _ in range(processes):
            self._free.put(self._start())

    def ask(self, question: bytes, *, seconds: float) -> bytes:
        """Have a child answer, within so many seconds of CPU; waits where all children are busy.

        One that was killed from outside, as by an operator or for want of the machine's memory, is no question's fault
        as long as that does not happen again and again.

        Raises:
            ExceededError: if the question costs more, or its children died of it.
        """
        left = LIVES
        while True:
            left -= 1
            try:
                return self._ask(question, seconds=seconds)
            except _EndedError as error:
                if not error.killed or not left:
                    raise ExceededError(str(error)) from error

    def _ask(self, question: bytes, *, seconds: float) -> bytes:
        child = self._free.get()
        try:
            child.await_ready()
            return child.ask(question, seconds=seconds)
        finally:
            self._free.put(child if child.alive else self._start())
            if self._closed:
                self.close()

    def close(self) -> None:
        """End all children; one that answers now ends after that."""
        self._closed = True
        with suppress(queue.Empty):
            while True:
                self._free.get_nowait().end()

    def _start(self) -> "_Child":
        child = _Child(self._command)
        with suppress(OSError):  # no process can be started now: it is tried again when the child is needed
            if not self._closed:
                child.start()
        return child


class _EndedError(Exception):
    """The child process ended, or was ended; `killed` says that neither the question nor we did it."""

    def __init__(self, message: str, *, killed: bool) -> None:
        super().__init__(message)
        self.killed = killed


class _Child:
    """One process, and the pipes to it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self.alive = True

    def start(self) -> None:
        """Start the process, and let it import what it needs meanwhile."""
        # Safe path: nothing is imported from the folder that we happen to stand in, which may be a stranger's checkout.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", *self._command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PYTHONPATH": str(_ROOT), "PYTHONUTF8": "1"},
            start_new_session=True,  # a key pressed in our terminal is not meant for it
        )

    def await_ready(self) -> None:
        """Wait until it can answer.

        Raises:
            RuntimeError: if it never will: that is a defect of the program, and no question's fault.
            _EndedError: if it was killed meanwhile.
        """
        if self._process is None:
            self.start()
        if not self._ready:
            try:
                with self._at_most(START_SECONDS):
                    self._read()
            except _EndedError as error:
                if error.killed:
                    raise
                raise RuntimeError(f"a child that runs {self._command[0]} could not start: {error}") from error
            self._ready = True

    def ask(self, question: bytes, *, seconds: float) -> bytes:
        """Have it answer; that it ended over the question is an `_EndedError`."""
        with self._at_most(seconds * PATIENCE + 1):
            self._write(_SECONDS.pack(seconds) + question)
            sign, answer = self._read()
        if sign == RETIRES:
            self.end()
        return answer

    def end(self) -> None:
        """End it, and leave no trace of it."""
        self.alive = False
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was still to be written is of no use to anybody
                    pipe.close()

    @contextmanager
    def _at_most(self, seconds: float) -> Iterator[None]:
        """Kill the process where the block takes longer; the block then meets the end of its pipes.

        Raises:
            _EndedError: if it was killed, or ended by itself.
        """
        late = threading.Event()

        def kill() -> None:
            late.set()
            if self._process is not None:
                self._process.kill()

        watch = threading.Timer(seconds, kill)
        watch.daemon = True
        watch.start()
        try:
            yield
        except (OSError, EOFError) as error:
            watch.cancel()
            self.end()
            killed = self._process is not None and self._process.returncode == -signal.SIGKILL
            raise _EndedError(self._how_it_ended(late=late.is_set()), killed=killed and not late.is_set()) from error
        watch.cancel()
        watch.join()  # a watch that goes off at the last moment has either killed by now, or never will
        if late.is_set():
            self.end()

    def _how_it_ended(self, *, late: bool) -> str:
        code = self._process.returncode if self._process is not None else 0
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        return f"the child process ended {how}{', for it gave no answer' if late else ''}"

    def _write(self, data: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            write_frame(self._process.stdin, ANSWERED, data)

    def _read(self) -> tuple[bytes, bytes]:
        if self._process is None or self._process.stdout is None:
            raise EOFError
        return read_frame(self._process.stdout, longest=LONGEST_ANSWER)


def write_frame(pipe: IO[bytes], sign: bytes, data: bytes) -> None:
    """Write a sign and data, preceded by their length."""
    pipe.write(_LENGTH.pack(sign, len(data)))
    pipe.write(data)
    pipe.flush()


def read_frame(pipe: IO[bytes], *, longest: int) -> tuple[bytes, bytes]:
    """Read what `write_frame` wrote.

    Raises:
        EOFError: if the other side ended, or says more than is read.
    """
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    sign, length = _LENGTH.unpack(head)
    data = pipe.read(length) if length <= longest else b""
    if len(data) < length:
        raise EOFError
    return sign, data


def serve(answer: Callable[[bytes], bytes], *, memory: int) -> None:
    """Answer the questions on standard input until it ends: what a child does.

    Args:
        answer: Gives the answer to a question.
        memory: Bytes of address space that it may take beyond what the process has now.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes where logs go, and not among the answers
    allowed = _address_space() + memory
    if _STATM.exists():  # elsewhere than on Linux only time is bounded
        resource.setrlimit(resource.RLIMIT_AS, (allowed, allowed))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    write_frame(replies, ANSWERED, b"")
    while True:
        try:
            _, question = read_frame(sys.stdin.buffer, longest=memory)
        except EOFError:
            return
        (seconds,) = _SECONDS.unpack_from(question)
        signal.setitimer(signal.ITIMER_PROF, seconds)  # its signal is not handled: the kernel ends the process
        said = answer(question[_SECONDS.size :])
        signal.setitimer(signal.ITIMER_PROF, 0)
        grown = _address_space() > allowed - memory // 2
        write_frame(replies, RETIRES if grown else ANSWERED, said)


def _address_space() -> int:
    """Give the bytes of address space that this process has (proc(5), /proc/pid/statm: the first number, in pages)."""
    return int(_STATM.read_text(encoding="ascii").split()[0]) * resource.getpagesize() if _STATM.exists() else 0
