"""`python -m forge` as an operator runs it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.capture import CaptureFixture

from forge.__main__ import main


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "forge", *arguments], stdout=subprocess.PIPE, text=True)


def greeting(process: subprocess.Popen[str]) -> dict[str, str]:
    assert process.stdout is not None
    said: dict[str, str] = json.loads(process.stdout.readline())
    return said


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_ends_in_good_order(tmp_path: Path, ending: signal.Signals) -> None:
    with start("--data", str(tmp_path / "new")) as process:
        said = greeting(process)
        assert said["api"] == f"{said['address']}/api/v3"
        headers = {"Authorization": f"Bearer {said['admin_token']}"}
        made = httpx.post(f"{said['address']}/_forge/users", json={"login": "olive"}, headers=headers)
        assert made.status_code == 201
        process.send_signal(ending)
        assert process.wait(20) == 0


def test_it_remembers_everything_over_a_restart(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("open sesame\n")
    options = ("--data", str(tmp_path / "data"), "--admin-token-file", str(tmp_path / "token"))
    with start(*options) as first:
        said = greeting(first)
        assert said["admin_token"] == "open sesame"
        headers = {"Authorization": "Bearer open sesame"}
        token = httpx.post(f"{said['address']}/_forge/users", json={"login": "olive"}, headers=headers).json()["token"]
        mine = {"Authorization": f"token {token}"}
        httpx.post(f"{said['api']}/user/repos", json={"name": "grove", "auto_init": True}, headers=mine)
        first.terminate()
        first.wait(20)
    with start(*options) as second:
        said = greeting(second)
        assert httpx.get(f"{said['api']}/repos/olive/grove/readme", headers=mine).status_code == 200
        second.terminate()
        assert second.wait(20) == 0


def test_a_port_in_use_gives_one_sentence(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["forge", "--data", str(tmp_path), "--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"Port {port} is in use: stop what listens there, or give another with --port.\n"
    )


@pytest.mark.parametrize("content", [None, "", " \n"])
def test_an_admin_token_that_is_none_gives_one_sentence(
    tmp_path: Path, capsys: CaptureFixture[str], content: str | None
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    assert main(["forge", "--data", str(tmp_path / "d"), "--admin-token-file", str(file)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_data_folder_that_is_a_file_gives_one_sentence(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("")
    assert main(["forge", "--data", str(file)]) == 2
    assert "--data" in capsys.readouterr().err


def test_an_address_that_is_not_ours_gives_one_sentence(tmp_path: Path, capsys: CaptureFixture[str]) -> None:
    assert main(["forge", "--data", str(tmp_path), "--host", "192.0.2.1"]) == 2
    assert "--host" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("script", "complaint"), [(None, "no git"), ("echo git version 2.30.1", "Git 2.30"), ("echo nothing", "no git")]
)
def test_a_git_that_is_missing_or_too_old_gives_one_sentence(
    tmp_path: Path, script: str | None, complaint: str
) -> None:
    if script is not None:
        (tmp_path / "git").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "git").chmod(0o755)
    command = [sys.executable, "-m", "forge", "--data", str(tmp_path / "data")]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert complaint in done.stderr
