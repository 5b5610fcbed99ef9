"""Deliveries come once, are handed out in order and one a lane, and none is lost however its handling ends."""

import threading
from dataclasses import replace

import pytest

from bot.backoff import FIRST, LONGEST, backoff
from bot.store import Item, LeaseLostError, Store, open_database
from bot.store.inbox import MAX_CRASHES
from bot.webhook import Delivery
from schemas.errors import UserError
from tests.bot.world import wait

LEASE = 0.5
"""Seconds of a lease in these tests."""


def delivery(guid: str, body: bytes = b'{"n": 1}') -> Delivery:
    return Delivery(guid=guid, event="pull_request", body=body)


def take(store: Store) -> Item:
    item = store.inbox.take()
    assert item is not None
    return item


def test_a_redelivery_is_kept_once(store: Store) -> None:
    assert store.inbox.add(delivery("one"), lane="r#1")
    assert not store.inbox.add(delivery("one"), lane="r#1")
    assert store.inbox.counts() == {"pending": 1}


def test_what_is_of_no_concern_is_kept_and_never_handed_out(store: Store) -> None:
    assert store.inbox.add(delivery("one"), lane=None)
    assert not store.inbox.add(delivery("one"), lane=None)
    assert store.inbox.take() is None
    assert store.inbox.counts() == {"ignored": 1}


def test_a_body_comes_back_as_it_was_sent(store: Store) -> None:
    body = bytes(range(256)) * 300
    store.inbox.add(delivery("one", body), lane="r#1")
    assert take(store).delivery == delivery("one", body)


