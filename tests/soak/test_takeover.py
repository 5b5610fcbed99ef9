"""Two replicas over one PostgreSQL database: what one leaves behind, the other takes over within two leases."""

import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from bot.store.leases import LEASE_SECONDS
from tests.bot.postgres import Server
from tests.bot.world import ATTRIBUTION, BotProcess, World, forge_server, free_port, skill, wait, world
from tests.fakes.faults import FAULTS, Fault, Nth, only
from tests.fakes.jobs_api import jobs_api
from tests.soak.journey import jobs_of, settle
from tests.soak.state import MARKER, doubles

LEAF = "compositional_skills/greetings/lantern"
GOOD = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}
FIRST_WRITE = only("no answer", verb="POST", path=r"/check-runs$")


@pytest.fixture
def here(tmp_path: Path, postgres: Server) -> Iterator[World]:
    with (
        postgres.database() as url,
        jobs_api(tmp_path) as cluster,
        forge_server(tmp_path / "forge") as forge,
        world(tmp_path, forge, cluster, settings={"ESPALIER_DATABASE_URL": url}) as made,
    ):
        yield made


@contextmanager
def another(here: World) -> Iterator[BotProcess]:
    """Start a second replica, which is told nothing that the first is not, but for its port and folder."""
    log = here.bot.log.with_name("other.log")
    own = {"ESPALIER_PORT": str(free_port()), "ESPALIER_DATA_DIR": str(here.bot.log.with_name("other"))}
    replica = BotProcess(environment={**here.bot.environment, **own}, log=log)
    replica.start()
    try:
        yield replica
    finally:
        replica.end()


def created(here: World) -> Counter[tuple[str, str]]:
    """Count the comments and check runs that were made, by what they are."""
    made: Counter[tuple[str, str]] = Counter()
    for verb, path, body in here.forge.faults.done:
        if verb == "POST" and path.endswith("/check-runs") and isinstance(body, dict):
            made[path, f"{body['name']} at {body['head_sha']}"] += 1
        if verb == "POST" and path.endswith("/comments") and isinstance(body, dict):
            marker = MARKER.search(str(body["body"]))
            made[path, marker[0] if marker else str(body["body"])] += 1
    return made


def epoch(here: World, lane: str) -> int:
    """Read how often a lane was taken; the database itself is asked."""
    with psycopg.connect(here.bot.environment["ESPALIER_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT epoch FROM leases WHERE name = %s", (lane,)).fetchone()
    return int(row[0]) if row else 0


def test_the_work_of_a_killed_replica_is_taken_over_within_two_leases(here: World) -> None:
    building = here.repository().open_pull(GOOD)
    wait(lambda: building.conclusion() == "success", what="the triage")
    building.comment("/espalier approve")
    wait(lambda: "triage-approved" in building.labels(), what="the approval")
    here.cluster.behaviour = "wait"
    building.comment("/espalier build")
    wait(lambda: building.comments("train goes on"), what="the build's progress")

    here.forge.faults.plan = Nth(FIRST_WRITE)
    waiting = here.repository().open_pull(GOOD)
    wait(lambda: here.forge.faults.met[FIRST_WRITE.name], what="a handling that waits for GitHub")
    with another(here) as other:
        lane = f"orchard/{waiting.repository.name}#{waiting.number}"
        before = epoch(here, lane)
        here.bot.end(kill=True)
        killed = time.monotonic()
        wait(lambda: epoch(here, lane) > before, what="the lane to be taken over", seconds=60)
        taken = time.monotonic() - killed
        wait(lambda: waiting.conclusion() == "success", what="the handling that was taken over", seconds=60)
        handled = time.monotonic() - killed
        for folder in (here.artifacts / "builds").glob("*"):
            (folder / "go").touch()
        wait(lambda: building.comments("<!-- espalier:result"), what="the build that was taken over", seconds=60)
        built = time.monotonic() - killed
        told = f"taken over after {taken:.1f} s, handled after {handled:.1f} s, a build reported after {built:.1f} s"
        sys.stdout.write(f"\n{told}\n")
        assert taken < 2 * LEASE_SECONDS
        assert len(jobs_of(building)) == 1
        wait(lambda: other.get("/readyz").is_success, what="a replica that is ready")
        for pull in (building, waiting):
            assert doubles(pull, [pull.head]) == []
        assert [what for what, times in created(here).items() if times > 1] == []
        here.bot.process, here.bot.address = other.process, other.address
        settle(here)
        here.bot.process = None


def test_a_replica_that_comes_back_late_writes_nothing_any_more(here: World) -> None:
    process = here.bot.process
    assert process is not None
    stopped: Fault = replace(
        FAULTS["slow answer"], verbs=frozenset({"POST"}), paths=FIRST_WRITE.paths, after=False, seconds=0.0,
        also=lambda: process.send_signal(signal.SIGSTOP),
    )  # fmt: skip
    here.forge.faults.plan = Nth(stopped)
    pull = here.repository().open_pull(GOOD)
    wait(lambda: here.forge.faults.met[stopped.name], what="a replica that stands still in the middle of a handling")
    with another(here):
        wait(lambda: pull.comments("<!-- espalier:report -->"), what="what the other makes of it", seconds=60)
        wait(lambda: "triage-needed" in pull.labels(), what="the labels")
        process.send_signal(signal.SIGCONT)
        late = "is left to whoever has its lane now"
        wait(
            lambda: late in here.bot.log.read_text(), what="the one that comes back to see that it is late", seconds=60
        )
        settle(here)
        assert doubles(pull, [pull.head]) == []
        assert [what for what, times in created(here).items() if times > 1] == []
