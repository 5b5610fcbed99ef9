"""One world for all attacks: what one of them breaks, the others would notice."""

from collections.abc import Iterator

import pytest

from tests.attacks.scenes import finish
from tests.bot.world import World, forge_server, world
from tests.fakes.jobs_api import jobs_api


@pytest.fixture(scope="session")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("attacked")
    with jobs_api(folder) as cluster, forge_server(folder / "forge") as forge, world(folder, forge, cluster) as made:
        yield made
        log = made.bot.log.read_text()
        assert "Traceback" not in log, log[-4000:]


@pytest.fixture(autouse=True)
def free_slot(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave the builds' slot free and the cluster willing, whatever an attack asked of them."""
    yield
    if "here" in request.fixturenames:
        finish(request.getfixturevalue("here"))
