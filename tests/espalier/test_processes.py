"""The demo's children end with it, whatever they do, and their last words are heard."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from espalier.demo.processes import children, resident_bytes
from schemas.errors import UserError

SERVER = 'import time; print(\'{"address": "here"}\', flush=True); time.sleep(600)'
PARENT = """
import sys, time
from pathlib import Path
from espalier.demo.processes import children
with children(Path(sys.argv[1])) as family:
    child = family.start("sleeper", ["-c", "import time; time.sleep(600)"], env={})
    print(child.pid, flush=True)
    time.sleep(600)
"""


def _gone(pid: int, *, within: float = 5) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.05)
    return False


def test_a_server_is_ended_when_the_block_is_left(tmp_path: Path) -> None:
    with children(tmp_path) as family:
        assert family.start_server("server", ["-c", SERVER], env={}) == {"address": "here"}
        pid = family.running["server"].pid
    assert _gone(pid)


def test_a_grandchild_in_its_own_session_is_ended_too(tmp_path: Path) -> None:
    grandchild = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SERVER!r}], start_new_session=True)"
    stubborn = f"{grandchild}; import signal; signal.signal(signal.SIGTERM, signal.SIG_DFL); {SERVER}"
    with children(tmp_path) as family:
        family.start_server("stubborn", ["-c", stubborn], env={})
        child = psutil.Process(family.running["stubborn"].pid)
        before = [child, *child.children(recursive=True)]
        assert len(before) >= 2
    assert all(_gone(process.pid) for process in before)


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with children(tmp_path) as family, pytest.raises(UserError, match=r"The forge could not start: port 80 is taken"):
        family.start_server("forge", ["-c", "import sys; sys.exit('port 80 is taken')"], env={})


def test_a_servers_words_on_its_options_are_put_into_those_of_the_demo(tmp_path: Path) -> None:
    taken = ["-c", "import sys; sys.exit('Port 80 is in use; end what listens there, or set ESPALIER_PORT.')"]
    named = {"set ESPALIER_PORT": "give another with --bot-port"}
    with children(tmp_path) as family, pytest.raises(UserError, match=r"or give another with --bot-port\.$"):
        family.start_server("bot", taken, env={}, options=named)


def test_a_server_that_ended_is_noticed(tmp_path: Path) -> None:
    with children(tmp_path) as family:
        family.start("bot", ["-c", "import sys; sys.exit('out of ink')"], env={}).wait()
        with pytest.raises(UserError, match="The bot ended unexpectedly: out of ink"):
            family.check()


def test_an_interruption_that_was_lost_while_a_child_was_started_is_heeded_after_it(tmp_path: Path) -> None:
    told = threading.Event()
    told.set()
    with children(tmp_path, interrupted=told) as family, pytest.raises(KeyboardInterrupt):
        family.start("sleeper", ["-c", "import time; time.sleep(600)"], env={})
    assert _gone(family.running["sleeper"].pid)


def test_children_end_even_if_their_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert _gone(child)


def test_resident_memory_counts_this_process() -> None:
    assert resident_bytes() > 10 * 2**20


def test_what_ran_before_the_family_outlives_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as other:
        with children(tmp_path):
            pass
        assert other.poll() is None
        other.kill()
