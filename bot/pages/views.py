"""What the pages show, as values: pull requests with their builds, one build's stages, and models."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from bot.context import Bot
from bot.dispatch import failure_log, read_events
from bot.records import Build, Model, Pull
from bot.report_status import BuildState
from schemas.errors import UserError
from schemas.job import BuildKind
from schemas.progress import STAGES, Progress
from schemas.result import Comparison, Control, Generated, LeafCount, Precheck, Result, Role, SideBySide, Status

SHOWN_EVENTS = 200
_WHO = dict.fromkeys(BuildKind, "base student") | {BuildKind.PRECHECK: "model asked"}
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRow:
    """A build in a list."""

    build: Build
    position: int
    title: str
    percent: int | None
    trouble: str | None
    """What keeps it from going on now, in a sentence or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewView:
    """The front page."""

    pulls: tuple[Pull, ...]
    builds: tuple[BuildRow, ...]
    current: Model | None
    others: tuple[Model, ...]
    """All other versions, the newest first."""
    problems: tuple[str, ...]
    merged: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageView:
    """One stage of a build: how far it came."""

    name: str
    state: str
    """`done`, `now`, `ahead` or `broken`."""
    last: Progress | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildView:
    """The page of one build."""

    row: BuildRow
    stages: tuple[StageView, ...]
    events: tuple[Progress, ...]
    """Newest first; of those that follow each other with the same words, the last."""
    hidden_events: int
    targets: tuple[Comparison, ...]
    retention: tuple[Comparison, ...]
    controls: tuple[Control, ...]
    samples: tuple[SideBySide, ...]
    precheck: Precheck | None
    generated: Generated | None
    counts: tuple[LeafCount, ...]
    yardsticks: tuple[tuple[str, str], ...]
    """What each yardstick is, once."""
    judge: str
    left_out: tuple[tuple[str, str], ...]
    """Leaves that a release had to do without, each with the reason."""
    seconds: float | None
    """From its start to its end; None before either."""
    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    pulls: tuple[Pull, ...]
    failure_log: str | None
    """Where operators find the traceback, relative to the artifacts; the page shows none of it."""


def overview_view(bot: Bot) -> OverviewView:
    """Gather the front page."""
    pulls = bot.store.pulls.list()
    repositories = sorted({pull.repository for pull in pulls})
    current = bot.store.releases.current()
    queue = _queue(bot)
    problems = [(name, bot.store.pulls.policy(name)[1]) for name in repositories]
    return OverviewView(
        pulls=tuple(sorted(pulls, key=lambda pull: pull.state != "open")),
        builds=tuple(_row(bot, build, queue) for build in bot.store.builds.list()),
        current=current,
        others=tuple(model for model in bot.store.releases.models() if model != current),
        problems=tuple(f"{name}: {problem}" for name, problem in problems if problem),
        merged=len(bot.store.releases.unreleased()),
    )


def build_view(bot: Bot, build_id: str) -> BuildView | None:
    """Gather one build's page; None if there is no such build."""
    build = bot.store.builds.get(build_id)
    if build is None:
        return None
    try:
        events = read_events(bot.settings.artifacts, build_id)
    except UserError:  # a line that is no progress; the build's own failure says more
        events = ()
    result = build.result or Result(job_id=build.id, status=_status(build))
    numbers = [part.number for part in build.job.pull_requests]
    lines = _told_once(events)
    log = failure_log(bot.settings.artifacts, build_id)
    pulls = (bot.store.pulls.get(build.job.repository, number) for number in numbers)
    return BuildView(
        row=_row(bot, build, _queue(bot)),
        stages=_stages(build, events),
        events=lines[-SHOWN_EVENTS:][::-1],
        hidden_events=max(len(lines) - SHOWN_EVENTS, 0),
        targets=tuple(item for item in result.comparisons if item.role is Role.TARGET),
        retention=tuple(item for item in result.comparisons if item.role is Role.RETENTION),
        controls=result.controls,
        samples=result.samples,
        precheck=result.precheck,
        generated=result.generated,
        counts=result.provenance.counts if result.provenance else (),
        yardsticks=tuple({item.name: item.explanation for item in result.controls}.items()),
        judge=(result.provenance and result.provenance.judge) or "",
        left_out=_left_out(result),
        seconds=_seconds(build),
        facts=_facts(build, result),
        notes=result.provenance.notes if result.provenance else (),
        pulls=tuple(pull for pull in pulls if pull is not None),
        failure_log=None if log is None else log.relative_to(bot.settings.artifacts).as_posix(),
    )


