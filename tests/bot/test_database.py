"""Databases of both engines: what is kept whole, what is refused in one sentence, and what waiting may mend."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from bot.store import Store, StoreError, open_database
from bot.store.migrations import PRESENT
from bot.webhook import Delivery
from schemas.errors import UserError
from tests.bot.postgres import NAMED, NoPostgresError, Server, postgres_server

GITHUB_SECONDS = 10.0
"""What GitHub waits for the answer to a webhook (docs.github.com, "Handling webhook deliveries")."""


class StopError(Exception):
    """Raised in the middle of a change."""


def stop(store: Store) -> None:
    with store.database.change() as connection:
        connection.execute("INSERT INTO policies (repository, good) VALUES ('r', 'kept')")
        raise StopError


def test_a_change_that_raises_leaves_nothing_and_the_next_goes_on(store: Store) -> None:
    with pytest.raises(StopError):
        stop(store)
    assert store.pulls.policy("r") == ("", None)
    store.pulls.save_policy("r", good="kept", problem=None)
    assert store.pulls.policy("r") == ("kept", None)


def test_what_another_thread_is_changing_is_not_seen_before_it_is_kept(store: Store) -> None:
    seen: list[tuple[str, str | None]] = []
    with store.database.change() as connection:
        connection.execute("INSERT INTO policies (repository, good) VALUES ('r', 'kept')")
        reading = threading.Thread(target=lambda: seen.append(store.pulls.policy("r")))
        reading.start()
        reading.join(timeout=10)
        assert not reading.is_alive()
    assert (seen, store.pulls.policy("r")) == ([("", None)], ("kept", None))


def test_a_damaged_file_can_be_neither_read_nor_written_and_that_is_told(tmp_path: Path) -> None:
    place = tmp_path / "bot.sqlite3"
    store = Store(open_database(f"sqlite:///{place}"))
    for number in range(50):
        store.pulls.save_policy(f"r{number}", good="kept " * 1000, problem=None)
    store.close()
    whole = place.read_bytes()
    start = whole.index(b"kept kept") // 4096 * 4096
    place.write_bytes(whole[:start] + b"\xff" * (len(whole) - start))
    store = Store(open_database(f"sqlite:///{place}"))
    with pytest.raises(StoreError, match="cannot be read: database disk image is malformed"):
        store.database.rows("SELECT count(good) FROM policies WHERE good LIKE '%other%'")
    with pytest.raises(StoreError, match="cannot be written: database disk image is malformed"):
        store.pulls.save_policy("r7", good="another", problem=None)
    store.close()


def test_a_database_is_opened_again_with_what_it_held(database_url: str) -> None:
    for good in ("one", "two"):
        store = Store(open_database(database_url))
        assert store.pulls.policy("r")[0] in {"", "one"}
        store.pulls.save_policy("r", good=good, problem=None)
        store.close()
    store = Store(open_database(database_url))
    assert store.pulls.policy("r") == ("two", None)
    store.close()


def test_replicas_that_start_together_make_the_schema_once(database_url: str) -> None:
    opened: list[Store] = []
    failures: list[Exception] = []

    def start() -> None:
        try:
            opened.append(Store(open_database(database_url)))
        except Exception as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=start) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), failures) == (3, [])
    for store in opened:
        store.close()


def test_a_database_of_a_later_version_is_refused_in_one_sentence(database_url: str) -> None:
    database = open_database(database_url)
    with database.transaction() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(UserError, match="was written by a later version: run that version"):
        open_database(database_url)


def test_a_database_of_somebody_else_is_refused_and_left_alone(database_url: str) -> None:
    database = open_database(database_url)
    with database.transaction() as connection:
        connection.execute("DROP TABLE alembic_version")
    database.close()
    for _ in range(2):
        with pytest.raises(UserError, match="holds tables of something else, such as `allowances`"):
            open_database(database_url)


def test_a_file_that_is_no_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "bot.sqlite3"
    path.write_text("not a database at all, but long enough to be looked at as one" * 20)
    with pytest.raises(UserError, match="cannot be opened"):
        open_database(f"sqlite:///{path}")


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(UserError, match="cannot be used") as error:
        open_database("postgresql://bot:s3cret@127.0.0.1:9/espalier")
    assert "s3cret" not in str(error.value)
    assert len(str(error.value).splitlines()) == 1


@pytest.mark.parametrize("password", ["s3cret%zz", "s3cret/slash:9/x"])
def test_a_password_that_is_not_written_as_in_a_url_is_told_without_it(password: str) -> None:
    with pytest.raises(UserError) as error:
        open_database(f"postgresql://bot:{password}@127.0.0.1:9/espalier")
    assert "s3cret" not in str(error.value)
    assert error.value.__cause__ is None or "s3cret" not in str(error.value.__cause__)


def test_a_bot_that_finds_its_schema_in_place_does_not_load_what_makes_it(sqlite_url: str) -> None:
    open_database(sqlite_url).close()
    told = "import sys; from bot.store import open_database; open_database(sys.argv[1]); print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told, sqlite_url], capture_output=True, text=True, check=True)
    assert "'bot.store.sqlite'" in done.stdout
    assert not [name for name in ("alembic", "sqlalchemy", "psycopg") if f"'{name}'" in done.stdout]


def test_a_full_disk_costs_no_more_than_the_change_that_met_it(sqlite_url: str) -> None:
    store = Store(open_database(sqlite_url))
    with store.database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 1")  # SQLite raises it to what there is
    large = Delivery(guid="large", event="push", body=os.urandom(200_000))
    with pytest.raises(StoreError, match="full"):
        store.inbox.add(large, lane="r")
    assert store.inbox.counts() == {}
    with store.database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 100000")
    assert store.inbox.add(large, lane="r")
    store.close()


def test_a_file_that_another_process_holds_is_given_up_in_time_to_tell_github(sqlite_url: str) -> None:
    store = Store(open_database(sqlite_url))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    with pytest.raises(StoreError, match="locked"):
        stop(store)
    waited = time.monotonic() - began
    other.execute("ROLLBACK")
    with pytest.raises(StopError):
        stop(store)
    other.close()
    assert waited < GITHUB_SECONDS


def test_a_connection_that_the_server_ended_costs_no_more_than_the_change_that_met_it(
    postgres_url: str, postgres: Server
) -> None:
    store = Store(open_database(postgres_url))
    name = postgres_url.partition(":///")[2].partition("?")[0]

    def ended() -> None:
        with store.database.change() as connection:
            with psycopg.connect(postgres.url, autocommit=True) as other:
                query = b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                other.execute(query, (name,))
            connection.execute("INSERT INTO policies (repository, good) VALUES ('r', 'lost')")

    with pytest.raises(StoreError, match="cannot be written"):
        ended()
    assert store.pulls.policy("r") == ("", None)
    store.pulls.save_policy("r", good="kept", problem=None)
    assert store.pulls.policy("r") == ("kept", None)
    store.close()


def test_a_server_that_has_ended_cannot_be_read_and_that_is_found_out_at_once() -> None:
    try:
        with postgres_server() as server:
            if server.process is None:
                pytest.skip(f"{NAMED} names a server that is not ours to end")
            database = open_database(server.url)
            database.probe(patience=5.0)
            server.process.send_signal(signal.SIGINT)  # it ends without waiting for us
            server.process.wait(timeout=30)
            with pytest.raises(StoreError, match="cannot be read"):
                database.probe(patience=0.1)
            database.close()
    except NoPostgresError as error:
        pytest.skip(f"no PostgreSQL: {error}")


def test_texts_that_postgresql_cannot_hold_are_kept_as_far_as_it_can(postgres_url: str) -> None:
    store = Store(open_database(postgres_url))
    store.pulls.save_policy("r", good="a\0b 100% ?", problem=None)
    assert store.pulls.policy("r") == ("a\N{REPLACEMENT CHARACTER}b 100% ?", None)
    store.close()


def test_a_server_that_takes_no_writes_for_now_is_waited_for(postgres_url: str) -> None:
    store = Store(open_database(postgres_url))

    def write() -> None:
        with store.database.transaction() as connection:
            connection.execute("SET TRANSACTION READ ONLY")  # as on a server that another one took over from
            connection.execute("INSERT INTO policies (repository, good) VALUES ('r', 'kept')")

    with pytest.raises(StoreError, match="read-only"):
        write()
    store.close()


CLAIM = """
import sys, time
from bot.store import open_database
database = open_database(sys.argv[1])
database.claim()
print("claimed", flush=True)
time.sleep(60)
"""


def test_a_file_is_served_by_one_process_and_free_at_once_when_that_is_killed(sqlite_url: str) -> None:
    other = subprocess.Popen([sys.executable, "-c", CLAIM, sqlite_url], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "claimed\n"
    store = Store(open_database(sqlite_url))
    with pytest.raises(UserError, match="Another bot serves from the database"):
        store.database.claim()
    assert store.inbox.add(Delivery(guid="one", event="push", body=b"{}"), lane="r")  # a command may use it beside
    assert store.inbox.take() is not None
    other.kill()
    other.wait()
    other.stdout.close()
    store.close()
    store = Store(open_database(sqlite_url))
    store.database.claim()
    taken = store.inbox.take()
    assert taken is not None
    assert taken.crashes == 1
    store.close()


def test_the_newest_step_is_the_one_that_a_database_is_asked_for() -> None:
    config = Config()
    config.set_main_option("script_location", "bot.store:migrations")
    assert ScriptDirectory.from_config(config).get_heads() == [PRESENT]


def test_sqlite_writes_through_to_the_disk(sqlite_url: str) -> None:
    database = open_database(sqlite_url)
    with database.transaction() as connection:
        modes = [connection.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")]
    assert [row[0] for row in modes if isinstance(row, sqlite3.Row)] == ["wal", 2]
    database.close()
