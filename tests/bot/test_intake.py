"""What the web side takes in is on the disk before it is answered, many deliveries in one transaction."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from bot.store import Store, StoreError
from bot.webhook import Delivery


def delivery(number: int) -> Delivery:
    return Delivery(guid=f"g-{number}", event="push", body=b"{}" * number)


def run(store: Store, work: Callable[[], Awaitable[list[bool]]]) -> list[bool]:
    async def main() -> list[bool]:
        return await work()

    store.start()
    return asyncio.run(main())


def test_deliveries_that_come_together_are_all_kept_and_the_workers_hear_of_them(store: Store) -> None:
    async def work() -> list[bool]:
        return await asyncio.gather(*(store.intake.keep(delivery(n), lane=f"r#{n}") for n in range(200)))

    assert run(store, work) == [True] * 200
    assert store.inbox.counts() == {"pending": 200}
    item = store.inbox.take()
    assert item is not None
    assert item.delivery == delivery(0)


def test_each_hears_whether_it_was_new_however_many_came_with_it(store: Store) -> None:
    async def work() -> list[bool]:
        first = await asyncio.gather(*(store.intake.keep(delivery(n), lane="r") for n in (1, 2, 2)))
        second = await asyncio.gather(*(store.intake.keep(delivery(n), lane="r") for n in (3, 1, 4)))
        return [*first, *second]

    assert run(store, work) == [True, True, False, True, False, True]
    assert store.inbox.counts() == {"pending": 4}


def test_what_is_of_no_concern_is_kept_as_ignored_and_known_when_it_comes_again(store: Store) -> None:
    async def work() -> list[bool]:
        return [await store.intake.keep(delivery(1), lane=None) for _ in range(2)]

    assert run(store, work) == [True, False]
    assert store.inbox.counts() == {"ignored": 1}


def test_looks_are_kept_as_such(store: Store) -> None:
    async def work() -> list[bool]:
        return [await store.intake.keep(delivery(n), lane="r", looks=True) for n in range(3)]

    run(store, work)
    item = store.inbox.take()
    assert item is not None
    assert item.delivery == delivery(2)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_waits_is_told_when_the_disk_is_full_and_the_next_is_kept(store: Store) -> None:
    def limit(pages: int) -> None:
        with store.database.transaction() as connection:
            connection.execute(f"PRAGMA max_page_count = {pages}")

    async def work() -> list[bool]:
        limit(1)
        with pytest.raises(StoreError, match="full"):
            await store.intake.keep(Delivery(guid="large", event="push", body=bytes(range(256)) * 4000), lane="r")
        limit(100_000)
        return [await store.intake.keep(delivery(1), lane="r")]

    assert run(store, work) == [True]


def test_a_sender_that_hung_up_holds_nobody_up(store: Store) -> None:
    async def work() -> list[bool]:
        gone = asyncio.ensure_future(store.intake.keep(delivery(1), lane="r"))
        await asyncio.sleep(0)
        gone.cancel()
        return [await store.intake.keep(delivery(2), lane="r")]

    assert run(store, work) == [True]
    assert store.inbox.counts() == {"pending": 2}
