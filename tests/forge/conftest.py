"""One forge for all tests of a session; each test brings its own people and repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.forge.world import World, running_world

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_world(tmp_path_factory.mktemp("forge"), tmp_path_factory.mktemp("clones")) as world:
        yield world


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    """The forge; at the end every webhook that it sent must have been one of GitHub's."""
    yield shared_world
    failures = [failure for box in shared_world.post.boxes.values() for failure in box.failures]
    for box in shared_world.post.boxes.values():
        box.failures.clear()
    assert failures == []
