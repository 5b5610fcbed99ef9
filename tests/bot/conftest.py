"""What tests of the bot share: a database of each engine, and a world of forge, bot and cluster."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Store, open_database
from tests.bot.postgres import NoPostgresError, Server, postgres_server
from tests.bot.world import World, forge_server, world
from tests.fakes.jobs_api import jobs_api


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Give a real PostgreSQL server."""
    try:
        with postgres_server() as server:
            yield server
    except NoPostgresError as error:
        pytest.skip(f"no PostgreSQL: {error}")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give the URL of a file that is not there yet."""
    return f"sqlite:///{tmp_path / 'bot.sqlite3'}"


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """Give the URL of an empty database on a real server."""
    with postgres.database() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of an empty database, of each engine in turn."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the settings of a bot's database: ESPALIER_TEST_ENGINE=postgres has the loop tried with the other engine."""
    if os.environ.get("ESPALIER_TEST_ENGINE") != "postgres":
        yield {}
        return
    with request.getfixturevalue("postgres").database() as url:
        yield {"ESPALIER_DATABASE_URL": url}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory, engine: dict[str, str]) -> Iterator[World]:
    """Give a forge, a bot and a cluster, which the tests of a module share."""
    folder = tmp_path_factory.mktemp("world")
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, settings=engine) as made,
    ):
        yield made


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give an empty memory, in each engine in turn."""
    opened = Store(open_database(database_url))
    yield opened
    opened.close()
