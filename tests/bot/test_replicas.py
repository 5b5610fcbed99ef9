"""Two bots over one PostgreSQL: they share the work, and what one was at when it was killed the other goes on with."""

import time
from collections.abc import Iterator

import pytest

from bot.store.leases import LEASE_SECONDS
from tests.bot.postgres import Server
from tests.bot.world import (
    ATTRIBUTION,
    BotProcess,
    Pull,
    World,
    forge_server,
    free_port,
    skill,
    wait,
    world,
)
from tests.fakes.jobs_api import jobs_api

LEAF = "compositional_skills/greetings/lantern"


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory, postgres: Server) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with (
        postgres.database() as url,
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, settings={"ESPALIER_DATABASE_URL": url}) as made,
    ):
        yield made


@pytest.fixture
def second(here: World) -> Iterator[BotProcess]:
    """Give a bot that hears of no webhook, and takes its share of what the first took in."""
    folder = here.artifacts.parent
    more = {"ESPALIER_PORT": str(free_port()), "ESPALIER_DATA_DIR": str(folder / "second")}
    bot = BotProcess(environment={**here.bot.environment, **more}, log=folder / "second.log")
    bot.start()
    yield bot
    bot.end()


def building(here: World, branch: str) -> Pull:
    """Give a pull request whose build trains for as long as it is let."""
    files = {f"{LEAF}/qna.yaml": skill(word=branch), f"{LEAF}/attribution.txt": ATTRIBUTION}
    pull = here.repository().open_pull(files, branch=branch)
    wait(lambda: pull.conclusion() == "success", what="the green check run")
    pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    here.cluster.behaviour = "wait"
    pull.comment("/espalier build")
    return pull


def finish(here: World) -> None:
    here.cluster.behaviour = "succeed"
    for folder in (here.artifacts / "builds").glob("*"):
        (folder / "go").touch()


def test_a_build_is_followed_by_the_other_replica_when_the_one_that_did_is_killed(
    here: World, second: BotProcess
) -> None:
    pull = building(here, "lantern")
    wait(lambda: pull.comments("train goes on"), what="progress in the report")
    here.bot.end(kill=True)
    killed = time.monotonic()
    finish(here)
    wait(lambda: pull.conclusion("espalier / build") == "success", what="the build's end")
    wait(lambda: pull.comments("<!-- espalier:result"), what="the result")
    assert time.monotonic() - killed < 2 * LEASE_SECONDS + 5
    assert len(pull.comments("<!-- espalier:result")) == 1
    assert second.get("/readyz").text == "ready\n"
