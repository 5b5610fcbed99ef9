"""The bot from outside: real pushes and comments on a real forge, and what it shows there."""

from collections.abc import Iterator

import pytest

from tests.bot.world import ATTRIBUTION, World, forge_server, skill, wait, world
from tests.fakes.jobs_api import jobs_api

LEAF = "compositional_skills/greetings/lantern"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("world")
    with jobs_api(folder) as cluster, forge_server(folder / "forge") as forge, world(folder, forge, cluster) as made:
        yield made
        assert forge.watched.failures == []


def good(folder: str = LEAF, **options: object) -> dict[str, str]:
    del options
    return {f"{folder}/qna.yaml": skill(), f"{folder}/attribution.txt": ATTRIBUTION}


def test_a_broken_leaf_is_labelled_reported_and_annotated(here: World) -> None:
    pull = here.repository().open_pull({f"{LEAF}/qna.yaml": skill(examples=2, trailing="  ")}, signed=False)

    wait(lambda: pull.conclusion() == "failure", what="the failing check run")
    wait(lambda: len(pull.comments("<!-- espalier:report -->")) == 1, what="the report")

    assert pull.labels() == {"skill", "triage-requested-changes"}
    run = pull.check_runs("espalier / triage")[0]
    assert run["external_id"] == str(pull.number)
    annotations = here.owner.items(f"{pull.repository.path}/check-runs/{run['id']}/annotations")
    assert {(item["path"], item["start_line"]) for item in annotations} >= {(f"{LEAF}/qna.yaml", 5)}
