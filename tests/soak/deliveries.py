"""Webhooks into a bot that is killed: example payloads, what was acknowledged, and what the store says of it."""

import random
import sqlite3
import threading
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg

from tests.bot.world import World
from tests.github.examples import examples

ENDS = frozenset({"done", "ignored", "superseded", "failed", "dismissed"})
MOST_CRASHES = 3
"""Hand-outs that a kill ended, after which a delivery is spared."""
PAUSE = 0.1
"""Seconds before a delivery that met a dead bot is sent once more."""


@dataclass(slots=True, kw_only=True)
class Sender:
    """Sends example payloads one after the other, each until it is acknowledged."""

    world: World
    seed: int
    acknowledged: set[str] = field(default_factory=set)
    refused: list[str] = field(default_factory=list)
    sent: int = 0
    stop: threading.Event = field(default_factory=threading.Event)
    hurry: threading.Event = field(default_factory=threading.Event)
    """Set when nobody needs the payloads spread over time any more."""

    def run(self, *, count: int, seconds: float) -> None:
        """Send some, spread over about so many seconds unless there is a hurry.

        Args:
            count: How many.
            seconds: From the first to the last.
        """
        dice = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        secret = self.world.bot.environment["ESPALIER_WEBHOOK_SECRET"]
        with httpx.Client(trust_env=False, timeout=10) as client:
            for _ in range(count):
                if self.stop.is_set():
                    return
                example = dice.choice(examples())
                guid = str(uuid.UUID(int=dice.getrandbits(128)))
                self._send(client, example.headers(secret, guid=guid), example.body, guid)
                self.hurry.wait(seconds / count)

    def _send(self, client: httpx.Client, headers: dict[str, str], body: bytes, guid: str) -> None:
        while not self.stop.is_set():
            try:
                answer = client.post(f"{self.world.bot.address}/webhooks/github", content=body, headers=headers)
            except httpx.HTTPError:
                self.stop.wait(PAUSE)
                continue
            self.sent += 1
            if answer.is_success:
                self.acknowledged.add(guid)
                return
            if answer.status_code < 500:
                self.refused.append(f"{headers['x-github-event']}: {answer.status_code} {answer.text}")
                return
            self.stop.wait(PAUSE)


def acknowledged_to_forge(world: World) -> set[str]:
    """Give the GUIDs of the forge's own webhooks that were answered with 2xx."""
    with sqlite3.connect(f"file:{world.forge.folder / 'forge.sqlite3'}?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT guid FROM deliveries WHERE status_code BETWEEN 200 AND 299").fetchall()
    connection.close()
    return {row[0] for row in rows}


def kept(database: str) -> dict[str, str]:
    """Read the state of each delivery in the bot's store, by GUID; asked of the database itself.

    Args:
        database: The path of the SQLite file, or the URL of a PostgreSQL database.
    """
    return {str(guid): str(state) for guid, state in _ask(database, "SELECT guid, state FROM deliveries")}


def worn(database: str) -> bool:
    """Tell whether a delivery was in hand at so many kills that it is to be spared: five make it a dead letter."""
    query = f"SELECT guid FROM deliveries WHERE state IN ('pending', 'running') AND crashes >= {MOST_CRASHES}"  # noqa: S608 - a number of ours
    return bool(_ask(database, query))


def _ask(database: str, query: str) -> list[tuple[object, ...]]:
    if not database.startswith("postgresql"):
        connection = sqlite3.connect(f"file:{Path(database)}?mode=ro", uri=True, timeout=30)
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()
    with psycopg.connect(database) as postgres:
        return postgres.execute(query.encode()).fetchall()


def lost(world: World, sender: Sender, states: dict[str, str]) -> list[str]:
    """Name the acknowledged deliveries that the store does not know, or that are not at an end."""
    known = sender.acknowledged | acknowledged_to_forge(world)
    return sorted(f"{guid}: {states.get(guid, 'unknown')}" for guid in known if states.get(guid) not in ENDS)
