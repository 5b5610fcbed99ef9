"""The demo closes its loop, leaves nothing behind, and says what is wrong in one sentence."""

import re
import socket
import subprocess
import sys
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


def test_an_unknown_subcommand_gets_the_list_of_them() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "espalier", "prune"], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "usage: espalier {serve,check,build," in ended.stderr
