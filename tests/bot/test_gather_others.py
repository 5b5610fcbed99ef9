"""The tree of a base branch is read once and within seconds; one that cannot be had is left alone for a while."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from bot import gather_others as module
from bot.facts import OtherLeaf
from bot.gather_others import gather_others
from bot.store import Store
from tests.bot.checks.pulls import pull, skill
from tests.fakes.git_server import GitServer, commit_files, serving

if TYPE_CHECKING:
    from bot.github_api import Repository
    from bot.github_values import PullView

FOLDER = "compositional_skills/greetings/lantern"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What GitHub tells of a repository whose Git host is real."""

    full_name: str
    url: str
    tip: str

    def branch_head(self, branch: str) -> str:
        del branch
        return self.tip

    def view(self) -> SimpleNamespace:
        return SimpleNamespace(clone_url=self.url)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[GitServer]:
    (tmp_path / "host").mkdir()
    with serving(tmp_path / "host") as running:
        yield running


def home(host: GitServer, *, name: str = "taxonomy/.git") -> Home:
    sha = commit_files(host.root, "taxonomy", {f"{FOLDER}/qna.yaml": skill()})
    return Home(full_name=pull(skill()).repository, url=host.url(name), tip=sha)


def around(store: Store, place: Home, cache: Path) -> tuple[OtherLeaf, ...] | None:
    view = SimpleNamespace(state="open", base_ref="main", number=7, url="https://github.com/orchard/taxonomy/pull/7")
    facts, repository = pull(skill()), cast("Repository", place)
    return gather_others(store.leaves, repository, cast("PullView", view), facts, token="planted", cache=cache)


def test_the_leaves_of_the_base_are_found(host: GitServer, store: Store, tmp_path: Path) -> None:
    found = around(store, home(host), tmp_path / "cache")
    assert found is not None
    assert FOLDER in {each.folder for each in found}


def test_a_tree_that_cannot_be_had_is_left_alone_for_a_while(
    host: GitServer, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = home(host, name="error/taxonomy")
    assert around(store, place, tmp_path / "cache") is None
    asked = len(host.requests)
    assert around(store, place, tmp_path / "cache") is None
    assert len(host.requests) == asked
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 3600)
    assert around(store, replace(place, url=host.url("taxonomy/.git")), tmp_path / "cache") is not None


def test_a_slow_git_host_holds_no_look_for_long(
    host: GitServer, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)
    place = home(host, name="slow/taxonomy")
    answers: list[object] = []
    looks = [threading.Thread(target=lambda: answers.append(around(store, place, tmp_path / "cache"))) for _ in "abc"]
    started = time.monotonic()
    for look in looks:
        look.start()
    for look in looks:
        look.join()
    assert answers == [None, None, None]
    assert time.monotonic() - started < 5


def test_a_damaged_copy_costs_one_look_alone(host: GitServer, store: Store, tmp_path: Path) -> None:
    place = home(host)
    around(store, place, tmp_path / "cache")
    for pack in (tmp_path / "cache").rglob("*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"PACK, and then nothing of use")
    tip = commit_files(host.root, "taxonomy", {f"{FOLDER}_new/qna.yaml": skill()})
    found = around(store, replace(place, tip=tip), tmp_path / "cache")
    assert found is not None
    assert f"{FOLDER}_new" in {each.folder for each in found}
