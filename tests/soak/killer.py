"""Kills the bot with SIGKILL, again and again: at random times, and right before or after a write reaches the forge."""

import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import psutil

from tests.bot.world import BotProcess
from tests.fakes.faults import WRITES, Asked, Fault, Faults

LONGEST_LIFE = 3.0
"""Seconds that the bot is let live at most before it is killed."""
STARTS = 0.1
"""The share of kills that meet the bot while it starts."""
WORKERS = 0.1
"""The share that meet a child that judges, and not the bot."""
AT_WRITES = 0.5
"""The share that wait for a write."""
FAR = 6
"""Writes of the bot's life, at most, until the one that it is killed at."""


@dataclass(slots=True, kw_only=True)
class Killer:
    """Who kills; `kills` counts them by kind."""

    bot: BotProcess
    faults: Faults
    seed: int
    spare: Callable[[], bool]
    """Whether the bot is let live for now."""
    kills: Counter[str] = field(default_factory=Counter)
    _stop: threading.Event = field(default_factory=threading.Event)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def run(self, *, most: int) -> None:
        """Kill until told to stop, or often enough; the bot runs when this returns."""
        dice = random.Random(self.seed)  # noqa: S311 - repeatable, not secret
        while self.kills.total() < most and not self._stop.is_set():
            self._kill_once(dice)
        self.faults.plan = None
        if self.bot.process is None:
            self.bot.start()

    def stop(self) -> None:
        """Let the bot live from now on."""
        self._stop.set()

    def _kill_once(self, dice: random.Random) -> None:
        if dice.random() < STARTS and not (self.bot.process and self.spare()):
            self._kill_at_start(dice)
            return
        if self.bot.process is None:
            self.bot.start()
        while self.spare() and not self._stop.is_set():
            self._stop.wait(0.5)
        if dice.random() < WORKERS:
            self._stop.wait(dice.uniform(0.2, 1.0))
            self._kill_worker(dice)
            return
        if dice.random() < AT_WRITES:
            after = dice.random() < 0.5
            watch = _Watch(nth=dice.randint(1, FAR), after=after, kill=partial(self._strike, self.bot.process))
            self.faults.plan = watch
            watch.struck.wait(LONGEST_LIFE)
            self.faults.plan = None
            kind = f"{'after' if after else 'before'} a write" if watch.struck.is_set() else "at a random time"
        else:
            self._stop.wait(dice.uniform(0.05, LONGEST_LIFE))
            kind = "at a random time"
        self._strike(self.bot.process)
        self._bury()
        self.kills[kind] += 1

    def _kill_at_start(self, dice: random.Random) -> None:
        if self.bot.process is not None:
            self._strike(self.bot.process)
            self._bury()
            self.kills["at a random time"] += 1
        starting = threading.Thread(target=self._start)
        starting.start()
        time.sleep(dice.uniform(0.0, 1.5))
        self._strike(self.bot.process)
        starting.join()
        self._bury()
        self.kills["while it starts"] += 1

    def _start(self) -> None:
        try:
            self.bot.start()
        except AssertionError:
            return  # killed before it could say where it listens

    def _kill_worker(self, dice: random.Random) -> None:
        process = self.bot.process
        if process is None:
            return
        try:
            children = psutil.Process(process.pid).children()
            if children:
                dice.choice(children).kill()
                self.kills["a child that judges"] += 1
        except psutil.NoSuchProcess:
            return

    def _strike(self, process: subprocess.Popen[bytes] | None) -> None:
        """Kill this life of the bot: a write of it that arrives late must not end the next one while it starts."""
        with self._turn:
            if process is not None:
                process.kill()

    def _bury(self) -> None:
        if self.bot.process is not None:
            self.bot.end(kill=True)


class _Watch:
    """Strikes at the nth write that the bot sends."""

    def __init__(self, *, nth: int, after: bool, kill: Callable[[], None]) -> None:
        self.struck = threading.Event()
        self._left = nth
        self._after = after
        self._kill = kill

    def choose(self, asked: Asked) -> Fault | None:
        """Choose the strike at its turn."""
        if asked.verb not in WRITES or asked.path.startswith("/app/"):
            return None
        self._left -= 1
        return Fault(name="killed", after=self._after, also=self._strike) if self._left == 0 else None

    def _strike(self) -> None:
        self._kill()
        self.struck.set()
