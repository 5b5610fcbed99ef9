"""`espalier deliveries` as an operator runs it, on a database that a bot has left or is at work on."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bot.store import Store, open_database
from bot.webhook import Delivery


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Give the data folder of a bot that failed at two deliveries, and has one to handle."""
    store = Store(open_database(f"sqlite:///{tmp_path / 'espalier.sqlite3'}"))
    for guid in ("g-1", "g-2"):
        store.inbox.add(
            Delivery(guid=guid, event="issue_comment", body=b'{"action": "created"}'), lane=f"o/t#{guid[-1]}"
        )
        item = store.inbox.take()
        assert item is not None
        store.inbox.fail(item, "GitHub answered 403: no, ghs_16C7e42F292c6912E7710c838347Ae178B4a")
    store.inbox.add(Delivery(guid="g-3", event="pull_request", body=b"{}"), lane="o/t#3")
    store.close()
    return tmp_path


def run(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "espalier", "deliveries", *arguments], env={"ESPALIER_DATA_DIR": str(data)},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_what_waits_and_what_failed_is_listed_with_its_reason_and_no_secret(data: Path) -> None:
    told = run(data)
    assert told.returncode == 0
    assert [line.split()[:2] for line in told.stdout.splitlines() if line[0] != " "] == [
        ["failed", "g-1"], ["failed", "g-2"], ["pending", "g-3"],
    ]  # fmt: skip
    assert "issue_comment  o/t#1" in told.stdout
    assert "GitHub answered 403: no, [redacted]" in told.stdout
    assert "g-3" not in run(data, "--failed", "list").stdout


def test_one_is_shown_with_its_payload(data: Path) -> None:
    shown = json.loads(run(data, "show", "g-1").stdout)
    assert (shown["event"], shown["lane"], shown["state"]) == ("issue_comment", "o/t#1", "failed")
    assert shown["body"] == {"action": "created"}
    assert "ghs_" not in shown["error"]


def test_one_or_all_that_failed_are_tried_again(data: Path) -> None:
    assert run(data, "retry", "g-2").returncode == 0
    assert [line.split()[:2] for line in run(data).stdout.splitlines() if line[0] != " "][1] == ["pending", "g-2"]
    assert run(data, "retry", "--all").stdout.startswith("1 are tried again")
    assert run(data, "--failed").stdout == "No failed one is left.\n"


def test_one_or_all_that_failed_are_dismissed_and_their_reason_is_still_shown(data: Path) -> None:
    assert run(data, "dismiss", "g-2").stdout == "It is dismissed for good; the reason is kept.\n"
    assert [line.split()[:2] for line in run(data).stdout.splitlines() if line[0] != " "] == [
        ["failed", "g-1"], ["pending", "g-3"],
    ]  # fmt: skip
    shown = json.loads(run(data, "show", "g-2").stdout)
    assert (shown["state"], shown["error"]) == ("dismissed", "GitHub answered 403: no, [redacted]")
    for act in ("retry", "dismiss"):
        refused = run(data, act, "g-2")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("Delivery g-2 was dismissed, and that is final; a comment `/espalier recheck`")
    assert run(data, "dismiss", "--all").stdout.startswith("1 are dismissed")
    assert run(data, "retry", "--all").stdout.startswith("0 are tried again")
    assert run(data, "--failed").stdout == "No failed one is left.\n"


def test_one_that_is_corrupt_is_told_of_in_a_sentence(data: Path) -> None:
    with closing(sqlite3.connect(data / "espalier.sqlite3")) as database, database:
        database.execute("UPDATE deliveries SET body = ? WHERE guid = 'g-1'", (b"not packed",))
    done = run(data, "show", "g-1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Its stored body is corrupt")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("retry", "g-3"), 1, "No delivery g-3 failed"),
        (("retry", "none"), 1, "No delivery none failed"),
        (("dismiss", "g-3"), 1, "No delivery g-3 failed"),
        (("dismiss", "none"), 1, "No delivery none failed"),
        (("show", "none"), 1, "There is no delivery none"),
        (("retry",), 2, "Name the delivery's GUID"),
        (("retry", "g-1", "--all"), 2, "Name the delivery's GUID"),
        (("dismiss",), 2, "Name the delivery's GUID"),
        (("dismiss", "g-1", "--all"), 2, "Name the delivery's GUID"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    data: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = run(data, *arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_without_a_database_stays_without_one(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 2
    assert "There is no database" in done.stderr
    assert not list(tmp_path.iterdir())


def test_a_database_that_no_bot_has_used_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    place = tmp_path / "espalier.sqlite3"
    place.touch()
    told = run(tmp_path)
    assert told.returncode == 2
    assert "is not at this version's schema: start the bot with it once" in told.stderr
    with closing(sqlite3.connect(place)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


def test_what_deliveries_said_is_for_the_bots_own_user_alone(data: Path) -> None:
    assert {place.stat().st_mode & 0o077 for place in data.iterdir()} == {0}
