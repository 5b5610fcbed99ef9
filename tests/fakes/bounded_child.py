"""A child whose questions say what is to become of it."""

import ctypes
import sys
import time
from pathlib import Path

from bot.bounded import serve

MEGABYTE = 1024 * 1024
hoard: list[bytes] = []


def answer(question: bytes) -> bytes:
    word, _, rest = question.partition(b" ")
    if word == b"spin":
        until = time.process_time() + float(rest)
        while time.process_time() < until:
            pass
    elif word == b"sleep":
        time.sleep(float(rest))
    elif word == b"linger" and not Path(rest.decode()).exists():  # until it is killed, and says so
        Path(rest.decode()).touch()
        time.sleep(60)
    elif word == b"eat":
        bytearray(int(rest) * MEGABYTE)
    elif word == b"keep":
        hoard.append(bytes(int(rest) * MEGABYTE))
    elif word == b"crash":
        ctypes.string_at(0)
    elif word == b"print":
        print(rest.decode())  # noqa: T201 - what a library might do
    return question.upper()


if __name__ == "__main__":
    serve(answer, memory=int(sys.argv[1]))
