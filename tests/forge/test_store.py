"""The store keeps whole transactions, from many threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from forge.records import Token, User
from forge.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "state.sqlite3") as found:
        yield found


def add_user(store: Store, login: str) -> User:
    return store.add(User, login=login, name=login, email="", type="User", created_at="", updated_at="")


def test_a_failure_takes_back_the_whole_transaction(store: Store) -> None:
    def fail() -> None:
        with store.writing():
            add_user(store, "ann")
            with store.writing():
                add_user(store, "ben")
            assert store.count(User, "1") == 2
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError):
        fail()
    assert store.count(User, "1") == 0


def test_others_see_a_transaction_only_when_it_is_whole(store: Store) -> None:
    with store.writing(), ThreadPoolExecutor(1) as other:
        add_user(store, "ann")
        assert other.submit(store.count, User, "1").result() == 0
    assert store.count(User, "1") == 1


def test_many_threads_write_without_losing_anything(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda number: add_user(store, f"user-{number}"), range(64)))
    assert store.count(User, "1") == 64


def test_a_record_that_is_not_there_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError, match="no Token 7"):
        store.get(Token, 7)


def test_what_was_written_is_there_after_opening_again(tmp_path: Path) -> None:
    with Store(tmp_path / "state.sqlite3") as first:
        made = add_user(first, "ann")
    with Store(tmp_path / "state.sqlite3") as second:
        assert second.get(User, made.id) == made
        assert add_user(second, "ben").id == made.id + 1
