"""The local head is started once, watched, adopted after a crash of the bot, and ended with all it started."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from bot.head import LocalHead
from schemas.errors import UserError
from tests.bot.world import wait
from tests.fakes.jobs_api import jobs_api

READY = """
import json, subprocess, sys, time
subprocess.Popen(["sleep", "600"])
print(json.dumps({"address": sys.argv[1], "token_file": sys.argv[2]}), flush=True)
time.sleep(600)
"""
STUBBORN = (
    "import signal\nfor number in (signal.SIGTERM, signal.SIGINT): signal.signal(number, signal.SIG_IGN)\n" + READY
)


def command(script: str, *arguments: str) -> list[str]:
    return [sys.executable, "-c", script, *arguments]


def members(group: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                state, _, parent_group = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent_group) == group and state != "Z":
                found.append(int(entry.name))
    return found


def ready(head: LocalHead) -> None:
    wait(lambda: head.endpoint() is not None, what="the head")


def test_a_head_is_started_at_the_first_question_and_ended_with_its_children(tmp_path: Path) -> None:
    head = LocalHead(tmp_path, {**os.environ}, command(READY, "http://127.0.0.1:1", str(tmp_path / "token")))
    ready(head)
    endpoint = head.endpoint()
    assert endpoint is not None
    assert (endpoint.address, endpoint.token_file) == ("http://127.0.0.1:1", tmp_path / "token")
    group = head.group
    assert group is not None
    assert len(members(group)) == 2
    head.close()
    wait(lambda: not members(group), what="the end of the head's group")


def test_a_head_that_does_not_listen_to_sigterm_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.head.STOP_SECONDS", 0.5)
    head = LocalHead(tmp_path, {**os.environ}, command(STUBBORN, "http://127.0.0.1:1", "t"))
    ready(head)
    group = head.group
    assert group is not None
    head.close()
    wait(lambda: not members(group), what="the end of the head's group")


def test_a_head_that_cannot_start_says_why_and_is_tried_again(tmp_path: Path) -> None:
    head = LocalHead(tmp_path, {**os.environ}, command("import sys; sys.exit('no memory for an object store')"))
    for _ in range(2):
        with pytest.raises(UserError, match="Ray could not start on this machine: no memory for an object store"):
            deadline_of(head)


def test_what_the_head_says_itself_is_not_said_twice(tmp_path: Path) -> None:
    head = LocalHead(tmp_path, {**os.environ}, command("import sys; sys.exit('Ray could not start: no memory.')"))
    with pytest.raises(UserError, match=r"^Ray could not start on this machine: no memory\.$"):
        deadline_of(head)


def deadline_of(head: LocalHead) -> None:
    for _ in range(200):
        head.endpoint()
        time.sleep(0.02)


def test_a_head_that_a_killed_bot_left_is_adopted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.head.STOP_SECONDS", 0.5)  # we are the dead bot too, and reap late
    with jobs_api(tmp_path) as cluster:
        start = command(READY, cluster.address, str(cluster.token_file))
        first = LocalHead(tmp_path, {**os.environ}, start)
        ready(first)
        second = LocalHead(tmp_path, {**os.environ}, start)
        assert second.endpoint() is not None
        assert second.group == first.group
        second.close()
        wait(lambda: not members(first.group or 0), what="the end of the adopted head")
        first.close()


def test_a_head_that_died_after_it_was_ready_is_started_anew(tmp_path: Path) -> None:
    head = LocalHead(tmp_path, {**os.environ}, command(READY, "http://127.0.0.1:1", "t"))
    ready(head)
    lost = head.group
    assert lost is not None
    os.kill(lost, signal.SIGKILL)
    wait(lambda: head.endpoint() is None, what="the loss to be noticed")
    wait(lambda: not members(lost), what="the end of what the lost head left")
    ready(head)
    assert head.group != lost
    head.close()


def test_an_adopted_head_that_died_is_replaced(tmp_path: Path) -> None:
    with jobs_api(tmp_path) as cluster:
        start = command(READY, cluster.address, str(cluster.token_file))
        first = LocalHead(tmp_path, {**os.environ}, start)
        ready(first)
        second = LocalHead(tmp_path, {**os.environ}, start)
        assert second.endpoint() is not None
        first.close()
        wait(lambda: second.endpoint() is None, what="the loss to be noticed")
        ready(second)
        assert second.group != first.group
        second.close()


def test_a_head_that_a_killed_bot_left_ends_with_the_next_bot_even_if_nothing_was_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.head.STOP_SECONDS", 0.5)  # we are the dead bot too, and reap late
    with jobs_api(tmp_path) as cluster:
        start = command(READY, cluster.address, str(cluster.token_file))
        first = LocalHead(tmp_path, {**os.environ}, start)
        ready(first)
        group = first.group
        assert group is not None
        LocalHead(tmp_path, {**os.environ}, start).close()
        wait(lambda: not members(group), what="the end of the head that was left")
        first.close()