def spoil(store: Store, guid: str) -> None:
    """Leave half of a delivery's body on the disk."""
    (row,) = store.database.rows("SELECT body FROM deliveries WHERE guid = ?", guid)
    with store.database.change() as connection:
        half = row["body"][: len(row["body"]) // 2]
        connection.execute("UPDATE deliveries SET body = ? WHERE guid = ?", (half, guid))


def test_one_whose_body_is_corrupt_fails_at_once_and_holds_nobody_up(store: Store) -> None:
    body = bytes(range(256))
    for guid, lane in (("spoiled", "r#1"), ("next", "r#1"), ("other", "r#2")):
        store.inbox.add(delivery(guid, body), lane=lane)
    spoil(store, "spoiled")
    assert {take(store).delivery.guid for _ in range(2)} == {"next", "other"}
    (letter,) = store.letters.list("failed", limit=9)
    assert (letter.guid, letter.crashes) == ("spoiled", 0)
    assert str(letter.error).startswith("Its stored body is corrupt")
    with pytest.raises(UserError, match="corrupt"):
        store.letters.delivery("spoiled")


def test_a_redelivery_of_one_that_failed_brings_its_body_anew(store: Store) -> None:
    store.inbox.add(delivery("one", bytes(range(256))), lane="r#1")
    spoil(store, "one")
    assert store.inbox.take() is None
    assert store.inbox.add(delivery("one", bytes(range(256))), lane="r#1")
    assert take(store).delivery.body == bytes(range(256))


def test_a_redelivery_of_one_that_failed_is_taken_again(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    store.inbox.fail(take(store), "no")
    assert [(letter.guid, letter.error, letter.lane) for letter in store.letters.list("failed", limit=9)] == [
        ("one", "no", "r#1")
    ]
    assert store.inbox.add(delivery("one"), lane="r#1")
    assert (take(store).crashes, store.letters.list("failed", limit=9)) == (0, ())


def test_a_dead_letter_is_tried_again_when_somebody_asks(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    assert not store.letters.retry("one")
    store.inbox.fail(take(store), "no")
    assert not store.letters.retry("two")
    assert store.letters.retry("one")
    assert take(store).delivery.guid == "one"


def test_a_dead_letter_that_is_dismissed_keeps_its_reason_and_is_never_taken_again(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    assert not store.letters.dismiss("one")
    store.inbox.fail(take(store), "no")
    (failed,) = store.letters.list("failed", limit=9)
    assert not store.letters.dismiss("two")
    assert store.letters.dismiss("one")
    assert store.letters.get("one") == replace(failed, state="dismissed")
    assert not store.letters.dismiss("one")
    assert (store.letters.retry("one"), store.letters.retry_all()) == (False, 0)
    assert not store.inbox.add(delivery("one"), lane="r#1")
    assert store.inbox.take() is None
    assert store.inbox.counts() == {"dismissed": 1}


def test_all_dead_letters_are_dismissed_at_once_and_what_waits_is_not(store: Store) -> None:
    for number in (1, 2):
        store.inbox.add(delivery(f"dead-{number}"), lane=f"r#{number}")
        store.inbox.fail(take(store), "no")
    store.inbox.add(delivery("waiting"), lane="r#3")
    assert [store.letters.dismiss_all(), store.letters.dismiss_all()] == [2, 0]
    assert store.inbox.counts() == {"dismissed": 2, "pending": 1}


def test_a_busy_lane_is_passed_over_and_its_order_is_kept(store: Store) -> None:
    for guid, lane in (("one", "r#1"), ("two", "r#1"), ("three", "r#2")):
        store.inbox.add(delivery(guid), lane=lane)
    first, second = take(store), take(store)
    assert (first.delivery.guid, second.delivery.guid) == ("one", "three")
    assert store.inbox.take() is None
    store.inbox.finish(first)
    assert take(store).delivery.guid == "two"


def test_a_lane_that_is_held_for_something_else_is_passed_over(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    with store.leases.hold("r#1") as lane:
        assert lane is not None
        assert store.inbox.take() is None
    assert take(store).delivery.guid == "one"


def test_threads_of_two_replicas_never_take_the_same_delivery_nor_share_a_lane(database_url: str) -> None:
    stores = [Store(open_database(database_url)) for _ in range(2)]
    for number in range(60):
        stores[0].inbox.add(delivery(str(number)), lane=f"r#{number % 20}")
    taken: list[str] = []
    now_in: set[str] = set()
    shared: list[str] = []

    def work(store: Store) -> None:
        while store.inbox.counts().get("pending"):
            item = store.inbox.take()
            if item is None:
                continue
            if item.lane in now_in:
                shared.append(item.lane)
            now_in.add(item.lane)
            taken.append(item.delivery.guid)
            now_in.discard(item.lane)
            store.inbox.finish(item)

    threads = [threading.Thread(target=work, args=(store,)) for store in stores for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(taken, key=int), shared) == ([str(number) for number in range(60)], [])
    for store in stores:
        store.close()


def test_of_looks_that_wait_in_a_row_only_the_newest_is_handed_out(store: Store) -> None:
    for guid, looks in (("a", True), ("b", True), ("command", False), ("c", True), ("d", True), ("e", True)):
        store.inbox.add(delivery(guid), lane="r#1", looks=looks)
    store.inbox.add(delivery("other"), lane="r#2", looks=True)
    handed: list[str] = []
    while (item := store.inbox.take()) is not None:
        handed.append(item.delivery.guid)
        store.inbox.finish(item)
    assert handed == ["b", "command", "e", "other"]
    assert store.inbox.counts() == {"superseded": 3, "done": 4}


def test_a_look_that_came_while_another_was_handled_is_not_lost(store: Store) -> None:
    store.inbox.add(delivery("a"), lane="r#1", looks=True)
    first = take(store)
    store.inbox.add(delivery("b"), lane="r#1", looks=True)
    store.inbox.finish(first)
    assert take(store).delivery.guid == "b"


def test_what_a_dead_replica_had_in_hand_is_taken_over_when_its_lease_expires(database_url: str) -> None:
    dead, alive = (Store(open_database(database_url), lease_seconds=LEASE) for _ in range(2))
    dead.inbox.add(delivery("one"), lane="r#1")
    left = take(dead)
    assert alive.inbox.take() is None
    found: list[Item] = []

    def seen() -> bool:
        item = alive.inbox.take()
        found.extend([item] if item is not None else [])
        return bool(found)

    wait(seen, what="the takeover", seconds=4 * LEASE)
    assert (found[0].delivery.guid, found[0].crashes) == ("one", 1)
    with pytest.raises(LeaseLostError):
        dead.inbox.finish(left)
    alive.inbox.finish(found[0])
    assert alive.inbox.counts() == {"done": 1}
    dead.close()
    alive.close()


def test_a_delivery_that_ends_the_bot_every_time_fails_in_the_end_and_its_lane_goes_on(database_url: str) -> None:
    first = Store(open_database(database_url))
    first.inbox.add(delivery("deadly"), lane="r#1")
    first.inbox.add(delivery("next"), lane="r#1")
    for crashes in range(MAX_CRASHES):
        store = Store(open_database(database_url))
        item = take(store)
        assert (item.delivery.guid, item.crashes) == ("deadly", crashes)
        with store.database.transaction() as connection:  # as when its lease has expired
            connection.execute("UPDATE leases SET until = 0")
        store.close()
    assert take(first).delivery.guid == "next"
    assert [letter.guid for letter in first.letters.list("failed", limit=9)] == ["deadly"]
    first.close()


def test_waiting_for_github_has_no_end_and_is_no_crash(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    for waits in range(3 * MAX_CRASHES):
        item = take(store)
        assert (item.waits, item.crashes) == (waits, 0)
        store.inbox.put_back(item, "GitHub is away", seconds=0)
    store.inbox.put_back(take(store), "GitHub is away", seconds=60)
    assert store.inbox.take() is None
    assert store.inbox.counts() == {"pending": 1}


def test_a_while_that_github_itself_named_makes_no_later_one_longer(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    for _ in range(3):
        store.inbox.put_back(take(store), "GitHub wants to be left alone", seconds=0, counted=False)
    assert take(store).waits == 0


def test_one_that_waits_holds_nobody_of_its_lane_up(store: Store) -> None:
    store.inbox.add(delivery("one"), lane="r#1")
    store.inbox.put_back(take(store), "GitHub is away", seconds=60)
    store.inbox.add(delivery("two"), lane="r#1")
    assert take(store).delivery.guid == "two"


def test_a_machine_that_stood_still_does_not_take_its_own_work_twice(database_url: str) -> None:
    store = Store(open_database(database_url), lease_seconds=LEASE)
    store.inbox.add(delivery("one"), lane="r#1")
    item = take(store)
    with store.database.transaction() as connection:
        connection.execute("UPDATE leases SET until = 0")
    assert store.inbox.take() is None
    store.inbox.finish(item)
    assert store.inbox.counts() == {"done": 1}
    store.close()


def test_what_was_said_long_ago_is_forgotten_and_that_it_came_is_not(store: Store) -> None:
    for guid, lane in (("old", "r#1"), ("failed", "r#2"), ("young", "r#3"), ("dismissed", "r#4")):
        store.inbox.add(delivery(guid, b"x" * 1000), lane=lane)
    items = [take(store) for _ in range(4)]
    store.inbox.finish(items[0])
    store.inbox.fail(items[1], "no")
    store.inbox.finish(items[2])
    store.inbox.fail(items[3], "no")
    store.letters.dismiss("dismissed")
    with store.database.change() as connection:
        connection.execute("UPDATE deliveries SET received_at = '2020-01-01T00:00:00.000Z' WHERE guid <> 'young'")
    assert [store.inbox.forget_bodies(), store.inbox.forget_bodies()] == [2, 0]
    bodies = [store.letters.delivery(guid) for guid in ("old", "failed", "young", "dismissed")]
    assert [len(found.body) for found in bodies if found is not None] == [2, 1000, 1000, 2]
    assert not store.inbox.add(delivery("old"), lane="r#1")


class Fixed:
    """Chance that always says the same, between 0 and 1."""

    def __init__(self, share: float) -> None:
        self.share = share

    def uniform(self, low: float, high: float) -> float:
        return low + (high - low) * self.share


def test_waits_grow_twofold_to_ten_minutes_and_are_never_shorter_than_was_asked() -> None:
    longest = [backoff(waits, random=Fixed(1.0)) for waits in range(12)]
    shortest = [backoff(waits, random=Fixed(0.0)) for waits in range(12)]
    assert longest[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert (longest[-1], shortest[-1], backoff(10**6, random=Fixed(1.0))) == (LONGEST, LONGEST / 2, LONGEST)
    assert backoff(0, least=90.0, random=Fixed(0.0)) == 90.0
    assert backoff(0, least=90.0, random=Fixed(1.0)) > 90.0
