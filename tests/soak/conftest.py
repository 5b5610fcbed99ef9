"""What the proofs share with the bot's own tests: a real PostgreSQL server; and an empty database of each engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bot.conftest import postgres  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.bot.postgres import Server


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """Give the settings of an empty database of the engine that the test was parametrised with."""
    if request.param == "sqlite":
        yield {}
        return
    server: Server = request.getfixturevalue("postgres")
    with server.database() as url:
        yield {"ESPALIER_DATABASE_URL": url}
