"""Who holds a lease is the only one to write under it, and one who comes back late writes nothing."""

import threading
import time
from collections.abc import Iterator

import pytest

from bot.store import Lease, LeaseLostError, Store, StoreError, open_database, require, under
from tests.bot.world import wait

LEASE = 0.5
"""Seconds of a lease in these tests."""


@pytest.fixture
def replicas(database_url: str) -> Iterator[tuple[Store, Store]]:
    first, second = (Store(open_database(database_url), lease_seconds=LEASE) for _ in range(2))
    yield first, second
    first.close()
    second.close()


def held(store: Store, name: str) -> Lease:
    lease = store.leases.take(name)
    assert lease is not None
    return lease


def expire(store: Store) -> None:
    with store.database.transaction() as connection:
        connection.execute("UPDATE leases SET until = 0")


def test_one_at_a_time_holds_a_lease_and_each_next_has_a_higher_epoch(replicas: tuple[Store, Store]) -> None:
    first, second = replicas
    lease = held(first, "r#1")
    assert second.leases.take("r#1") is None
    assert first.leases.take("r#1") is None
    assert held(second, "r#2").epoch == 1
    first.leases.release(lease)
    assert held(second, "r#1").epoch == 2


def test_a_lease_that_nobody_renews_is_taken_over(replicas: tuple[Store, Store]) -> None:
    first, second = replicas
    held(first, "r#1")
    began = time.monotonic()
    wait(lambda: second.leases.take("r#1"), what="the lease", seconds=10)
    assert time.monotonic() - began < 2 * LEASE + 1.0


def test_a_heartbeat_keeps_a_lease(replicas: tuple[Store, Store]) -> None:
    first, second = replicas
    first.leases.start()
    lease = held(first, "r#1")
    before = lease.expires
    time.sleep(3 * LEASE)
    assert second.leases.take("r#1") is None
    assert lease.expires > before
    lease.require(LEASE / 10)


def test_a_write_of_a_late_holder_is_refused_and_nothing_of_it_is_kept(replicas: tuple[Store, Store]) -> None:
    late, next_one = replicas
    lease = held(late, "r#1")
    with under(lease):
        late.pulls.save_policy("r", good="in time", problem=None)
    expire(late)
    with under(held(next_one, "r#1")):
        next_one.pulls.save_policy("r", good="the next holder's", problem=None)
    with under(lease), pytest.raises(LeaseLostError, match=r"r#1 \(epoch 1\)"):
        late.pulls.save_policy("r", good="too late", problem="and wrong")
    assert late.pulls.policy("r") == ("the next holder's", None)


def test_all_leases_that_a_handling_acts_under_are_asked_for(replicas: tuple[Store, Store]) -> None:
    late, next_one = replicas
    with under(held(late, "r#1")), late.leases.hold("releases") as inner:
        assert inner is not None
        late.pulls.save_policy("r", good="in time", problem=None)
        with next_one.database.transaction() as connection:
            connection.execute("UPDATE leases SET until = 0 WHERE name = 'r#1'")
        held(next_one, "r#1")
        with pytest.raises(LeaseLostError):
            late.pulls.save_policy("r", good="too late", problem=None)
    assert late.pulls.policy("r") == ("in time", None)


def test_a_lease_cannot_be_taken_while_its_holder_is_writing(postgres_url: str) -> None:
    first, second = (Store(open_database(postgres_url), lease_seconds=LEASE) for _ in range(2))
    lease = held(first, "r#1")
    order: list[str] = []

    def take() -> None:
        while second.leases.take("r#1") is None:
            time.sleep(0.01)
        order.append("taken")

    thread = threading.Thread(target=take)
    with under(lease), first.database.change() as connection:
        thread.start()
        time.sleep(2 * LEASE)  # it has expired by now
        connection.execute("INSERT INTO policies (repository, good) VALUES ('r', 'written')")
        order.append("written")
    thread.join()
    assert order == ["written", "taken"]
    first.close()
    second.close()


def test_a_holder_that_stands_still_in_a_transaction_does_not_keep_the_lease_for_ever(postgres_url: str) -> None:
    first, second = (Store(open_database(postgres_url), lease_seconds=LEASE) for _ in range(2))
    lease = held(first, "r#1")

    def stand_still() -> None:
        with under(lease), first.database.change() as connection:
            connection.execute("SET idle_in_transaction_session_timeout = '500ms'")  # ten seconds are for production
            time.sleep(2.0)
            connection.execute("INSERT INTO policies (repository, good) VALUES ('r', 'too late')")

    with pytest.raises(StoreError):
        stand_still()
    held(second, "r#1")
    assert second.pulls.policy("r") == ("", None)
    first.close()
    second.close()


def test_before_a_call_that_the_database_cannot_refuse_enough_time_must_be_left(replicas: tuple[Store, Store]) -> None:
    first, _ = replicas
    require(10**9)  # whoever acts under no lease may do it
    with under(held(first, "r#1")):
        require(LEASE / 2)
        with pytest.raises(LeaseLostError, match="left of"):
            require(LEASE * 2)


def test_one_that_was_lost_is_known_to_be_lost_with_the_next_heartbeat(replicas: tuple[Store, Store]) -> None:
    first, second = replicas
    lease = held(first, "r#1")
    expire(first)
    held(second, "r#1")
    first.leases.renew()
    with pytest.raises(LeaseLostError):
        lease.require(0)
    assert not first.leases.has("r#1")


def test_what_is_held_for_a_block_is_free_after_it_and_others_may_wait_for_it(replicas: tuple[Store, Store]) -> None:
    first, second = replicas
    with first.leases.hold("releases") as lease:
        assert lease is not None
        with second.leases.hold("releases") as none:
            assert none is None
    with first.leases.hold("releases"):
        waiting = threading.Thread(target=lambda: order.append(_epoch(second)))
        order: list[int] = []
        waiting.start()
        time.sleep(0.1)
        assert order == []
    waiting.join()
    assert order == [3]


def _epoch(store: Store) -> int:
    with store.leases.hold("releases", patience=10) as lease:
        assert lease is not None
        return lease.epoch


def test_a_replica_that_ends_gives_its_leases_back(database_url: str) -> None:
    first = Store(open_database(database_url))
    held(first, "supervisor")
    first.close()
    second = Store(open_database(database_url))
    held(second, "supervisor")
    second.close()
