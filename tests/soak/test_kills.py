"""A bot that is killed again and again loses nothing, does nothing twice, and ends where one in peace ends."""

from collections.abc import Callable
from functools import cache

import pytest

from tests.soak.story import Ending, Size, tell

SHORT = Size(kills=8, payloads=120, people=3, pulls=1)
FULL = Size(kills=200, payloads=1400, people=4, pulls=15)


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Size], Ending]:
    """Tell a story without kills, once for each size: it ends the same on either engine."""
    return cache(lambda size: tell(tmp_path_factory.mktemp("calm"), {}, size, kill=False))


@pytest.mark.parametrize("database", ["sqlite", "postgres"], indirect=True)
@pytest.mark.parametrize("size", [
    pytest.param(SHORT, id="short"),
    pytest.param(FULL, id="full", marks=(pytest.mark.soak, pytest.mark.timeout(7200))),
])  # fmt: skip
def test_a_bot_that_is_killed_loses_nothing_and_does_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory, calm: Callable[[Size], Ending], database: dict[str, str], size: Size
) -> None:
    expected = calm(size)
    killed = tell(tmp_path_factory.mktemp("killed"), database, size, kill=True)
    assert sum(killed.kills.values()) >= size.kills
    for ending in (expected, killed):
        assert ending.lost == []
        assert ending.doubles == []
        assert ending.refused == []
    pairs = zip(killed.states, expected.states, strict=True)
    assert [(after, peaceful) for after, peaceful in pairs if after != peaceful] == []
