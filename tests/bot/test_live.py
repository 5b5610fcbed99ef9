"""Reports that live while a build runs: edited by whoever knows what they show, and by nobody else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.context import Bot
from bot.events import PullChanged, parse, pull_lane
from bot.live import LiveReports, Shown
from bot.store import Store
from bot.store.database import now
from schemas.progress import Progress
from tests.bot.test_supervisor import HOME, build, running
from tests.bot.test_verdict import CALM
from tests.fakes.scripted_github import PLACE, Script, github

COMMENT = f"{HOME}/issues/comments/5"
EDITED = {"id": 5, "body": "b", "user": {"login": "espalier[bot]"}, "updated_at": "2026-11-01T00:00:00Z"}


@contextmanager
def trained(store: Store, folder: Path) -> Iterator[tuple[Bot, Script]]:
    """Give a bot whose one build has just told how far it is."""
    store.builds.add(build())
    store.builds.start("pr7-a")
    progress = Progress(at=now(), stage="train", done=1, total=2, unit="steps", rate=None, message="train goes on")
    store.builds.progress("pr7-a", progress)
    script = Script(answers={("PATCH", COMMENT): [(200, {}, EDITED)] * 2})
    with github(script) as app:
        yield running(store, folder, app), script


def handle(store: Store, live: LiveReports) -> None:
    """Bring the report up to date, as a handling of the pull request does."""
    with store.leases.hold(pull_lane(PLACE, 7)):
        live.remember(PLACE, Shown(situation=CALM, body="before", comment_id=5))


def test_a_report_of_which_it_is_known_what_it_shows_is_edited_when_that_changes(store: Store, tmp_path: Path) -> None:
    live = LiveReports()
    handle(store, live)
    with trained(store, tmp_path) as (bot, script):
        live.refresh(bot, build())
    ((_, _, body),) = [asked for asked in script.asked if asked[:2] == ("PATCH", COMMENT)]
    assert "train goes on" in str(body)
    assert store.inbox.take() is None


def test_a_report_that_another_replica_may_have_changed_is_looked_at_again_and_not_edited(
    store: Store, tmp_path: Path
) -> None:
    live = LiveReports()
    handle(store, live)
    handle(store, LiveReports())  # somebody else's
    with trained(store, tmp_path) as (bot, script):
        live.refresh(bot, build())
        live.refresh(bot, build())  # not asked for twice in a row
    assert script.count("PATCH", COMMENT) == 0
    item = store.inbox.take()
    assert item is not None
    assert isinstance(parse(item.delivery), PullChanged)
    assert store.inbox.take() is None
    assert store.inbox.counts() == {"running": 1}
