"""The demo closes its loop, leaves nothing behind, and says what is wrong in one sentence."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest


def _demo(*arguments: str, timeout: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "espalier", "demo", *arguments],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _left_behind(folder: Path) -> list[str]:
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if str(folder) in line:
            found.append(line)
    return found


@pytest.mark.loop
@pytest.mark.timeout(1800)
def test_the_loop_closes_and_no_process_is_left(tmp_path: Path) -> None:
    data = tmp_path / "d"
    ended = _demo("--exit", "--keep", "--data", str(data), timeout=1700)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "The loop is closed." in ended.stdout
    assert re.search(r"#1: .*knowledge|#1: ", ended.stdout)
    assert (data / "artifacts" / "models" / "current.json").exists()
    assert _left_behind(data) == []


def test_a_port_in_use_is_said_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = _demo("--exit", "--data", str(tmp_path / "d"), "--forge-port", str(port), timeout=60)
    assert ended.returncode == 1
    said = " ".join(ended.stdout.split())
    assert f"Port {port} cannot be used (Address already in use): end what listens there" in said
    assert "give another with --forge-port" in said


def test_a_data_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    ended = _demo("--exit", "--data", str(tmp_path), timeout=60)
    assert ended.returncode == 2
    assert "is not empty; name a new folder" in ended.stderr
    assert (tmp_path / "mine.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--forge-port", "99999"), "99999 is no port: give a number from 1 to 65535"),
        (("--forge-port=-1",), "-1 is no port: give a number from 1 to 65535"),
        (("--forge-port", "8111", "--bot-port", "8111"), "--forge-port and --bot-port are both 8111; give two"),
        (("--data", "/dev/null"), "/dev/null is a file; name a new folder"),
        (("--data", "/dev/null/x"), "/dev/null/x cannot be"),
        (("--data", "/proc/foo"), "The folder /proc/foo cannot be made (No such file or directory): give another"),
    ],
)
def test_what_cannot_be_is_said_at_once_in_one_sentence(arguments: tuple[str, ...], words: str) -> None:
    ended = _demo("--exit", *arguments, timeout=60)
    said = " ".join((ended.stdout + ended.stderr).split())
    assert ended.returncode in {1, 2}
    assert words in said
    assert "Traceback" not in said


def test_help_says_that_the_named_folder_is_deleted() -> None:
    ended = _demo("--help", timeout=60)
    assert ended.returncode == 0
    assert "it is DELETED at the end without --keep" in " ".join(ended.stdout.split())
    assert "Play the whole loop on this machine" in ended.stdout


def _until(seen: Callable[[], bool], *, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


@pytest.fixture
def hearing() -> Iterator[None]:
    """Let what is started hear of a terminal that goes away, though these tests may run under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hearing")
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_terminal_that_goes_away_ends_the_demo_with_all_that_it_left(tmp_path: Path, number: signal.Signals) -> None:
    data = tmp_path / "d"
    demo = subprocess.Popen(
        [sys.executable, "-m", "espalier", "demo", "--data", str(data)],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "ESPALIER_CACHE_DIR": str(tmp_path / "cache")},
    )
    try:
        _until((data / "logs" / "forge.log").exists)
        demo.send_signal(number)
        assert demo.wait(timeout=60) == 130
    finally:
        demo.kill()
        demo.wait()
    assert not data.exists()
    assert _left_behind(tmp_path) == []


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a small disk can only be mounted by root")
    try:
        ended = _demo("--exit", "--data", str(tmp_path / "d"), timeout=120)
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)
    said = " ".join(ended.stdout.split())
    assert ended.returncode == 1
    assert f"The disk that holds {tmp_path / 'd'} is full: free some space there, or name a folder" in said
    assert "git" not in said
    assert "Traceback" not in said + ended.stderr


def test_the_subcommands_are_shown_to_who_asks_for_help_with_the_version() -> None:
    for option, words in (("--help", "build leaves of a taxonomy"), ("--version", "espalier 0.")):
        ended = subprocess.run(
            [sys.executable, "-m", "espalier", option], capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == 0
        assert words in ended.stdout
        assert ended.stderr == ""
        assert "deliverieslist" not in ended.stdout


def test_an_unknown_subcommand_gets_the_list_of_them() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "espalier", "prune"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "usage: espalier {serve,check," in ended.stderr
    assert "there is no subcommand 'prune'" in ended.stderr
