import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.bounded import LIVES, Children, ExceededError
from tests.bot.world import wait

CHILD = ("tests.fakes.bounded_child", str(200 * 1024 * 1024))


@pytest.fixture
def children() -> Iterator[Children]:
    made = Children(CHILD, processes=1)
    yield made
    made.close()


def our_children() -> set[str]:
    listing = ["ps", "-o", "pid=,stat=,args=", "--ppid", str(os.getpid())]
    told = subprocess.run(listing, capture_output=True, text=True, check=True)
    return {line.split()[0] for line in told.stdout.splitlines() if "bounded_child" in line or " Z" in line}


def test_a_question_is_answered(children: Children) -> None:
    assert children.ask(b"hello", seconds=1) == b"HELLO"


def test_the_same_child_answers_again(children: Children) -> None:
    children.ask(b"hello", seconds=1)
    first = our_children()
    children.ask(b"hello", seconds=1)
    assert our_children() == first
    assert len(first) == 1


@pytest.mark.parametrize("question", [b"spin 60", b"eat 400", b"crash"])
def test_what_a_question_does_to_its_child_the_next_one_does_not_feel(children: Children, question: bytes) -> None:
    with pytest.raises(ExceededError):
        children.ask(question, seconds=0.2)
    assert children.ask(b"hello", seconds=1) == b"HELLO"
    assert len(our_children()) == 1


def test_a_child_that_gives_no_answer_is_killed(children: Children) -> None:
    children.ask(b"warm", seconds=1)
    started = time.monotonic()
    with pytest.raises(ExceededError, match="no answer"):
        children.ask(b"sleep 60", seconds=0.1)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("kills", [1, LIVES - 1, LIVES])
def test_a_child_that_somebody_else_kills_costs_its_question_another_try_a_few_times(
    children: Children, tmp_path: Path, kills: int
) -> None:
    mark = tmp_path / "asked"
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(children.ask, f"linger {mark}".encode(), seconds=15)
        for kill in range(kills):
            wait(mark.exists, what="a child with the question")
            (child,) = our_children()
            if kill + 1 < kills:
                mark.unlink()  # the next one lingers too
            os.kill(int(child), signal.SIGKILL)
        if kills < LIVES:
            assert asked.result() == f"linger {mark}".upper().encode()
        else:
            with pytest.raises(ExceededError, match="SIGKILL"):
                asked.result()


def test_only_the_cpu_that_a_question_takes_is_counted(children: Children) -> None:
    for _ in range(4):
        children.ask(b"spin 0.2", seconds=0.5)
    assert children.ask(b"sleep 0.4", seconds=0.2) == b"SLEEP 0.4"


def test_a_child_that_holds_on_to_memory_is_replaced_in_time(children: Children) -> None:
    for _ in range(5):
        assert children.ask(b"keep 120", seconds=5) == b"KEEP 120"


def test_what_a_library_prints_is_no_answer(children: Children) -> None:
    assert children.ask(b"print hello", seconds=1) == b"PRINT HELLO"


def test_large_questions_and_answers_pass(children: Children) -> None:
    assert len(children.ask(b"x" * 8_000_000, seconds=5)) == 8_000_000


def test_threads_wait_for_each_other() -> None:
    pool = Children(CHILD, processes=2)
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(pool.ask(b"spin 0.05", seconds=2))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()
    assert answers == [b"SPIN 0.05"] * 8
    assert our_children() == set()


def test_a_module_that_cannot_start_is_a_defect_and_no_question_s_fault() -> None:
    pool = Children(("tests.fakes.there_is_none",), processes=1)
    with pytest.raises(RuntimeError, match="there_is_none"):
        pool.ask(b"hello", seconds=1)
    pool.close()
    assert our_children() == set()


def test_no_child_outlives_its_parent(tmp_path: Path) -> None:
    program = (
        "from bot.bounded import Children\nimport os, sys\n"
        f"pool = Children({CHILD!r}, processes=1)\npool.ask(b'hello', seconds=1)\n"
        "print(pool._free.get()._process.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False)
    child = Path("/proc") / told.stdout.strip()
    until = time.monotonic() + 10
    while child.exists() and "Z" not in (child / "stat").read_text().split()[2]:
        assert time.monotonic() < until
        time.sleep(0.02)


def test_nothing_is_imported_from_the_folder_that_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/__init__.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "struct.py").write_text("raise SystemExit(3)\n")
    monkeypatch.chdir(tmp_path)
    pool = Children(CHILD, processes=1)
    assert pool.ask(b"hello", seconds=1) == b"HELLO"
    pool.close()
