"""Whatever goes wrong between bot and forge, each pull request ends as it does when nothing goes wrong.

The pull requests are walked side by side at one bot, each in a repository of its own with a fault of its own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest

from tests.bot.world import World, forge_server, world
from tests.fakes.faults import FAULTS, Asked, Fault, Plan
from tests.fakes.jobs_api import jobs_api
from tests.fakes.relay import STRAIGHT, WAYS
from tests.soak.journey import Journey, settle, travel
from tests.soak.state import MARKER, Shown, doubles

LONG = ("no answer", "no answer after the act", "secondary limit with 403", "secondary limit with 429")
"""Faults that cost minutes, for the bot has to wait that long."""
SHORT = tuple(name for name in FAULTS if name not in LONG)
SEED = 11


@dataclass(slots=True)
class ByRepository:
    """A plan for each repository; what belongs to none, as the exchange of tokens does, is left alone."""

    plans: dict[str, Plan] = field(default_factory=dict)
    met: Counter[str] = field(default_factory=Counter)

    def choose(self, asked: Asked) -> Fault | None:
        """Choose by the plan of the repository that is asked about."""
        home = "/".join(asked.path.split("/")[:4])
        fault = self.plans[home].choose(asked) if home in self.plans else None
        if fault is not None:
            self.met[home] += 1
        return fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Walks:
    """Journeys with what they met."""

    by_name: dict[str, "Future[Journey]"]
    met: dict[str, int]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("faults")
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge") as forge,
        world(folder, forge, cluster, relayed=True) as made,
    ):
        yield made


@pytest.fixture(scope="module")
def calm(here: World) -> Shown:
    """Walk the way once without any fault."""
    return travel(here.repository()).state()


@pytest.fixture(scope="module")
def short(here: World, calm: Shown) -> Walks:
    assert calm.state == "open"
    return walk(here, SHORT, most=5)


@pytest.fixture(scope="module")
def long(here: World, calm: Shown) -> Walks:
    assert calm.state == "open"
    return walk(here, LONG, most=2)


def walk(here: World, names: Iterable[str], *, most: int) -> Walks:
    """Walk a journey for each kind of fault, all at the same time."""
    repositories = {name: here.repository() for name in names}
    plan = ByRepository({
        repository.path: Plan(name, seed=SEED, most=most) for name, repository in repositories.items()
    })  # fmt: skip
    here.forge.faults.plan = plan
    with ThreadPoolExecutor(len(repositories)) as pool:
        journeys = {name: pool.submit(travel, repository) for name, repository in repositories.items()}
    here.forge.faults.plan = None
    settle(here)
    return Walks(by_name=journeys, met={name: plan.met[repositories[name].path] for name in repositories})


def created_twice(here: World, journey: Journey) -> list[str]:
    """Name the comments that the bot wrote twice, whether or not it took one of them back."""
    made = Counter(
        marker[0]
        for verb, path, body in here.forge.faults.done
        if verb == "POST" and path == f"{journey.pull.issue}/comments" and isinstance(body, dict)
        if (marker := MARKER.search(str(body["body"])))
    )
    return [marker for marker, times in made.items() if times > 1]


def check(here: World, calm: Shown, walks: Walks, name: str) -> None:
    journey = walks.by_name[name].result()
    assert walks.met[name] > 0
    assert journey.state() == calm
    assert doubles(journey.pull, journey.heads) == []
    assert created_twice(here, journey) == []


@pytest.mark.parametrize("name", SHORT)
def test_a_fault_between_bot_and_forge_changes_nothing_in_the_end(
    here: World, calm: Shown, short: Walks, name: str
) -> None:
    check(here, calm, short, name)


@pytest.mark.soak
@pytest.mark.parametrize("name", LONG)
def test_a_fault_that_takes_minutes_to_wait_for_changes_nothing_in_the_end(
    here: World, calm: Shown, long: Walks, name: str
) -> None:
    check(here, calm, long, name)


@pytest.mark.parametrize("name", [name for name in WAYS if name not in {"lost", "refused"}])
def test_webhooks_that_come_twice_late_or_in_disorder_change_nothing_in_the_end(
    here: World, calm: Shown, name: str
) -> None:
    assert here.relay is not None
    here.relay.met.clear()
    here.relay.way = WAYS[name]
    try:
        journey = travel(here.repository())
    finally:
        here.relay.way = STRAIGHT
    assert here.relay.met
    assert journey.state() == calm
    assert created_twice(here, journey) == []
