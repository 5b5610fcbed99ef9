"""A story told twice: people and deliveries at a bot that is left in peace, and at one that is killed all the time."""

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.bot.world import World, forge_server, world
from tests.fakes.jobs_api import jobs_api
from tests.soak.deliveries import Sender, acknowledged_to_forge, kept, lost, worn
from tests.soak.journey import settle
from tests.soak.killer import Killer
from tests.soak.life import Lived, live
from tests.soak.proposals import proposals
from tests.soak.state import Shown

SEED = 20
SECONDS_A_KILL = 4.0
"""What a life of the bot takes, about, with its start."""
SETTINGS = {"ESPALIER_RECONCILE_MINUTES": "0.05"}
"""What a killed bot missed is looked for every three seconds, as there is no other who would tell it."""

HOURLY = 1_000_000
"""Requests to the forge that each caller may make in an hour: days of work pass in it, and people look all the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How long a story is."""

    kills: int
    payloads: int
    """Example payloads, beside what the forge sends of what people do."""
    people: int
    pulls: int
    """Of each of the people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a story leaves behind."""

    states: list[Shown]
    doubles: list[str]
    lost: list[str]
    refused: list[str]
    log: str
    deliveries: int
    kills: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def tell(folder: Path, settings: Mapping[str, str], size: Size, *, kill: bool) -> Ending:
    """Tell the story, and read how it ended."""
    started = time.monotonic()
    with (
        jobs_api(folder) as cluster,
        forge_server(folder / "forge", hourly=HOURLY) as forge,
        world(folder, forge, cluster, settings={**SETTINGS, **settings}) as here,
    ):
        sender = Sender(world=here, seed=SEED)
        database = settings.get("ESPALIER_DATABASE_URL") or str(folder / "bot" / "espalier.sqlite3")
        killer = Killer(bot=here.bot, faults=forge.faults, seed=SEED, spare=lambda: worn(database))
        with _beside(sender, killer, size, kill=kill):
            lived = _live(here, size)
        settle(here)
        ending = _read(here, lived, sender, kept(database))
        kills = dict(killer.kills)
    seconds = time.monotonic() - started
    sys.stdout.write(
        f"\n{'killed' if kill else 'calm'}: {seconds:.0f} s, {ending.deliveries} deliveries acknowledged, "
        f"{len(lived)} pull requests, {sum(len(each.builds) for each in ending.states)} jobs, "
        f"{sum(kills.values())} kills {kills or ''}\n"
    )
    return replace(ending, kills=kills, seconds=seconds)


@contextmanager
def _beside(sender: Sender, killer: Killer, size: Size, *, kill: bool) -> Iterator[None]:
    """Send payloads, and kill if asked to, while the block lives; both are done when it is over."""
    sending = threading.Thread(
        target=sender.run, kwargs={"count": size.payloads, "seconds": size.kills * SECONDS_A_KILL}
    )
    killing = threading.Thread(target=killer.run, kwargs={"most": size.kills})
    sending.start()
    if kill:
        killing.start()
    try:
        yield
        if not kill:
            sender.hurry.set()
    except BaseException:
        sender.stop.set()
        killer.stop()
        raise
    finally:
        if kill:
            killing.join()
        sending.join()


def _live(here: World, size: Size) -> list[Lived]:
    drawn = proposals(size.people * size.pulls, seed=SEED)
    return live(here, [drawn[number :: size.people] for number in range(size.people)], seed=SEED)


def _read(here: World, lived: list[Lived], sender: Sender, states: Mapping[str, str]) -> Ending:
    return Ending(
        states=[each.state() for each in lived],
        doubles=[double for each in lived for double in each.doubles()],
        lost=lost(here, sender, dict(states)),
        refused=sender.refused,
        log=here.bot.log.read_text(encoding="utf-8"),
        deliveries=len(sender.acknowledged | acknowledged_to_forge(here)),
    )
