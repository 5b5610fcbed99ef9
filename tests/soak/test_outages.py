"""What no webhook told of is found all the same, and places that go away and come back end as if they had stayed."""

import time
from collections.abc import Iterator

import pytest

from tests.bot.world import ATTRIBUTION, World, forge_server, skill, wait, world
from tests.fakes.jobs_api import jobs_api
from tests.fakes.relay import STRAIGHT, WAYS
from tests.soak.journey import settle, travel
from tests.soak.state import Shown, doubles, shown
from tests.soak.story import SETTINGS

LEAF = "compositional_skills/greetings/lantern"
BROKEN = {f"{LEAF}/qna.yaml": skill(examples=2)}
GOOD = {f"{LEAF}/qna.yaml": skill(), f"{LEAF}/attribution.txt": ATTRIBUTION}
PATIENCE = 90.0


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("outages")
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, settings=SETTINGS, relayed=True) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def calm(here: World) -> Shown:
    return travel(here.repository()).state()


@pytest.mark.parametrize("name", ["refused", "lost"])
def test_webhooks_that_never_come_are_made_up_for(here: World, calm: Shown, name: str) -> None:
    assert here.relay is not None
    repository = here.repository()
    here.relay.met.clear()
    here.relay.way = WAYS[name]
    try:
        journey = travel(repository)
    finally:
        here.relay.way = STRAIGHT
    settle(here)
    assert here.relay.met
    assert journey.state() == calm
    assert doubles(journey.pull, journey.heads) == []


def test_a_push_into_a_suspended_installation_is_looked_at_when_it_works_again(here: World) -> None:
    pull = here.repository().open_pull(BROKEN)
    wait(lambda: pull.labels() == {"skill", "triage-requested-changes"}, what="the triage", seconds=PATIENCE)
    settle(here)
    here.forge.control(f"installations/{here.installation}", verb="PATCH", suspended=True)
    pull.push(GOOD)
    time.sleep(2)  # for the bot to see that it may do nothing here now
    assert pull.conclusion() is None
    here.forge.control(f"installations/{here.installation}", verb="PATCH", suspended=False)
    wait(lambda: pull.conclusion() == "success", what="the triage of the push", seconds=PATIENCE)
    wait(lambda: pull.labels() == {"skill", "triage-follow-up"}, what="the labels", seconds=PATIENCE)
    settle(here)
    assert len(pull.comments("<!-- espalier:report -->")) == 1


def test_a_pull_request_whose_fork_was_deleted_goes_on(here: World) -> None:
    pulls = [here.repository().open_pull(GOOD) for _ in range(2)]
    for number, pull in enumerate(pulls):
        wait(lambda pull=pull: pull.conclusion() == "success", what="the triage", seconds=PATIENCE)
        if number:
            here.contributor.ask("DELETE", f"/repos/june/{pull.repository.name}")
        pull.comment("/espalier approve")
        wait(lambda pull=pull: "triage-approved" in pull.labels(), what="the approval", seconds=PATIENCE)
        pull.comment("/espalier build")
        wait(lambda pull=pull: pull.comments("<!-- espalier:result"), what="the scores", seconds=PATIENCE)
    settle(here)
    kept, orphan = (shown(pull, [pull.head], ()) for pull in pulls)
    assert orphan == kept
