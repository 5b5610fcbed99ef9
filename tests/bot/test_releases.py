"""When a release starts, of what, and that two who ask at once get one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.releases import deciding, due_releases, mergeable, order_release, release_ground, start_release
from bot.report_status import BuildState, Hold
from bot.store import Store
from bot.store.database import now, stamp
from schemas.config import Config
from schemas.errors import UserError
from tests.bot.test_supervisor import HEAD, HOME, merge, running
from tests.fakes.scripted_github import PLACE, Script, github


def release_answers() -> Script:
    home = {"full_name": PLACE.repository, "default_branch": "main", "clone_url": "http://127.0.0.1/x.git"}
    ref = {"ref": "refs/heads/main", "object": {"type": "commit", "sha": HEAD}}
    leaf = {"path": "knowledge/quay/qna.yaml", "mode": "100644", "type": "blob", "sha": "c" * 40, "size": 5}
    tree = {"sha": HEAD, "tree": [leaf], "truncated": False}
    return Script(
        answers={
            ("GET", HOME): [(200, {}, home)] * 4,
            ("GET", f"{HOME}/git/refs/heads/main"): [(200, {}, ref)] * 4,
            ("GET", f"{HOME}/git/ref/heads/main"): [(200, {}, ref)] * 4,
            ("GET", f"{HOME}/git/trees/{HEAD}?recursive=1"): [(200, {}, tree)] * 4,
        }
    )


def test_of_two_who_ask_for_a_release_at_the_same_time_one_is_told_of_the_other_s(store: Store, tmp_path: Path) -> None:
    store.releases.merged(merge())
    with github(release_answers()) as app, app.repository(PLACE) as repository:
        made = running(store, tmp_path, app)
        # Both see the same merges and the same branch, before either has queued anything.
        asked, ground = mergeable(made, PLACE.repository), release_ground(repository)
        with deciding(made), store.database.change():
            order_release(made, ground, asked, config=Config(), asked_by="alder")
        with (
            pytest.raises(UserError, match="waits or runs already"),
            deciding(made),
            store.database.change(),
        ):
            order_release(made, ground, asked, config=Config(), asked_by="the quiet window")
    assert [item.job.version for item in store.builds.queue()] == ["v1"]


def test_a_release_is_due_when_the_last_merge_has_been_quiet_for_long_enough(store: Store, tmp_path: Path) -> None:
    with github(Script()) as app:
        made = running(store, tmp_path, app)
        store.releases.merged(merge("orchard/calm"))
        store.releases.merged(merge("orchard/busy", quiet_until="2999-01-01T00:00:00.000Z"))
        assert [[item.repository for item in due.merges.free] for due in due_releases(made)] == [["orchard/calm"]]


HOUR = timedelta(hours=1)


def test_a_schedule_releases_what_waits_once_however_long_nobody_was_there(store: Store, tmp_path: Path) -> None:
    late, early = stamp(datetime.now(UTC) - 50 * HOUR), stamp(datetime.now(UTC) - 80 * HOUR)
    busy = {"quiet_until": "2999-01-01T00:00:00.000Z"}
    store.pulls.save_policy(PLACE.repository, good="build: {schedule: '0 * * * *'}", problem=None)
    with github(release_answers()) as app:
        made = running(store, tmp_path, app)
        store.releases.merged(replace(merge(**busy), merged_at=late))
        store.releases.merged(replace(merge("orchard/other", **busy), merged_at=early))  # without a schedule
        (due,) = due_releases(made)
        assert (due.reason, due.merges.free[0].repository) == ("the schedule", PLACE.repository)
        start_release(made, due)
        assert due_releases(made) == ()
        (queued,) = store.builds.queue()
        store.builds.end(queued.id, BuildState.FAILED, reason="no", result=None)
        assert due_releases(made) == ()  # until the next hour: a schedule tries again, and the quiet window does not
        with store.database.change() as connection:
            connection.execute("UPDATE builds SET created_at = ? WHERE id = ?", (late, queued.id))
        assert [due.reason for due in due_releases(made)] == ["the schedule"]


def test_what_is_on_hold_is_in_no_release(store: Store, tmp_path: Path) -> None:
    hold = Hold(login="tamsin", reason="", at=now())
    store.releases.merged(merge())
    number = store.releases.unreleased()[0].part.number
    with github(release_answers()) as app, app.repository(PLACE) as repository:
        made = running(store, tmp_path, app)
        store.holds.put(PLACE.repository, number, hold)
        assert due_releases(made) == ()
        ground = release_ground(repository)
        store.releases.merged(
            replace(merge(), part=replace(merge().part, number=number + 1, leaves=("knowledge/tide",)))
        )
        more = replace(ground, leaves=("knowledge/quay", "knowledge/tide"))
        with deciding(made), store.database.change():
            order_release(made, more, mergeable(made, PLACE.repository), config=Config(), asked_by="alder")
        (queued,) = store.builds.queue()
        assert queued.job.leaves == ("knowledge/tide",)
        assert [part.number for part in queued.job.pull_requests] == [number + 1]
