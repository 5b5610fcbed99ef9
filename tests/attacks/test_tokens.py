"""Where the App's tokens and secrets are during a whole triage and a build: in the bot's memory, and nowhere else."""

import base64
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.attacks.scenes import app_itself, approved, finish, spying_git
from tests.bot.world import World, forge_server, wait, world
from tests.fakes.jobs_api import jobs_api

TOKEN = re.compile(r"gh[a-z]_[A-Za-z0-9]{20,}")
JWT = re.compile(r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}")
BASIC = base64.b64encode(b"x-access-token:").decode()
"""How a token begins that git is given: fifteen bytes are twenty characters without a rest."""
CLIENT_SECRET = "a-client-secret-that-nobody-may-see"


@pytest.fixture(scope="module")
def spied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[World, Path]]:
    """Give a world whose bot finds a git that writes down what it is given, and goes on as the real one."""
    folder = tmp_path_factory.mktemp("spied")
    path, log = spying_git(folder)
    settings = {
        "PATH": path,
        "ESPALIER_CLIENT_ID": "Iv23liAttack",
        "ESPALIER_CLIENT_SECRET": CLIENT_SECRET,
    }
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, settings=settings) as made,
    ):
        yield made, log


@contextmanager
def watching(pid: int, seen: set[str]) -> Iterator[None]:
    """Collect the arguments and the environment of every process below one, as long as the block lasts."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            for child in psutil.Process(pid).children(recursive=True):
                with suppress(psutil.Error, OSError):
                    seen.update(child.cmdline())
                    seen.update(f"{name}={value}" for name, value in child.environ().items())

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def leaks(text: str, secrets: tuple[str, ...]) -> list[str]:
    found = [match for pattern in (TOKEN, JWT) for match in pattern.findall(text)]
    return [*found, *(secret for secret in (*secrets, BASIC, "PRIVATE KEY") if secret in text)]


def test_no_token_leaves_the_bot_s_memory(spied: tuple[World, Path]) -> None:
    here, log = spied
    secrets = (here.bot.environment["ESPALIER_WEBHOOK_SECRET"], CLIENT_SECRET)
    assert leaks(f"https://x:{app_itself(here).token}@host/", secrets)  # the net has no hole of this size
    process = here.bot.process
    assert process is not None
    seen: set[str] = {" ".join(psutil.Process(process.pid).cmdline())}
    with watching(process.pid, seen):
        pull = approved(here)
        pull.comment("/espalier build")
        wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
        finish(here)
    (build,) = here.cluster.jobs

    places = {"processes": "\n".join(seen), "git": log.read_text(), "log": here.bot.log.read_text()}
    places["jobs"] = "\n".join(job.entrypoint for job in here.cluster.jobs.values())
    for folder in (Path(here.bot.environment["ESPALIER_DATA_DIR"]), here.artifacts, here.artifacts.parent / "cache"):
        for path in folder.rglob("*"):
            if path.is_file():
                places[str(path)] = path.read_bytes().decode("latin-1")
    for path in ("/", "/?fragment", f"/builds/{build}", f"/builds/{build}?fragment", "/metrics", "/readyz", "/nothing"):
        places[path] = here.bot.get(path).text
    places["comments"] = "\n".join(pull.comments())
    places["check runs"] = str([pull.check_runs(f"espalier / {name}") for name in ("triage", "build")])

    assert len(places["processes"]) > 100  # children were seen
    assert "fetch" in places["git"]
    assert {name: found for name, text in places.items() if (found := leaks(text, secrets))} == {}
