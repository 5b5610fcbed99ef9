"""The policy in force where it is broken: told of and looked back from once, and nobody waits for another's."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bot.context import Bot
from bot.policy import policy
from bot.store import Store, open_database

if TYPE_CHECKING:
    from bot.github_api import Repository

BROKEN = b"examples:\n  skil: 3\n"


class Wood:
    """A repository whose policy was `versions` from the newest on, and that counts what it is asked."""

    def __init__(self, name: str, *versions: bytes) -> None:
        self.full_name = name
        self.versions = versions
        self.asked: list[str] = []
        self.wait: threading.Event | None = None
        self.reached = threading.Event()

    def file(self, _path: str, *, ref: str | None = None) -> bytes:
        return self.versions[0 if ref is None else int(ref)]

    def file_versions(self, _path: str, *, limit: int) -> tuple[str, ...]:
        self.asked.append("versions")
        self.reached.set()
        if self.wait is not None:
            assert self.wait.wait(20)
        return tuple(map(str, range(len(self.versions))))[:limit]

    def view(self) -> SimpleNamespace:
        return SimpleNamespace(default_branch="main")

    def branch_head(self, _branch: str) -> str:
        return "0"

    def check_runs(self, _sha: str) -> tuple[()]:
        return ()

    def create_check_run(self, _body: object) -> None:
        self.asked.append("run")


@pytest.fixture
def bot(sqlite_url: str) -> Iterator[Bot]:
    store = Store(open_database(sqlite_url))
    yield cast("Bot", SimpleNamespace(store=store, address="http://bot.test", settings=SimpleNamespace(budget=None)))
    store.close()


def skill(bot: Bot, wood: Wood) -> int:
    """Give a number out of the policy in force."""
    return policy(bot, cast("Repository", wood))[0].examples.skill


def test_a_policy_that_never_was_good_is_looked_back_from_once(bot: Bot) -> None:
    wood = Wood("orchard/wood", BROKEN, BROKEN + b"\n")
    for _ in range(3):
        assert policy(bot, cast("Repository", wood))[1]
    assert wood.asked == ["run", "versions"]

    wood.versions = (b"examples:\n  skol: 3\n", *wood.versions)
    skill(bot, wood)
    assert wood.asked == ["run", "versions"] * 2


def test_the_last_good_version_is_in_force_where_none_was_remembered(bot: Bot) -> None:
    wood = Wood("orchard/wood", BROKEN, b"examples:\n  skill: 9\n")
    assert [skill(bot, wood) for _ in range(2)] == [9, 9]
    assert wood.asked == ["run", "versions"]


def test_no_repository_waits_for_the_broken_policy_of_another(bot: Bot) -> None:
    slow, quick = Wood("orchard/slow", BROKEN), Wood("orchard/quick", BROKEN)
    slow.wait = threading.Event()
    thread = threading.Thread(target=skill, args=(bot, slow), daemon=True)
    thread.start()
    assert slow.reached.wait(20)
    other = threading.Thread(target=skill, args=(bot, quick), daemon=True)
    other.start()
    other.join(20)
    waited = other.is_alive()
    slow.wait.set()
    thread.join(20)
    assert not waited
    assert quick.asked == ["run", "versions"]
