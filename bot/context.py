"""What every part of the running bot is given: settings, memory, GitHub, a judge, and its own address."""

from dataclasses import dataclass, field
from pathlib import Path

from bot.documents import Documents
from bot.events import BUILD, Place, lane_of, only_looks, own_delivery, parse
from bot.github_api import GitHub
from bot.judge import Judge
from bot.records import Build
from bot.report_status import BuildState, BuildStatus
from bot.settings import Settings
from bot.silence import Silences
from bot.store import Store
from bot.store.database import now, seconds_between
from bot.webhook import Delivery
from schemas.result import Change, Result, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """The one run of a workflow that a bot lives for, without a server: GitHub keeps its memory."""

    run_url: str
    """The run's page."""
    builds: bool
    """Whether another job of the workflow takes the builds that commands order."""
    build_pages: dict[str, str] = field(default_factory=dict)
    """The page of the run that each build goes on in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """The running bot."""

    settings: Settings
    store: Store
    github: GitHub
    judge: Judge
    address: str
    """Where people reach the pages."""
    documents: Documents | None = None
    """None where nobody looks at what stands behind the documents of knowledge leaves."""
    errand: Errand | None = None
    """None for a server, which has a database and runs builds and releases itself."""
    silences: Silences = field(default_factory=Silences)
    """What builds wait through while the cluster cannot be used."""

    @property
    def taxonomies(self) -> Path:
        """Where the Git objects of taxonomies are kept; a run of a workflow leaves nothing in its workspace."""
        return (self.settings.data if self.errand is None else self.settings.cache) / "taxonomies"

    def build_url(self, build_id: str) -> str:
        """Give the page of a build."""
        if self.errand is not None:
            return self.errand.build_pages.get(build_id, self.errand.run_url)
        return f"{self.address}/builds/{build_id}"


def receive(bot: Bot, delivery: Delivery) -> bool:
    """Keep a delivery before it is answered; False if it is of no concern, or was kept before."""
    event = parse(delivery)
    lane = None if event is None else lane_of(event)
    return bot.store.inbox.add(delivery, lane=lane, looks=only_looks(event)) and event is not None


def announce(bot: Bot, build: Build, state: BuildState) -> None:
    """Let a build's new state, and so its result, re-enter where a webhook does, once for each of its pull requests."""
    place = Place(repository=build.job.repository, installation=build.installation)
    for part in build.job.pull_requests:
        guid = f"{build.id}-{state}-{part.number}"
        receive(bot, own_delivery(guid, BUILD, place, number=part.number, build=build.id))


def stop_build(bot: Bot, build_id: str, reason: str) -> None:
    """Ask that a build be stopped.

    Without a server nobody watches over builds that wait, or that were to be stopped before: those end here and now.
    """
    build = bot.store.builds.get(build_id)
    bot.store.builds.ask_stop(build_id, reason)
    if bot.errand is not None and build is not None and (build.state is BuildState.WAITING or build.stop_reason):
        bot.store.builds.end(build_id, BuildState.STOPPED, reason=build.stop_reason or reason, result=None)


def build_statuses(bot: Bot, builds: tuple[Build, ...]) -> tuple[BuildStatus, ...]:
    """Say of builds what a report says: state, place in the queue, progress."""
    queued = bot.store.builds.queue()
    queue, left = [build.id for build in queued], _seconds_left(bot, queued)
    return tuple(
        BuildStatus(
            id=build.id,
            kind=build.job.kind,
            state=build.state,
            head_sha=build.job.head_sha,
            page_url=bot.build_url(build.id),
            position=queue.index(build.id) if build.state is BuildState.WAITING and build.id in queue else 0,
            progress=build.progress if build.state is BuildState.RUNNING else None,
            trouble=silence.words if (silence := bot.silences.of(build.id)) is not None else None,
            reason=build.reason or (build.stop_reason if build.state is BuildState.STOPPED else None),
            version=build.job.version,
            failed_stage=build.result.failure.stage if build.result is not None and build.result.failure else None,
            improved=build.result is not None and _improved(build.result),
            asked_by=build.asked_by,
            seconds_left=left.get(build.id),
        )
        for build in builds
    )


def _seconds_left(bot: Bot, queue: tuple[Build, ...]) -> dict[str, float]:
    """Estimate how long the builds of the queue take until they end, as far as builds of their kind are known."""
    usual, left, at = bot.store.builds.usual_seconds() if queue else {}, {}, now()
    until = 0.0
    for build in queue:  # one after the other, as the cluster takes them
        if build.job.kind not in usual:
            break
        ran = seconds_between(build.started_at, at) if build.started_at is not None else 0.0
        stage = build.progress.seconds_left if build.progress is not None else None
        until += max(usual[build.job.kind] - ran, stage or 0.0)
        left[build.id] = until
    return left


def _improved(result: Result) -> bool:
    return any(item.role is Role.TARGET and item.change is Change.IMPROVED for item in result.comparisons)