def _told_once(events: tuple[Progress, ...]) -> tuple[Progress, ...]:
    """Take the last of events that follow each other with the same words, such as those of a long wait."""
    groups = groupby(events, key=lambda event: (event.stage, event.message))
    return tuple(tuple(group)[-1] for _, group in groups)


def _left_out(result: Result) -> tuple[tuple[str, str], ...]:
    left_out = result.provenance.left_out if result.provenance else {}
    return tuple((leaf, reason.removeprefix(f"{leaf}: ")) for leaf, reason in left_out.items())


def _seconds(build: Build) -> float | None:
    if build.started_at is None or build.ended_at is None:
        return None
    return (datetime.fromisoformat(build.ended_at) - datetime.fromisoformat(build.started_at)).total_seconds()


def ago(at: str | None) -> str:
    """Say how long ago a time of the store was."""
    if not at:
        return ""
    seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    if seconds < MINUTE:
        return "just now"
    for size, unit in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return ""


def clock(at: str) -> str:
    """Give a time's hours, minutes and seconds, UTC."""
    return at[11:19]


def _queue(bot: Bot) -> tuple[str, ...]:
    return tuple(build.id for build in bot.store.builds.queue())


def _row(bot: Bot, build: Build, queue: tuple[str, ...]) -> BuildRow:
    progress = build.progress if build.state is BuildState.RUNNING else None
    percent = None if progress is None or not progress.total else min(100 * progress.done // progress.total, 100)
    position = queue.index(build.id) if build.state is BuildState.WAITING and build.id in queue else 0
    silence = bot.silences.of(build.id)
    trouble = None if silence is None else silence.words
    return BuildRow(build=build, position=position, title=_title(bot, build), percent=percent, trouble=trouble)


def _title(bot: Bot, build: Build) -> str:
    """Name a build by what it is of: a version and its pull requests, or the one pull request's title."""
    numbers = [part.number for part in build.job.pull_requests]
    if build.job.kind is BuildKind.RELEASE:
        return f"{build.job.version or 'Release'}, with {', '.join(f'#{number}' for number in numbers)}"
    pull = bot.store.pulls.get(build.job.repository, numbers[0])
    return f"#{numbers[0]} {pull.title if pull else ''}".strip()


def _status(build: Build) -> Status:
    return Status.FAILED if build.state is BuildState.FAILED else Status.STOPPED


def _stages(build: Build, events: tuple[Progress, ...]) -> tuple[StageView, ...]:
    last = {name: tuple(group)[-1] for name, group in groupby(events, key=lambda event: event.stage)}
    seconds = build.result.provenance.seconds if build.result and build.result.provenance else {}
    stages = STAGES[build.job.kind]
    names = (*stages, *(name for name in last if name not in stages))
    now = events[-1].stage if events else None
    views = []
    for name in names:
        if build.state is BuildState.SUCCEEDED or (name in last and name != now):
            state = "done"
        elif name == now:
            state = "now" if build.state is BuildState.RUNNING else "broken"
        else:
            state = "ahead"
        views.append(StageView(name=name, state=state, last=last.get(name), seconds=seconds.get(name)))
    return tuple(views)


def _facts(build: Build, result: Result) -> tuple[tuple[str, str], ...]:
    job, provenance = build.job, result.provenance
    facts = [
        ("asked by", build.asked_by),
        ("commit", job.head_sha),
        ("leaves", ", ".join(job.leaves)),
        ("profile", job.profile),
        ("seed", str(job.seed)),
    ]
    if provenance is not None:
        given = (
            (_WHO[job.kind], _digested(provenance.base, provenance.base_digest)),
            ("teacher", provenance.teacher),
            ("judge", provenance.judge),
            ("data", provenance.data_digest and provenance.data_digest[:12]),
            ("model", _digested(provenance.model, provenance.model_digest)),
            ("versions", ", ".join(f"{name} {version}" for name, version in sorted(provenance.versions.items()))),
        )
        facts += [(name, value) for name, value in given if value]
    return tuple(facts)


def _digested(name: str | None, digest: str | None) -> str | None:
    return f"{name} ({(digest or '')[:12]})" if name else None
