"""How fast deliveries are handled on the forge, and how soon a replica takes over from one that was killed."""

import json
import time
import uuid
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg

from bot.store.leases import LEASE_SECONDS
from bot.webhook import sign
from tests.bot.world import ATTRIBUTION, BotProcess, Pull, World, forge_server, free_port, skill, wait, world
from tests.fakes.jobs_api import jobs_api

PULLS = 8
LEAF = "compositional_skills/greetings"
PATIENCE = 120.0
HELD = "FROM leases WHERE name LIKE '%#%' AND holder <> ''"
"""The lanes that somebody handles a delivery of."""


def drain(folder: Path, *, rounds: int) -> str:
    """Have every pull request looked at again and again, all asked for at once; say how many a second were handled."""
    with ExitStack() as stack:
        here = _world(stack, folder, settings={})
        pulls = _pulls(here)
        before = _handled(here.bot)
        began = time.monotonic()
        for pull in pulls * rounds:
            _ask_again(here, here.bot, pull)
        count = len(pulls) * rounds
        wait(lambda: _handled(here.bot) - before >= count, what="the end of it", seconds=PATIENCE)
        seconds = time.monotonic() - began
    return f"{count} looks at {PULLS} pull requests in {seconds:.1f} s: {count / seconds:.1f} a second, forge and all"


def take_over(folder: Path, *, database: str) -> str:
    """Kill one of two replicas while both have something in hand; say when the other had ended all of it."""
    with ExitStack() as stack:
        here = _world(stack, folder, settings={"ESPALIER_DATABASE_URL": database})
        pulls = _pulls(here)
        port = str(free_port())
        more = {"ESPALIER_PORT": port, "ESPALIER_DATA_DIR": str(folder / "second")}
        other = BotProcess(environment={**here.bot.environment, **more}, log=folder / "second.log")
        other.start()
        stack.callback(other.end)
        for number, pull in enumerate(pulls * 4):
            _ask_again(here, (here.bot, other)[number % 2], pull)
        wait(lambda: _holders(database) > 1, what="work for both")
        held = _ask(database, f"SELECT count(*) {HELD}")
        here.bot.end(kill=True)
        killed = time.monotonic()
        wait(lambda: _open(database) == 0, what="the end of all deliveries", seconds=PATIENCE)
        seconds = time.monotonic() - killed
    return (
        f"{held} lanes were held when one of two replicas was killed; all was handled {seconds:.1f} s later "
        f"(a lease lasts {LEASE_SECONDS:.0f} s; wanted: within two)"
    )


def _world(stack: ExitStack, folder: Path, *, settings: Mapping[str, str]) -> World:
    folder.mkdir()
    cluster = stack.enter_context(jobs_api(folder))
    forge = stack.enter_context(forge_server(folder / "forge"))
    return stack.enter_context(world(folder, forge, cluster, settings=settings))


def _pulls(here: World) -> list[Pull]:
    repository = here.repository()
    pulls = []
    for number in range(PULLS):
        leaf = f"{LEAF}/lamp{number}"
        files = {f"{leaf}/qna.yaml": skill(word=f"lamp{number}"), f"{leaf}/attribution.txt": ATTRIBUTION}
        pulls.append(repository.open_pull(files, branch=f"leaf{number}"))
    for pull in pulls:
        wait(lambda pull=pull: pull.conclusion() is not None, what="its check run", seconds=PATIENCE)
    wait(lambda: "pending" not in here.bot.get("/metrics").text, what="quiet", seconds=PATIENCE)
    return pulls


def _ask_again(here: World, bot: BotProcess, pull: Pull) -> None:
    """Deliver a press of 'Re-run', which no later one makes up for."""
    payload = {
        "action": "rerequested", "repository": {"full_name": f"orchard/{pull.repository.name}"},
        "installation": {"id": here.installation}, "check_run": {"external_id": str(pull.number)},
    }  # fmt: skip
    body = json.dumps(payload).encode()
    headers = {
        "X-GitHub-Event": "check_run", "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": sign(bot.environment["ESPALIER_WEBHOOK_SECRET"], body),
    }  # fmt: skip
    answer = httpx.post(f"{bot.address}/webhooks/github", content=body, headers=headers, timeout=30, trust_env=False)
    answer.raise_for_status()


def _handled(bot: BotProcess) -> int:
    lines = bot.get("/metrics").text.splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("espalier_handling_seconds_count")))


def _holders(database: str) -> int:
    return _ask(database, f"SELECT count(DISTINCT holder) {HELD}")


def _open(database: str) -> int:
    return _ask(database, "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'running')")


def _ask(database: str, query: str) -> int:
    with psycopg.connect(database, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
        return int(row[0]) if row else 0
