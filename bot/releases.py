"""Releases: when merges were quiet for long enough or a schedule's time has come, and what becomes of one."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.context import Bot
from bot.events import Place
from bot.gather import leaves_of
from bot.github_api import READ, Repository
from bot.order import bounded, new_id, release_job
from bot.policy import last_policy
from bot.published import is_published, make_current, publish_model
from bot.records import Build, Merge, Word
from bot.report_status import BuildState
from bot.store.database import now
from schemas.config import Config
from schemas.cron import has_come
from schemas.errors import UserError
from schemas.job import BuildKind
from schemas.result import Result

log = logging.getLogger(__name__)

BY_QUIET = "the quiet window"
BY_SCHEDULE = "the schedule"
TURN = "ordering"
"""The lease of whoever decides on a build or on the current version, from the look at what is to what will be."""
TURN_SECONDS = 5.0
"""How long one waits for another's decision, which takes milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mergeable:
    """Merged pull requests of a repository that no release holds yet."""

    free: tuple[Merge, ...]
    """Those that the next release takes in."""
    held: tuple[Merge, ...]
    """Those that are on hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A release that is to be started without anybody's command."""

    merges: Mergeable
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What stands on a default branch: what a release is made of."""

    branch: str
    head_sha: str
    leaves: tuple[str, ...]
    url: str


def mergeable(bot: Bot, repository: str) -> Mergeable:
    """Give the merges that a release of a repository might take in, those on hold apart."""
    merges = bot.store.releases.unreleased(repository)
    held = bot.store.holds.of(repository)
    return Mergeable(
        free=tuple(merge for merge in merges if merge.part.number not in held),
        held=tuple(merge for merge in merges if merge.part.number in held),
    )


def due_releases(bot: Bot) -> tuple[Due, ...]:
    """Give the releases that are due: one for each repository with merges, and none where one is being made."""
    due = []
    for repository in sorted({merge.repository for merge in bot.store.releases.unreleased()}):
        merges = mergeable(bot, repository)
        if not merges.free or releasing(bot, repository) is not None:
            continue
        if _is_quiet(merges.free):
            due.append(Due(merges=merges, reason=BY_QUIET))
        elif _is_scheduled(bot, repository, merges.free):
            due.append(Due(merges=merges, reason=BY_SCHEDULE))
    return tuple(due)


def _is_quiet(merges: tuple[Merge, ...]) -> bool:
    """Tell whether the last merge lies a quiet window back.

    A failed release is not tried again by that: only merges that no release has held yet start one.
    """
    fresh = [merge.quiet_until for merge in merges if merge.build_id is None]
    return bool(fresh) and max(fresh) <= now()


def _is_scheduled(bot: Bot, repository: str, merges: tuple[Merge, ...]) -> bool:
    """Tell whether the schedule's time has come since the first of the merges and since a release was last ordered."""
    schedule = last_policy(bot, repository).build.schedule
    if schedule is None:
        return False
    since = max(filter(None, (bot.store.releases.ordered_at(repository), min(merge.merged_at for merge in merges))))
    return has_come(schedule, since=datetime.fromisoformat(since), now=datetime.now(UTC))


def start_release(bot: Bot, due: Due) -> None:
    """Queue a release that is due."""
    last = due.merges.free[-1]
    place = Place(repository=last.repository, installation=last.installation)
    with bot.github.repository(place, permissions=READ) as repository:
        ground = release_ground(repository)
    with deciding(bot), bot.store.database.change():
        order_release(bot, ground, due.merges, config=last_policy(bot, place.repository), asked_by=due.reason)


def releasing(bot: Bot, repository: str) -> str | None:
    """Give the repository's release build that waits or runs."""
    queue = bot.store.builds.queue()
    mine = (build for build in queue if build.job.kind is BuildKind.RELEASE and build.job.repository == repository)
    return next((build.id for build in mine), None)


def release_ground(repository: Repository) -> Ground:
    """Read what stands at the default branch's present head.

    Raises:
        UserError: if it holds no leaf.
    """
    view = repository.view()
    head = repository.branch_head(view.default_branch)
    leaves = leaves_of(repository.tree(head))
    if not leaves:
        raise UserError(f"`{view.default_branch}` holds no leaf at `{head[:7]}`, so there is nothing to release.")
    return Ground(branch=view.default_branch, head_sha=head, leaves=leaves, url=view.clone_url)


@contextmanager
def deciding(bot: Bot) -> Iterator[None]:
    """Be the only one who decides on a build or a version: two people, or one and the clock, may ask at once.

    Raises:
        UserError: if somebody else takes long over it.
    """
    with bot.store.leases.hold(TURN, patience=TURN_SECONDS) as turn:
        if turn is None:
            raise UserError("Another build or version is being decided on; ask again in a minute.")
        yield


def order_release(bot: Bot, ground: Ground, merges: Mergeable, *, config: Config, asked_by: str) -> None:
    """Queue a release of all leaves that are not on hold, by whoever is `deciding`.

    Raises:
        UserError: if somebody was faster, or all that there is is on hold.
    """
    if not merges.free:
        raise UserError("Nothing was merged since the last version that is not on hold; there is nothing to release.")
    repository = merges.free[0].repository
    other = releasing(bot, repository)
    if other is not None:
        raise UserError(f"The release build `{other}` waits or runs already.")
    held = bot.store.releases.leaves_of(repository, bot.store.holds.of(repository))
    leaves = tuple(leaf for leaf in ground.leaves if leaf not in held)
    if not leaves:
        raise UserError(f"All leaves of `{ground.branch}` at `{ground.head_sha[:7]}` are on hold.")
    version = next_version(bot)
    job = release_job(
        merges.free,
        build_id=new_id(f"v{version}", ground.head_sha),
        version=version,
        head_sha=ground.head_sha,
        leaves=leaves,
        taxonomy_url=ground.url,
        config=bounded(config, loopback=bot.settings.loopback),
        options=bot.settings.options,
    )
    build = Build(
        job=job,
        installation=merges.free[0].installation,
        state=BuildState.WAITING,
        asked_by=asked_by,
        created_at=now(),
    )
    bot.store.builds.add(build)
    bot.store.releases.put_in(merges.free, build.id)


def next_version(bot: Bot) -> int:
    """Give the next version's number: one more than any published, or in the making for any repository."""
    published = [model.version for model in bot.store.releases.models()]
    making = [int(build.job.version[1:]) for build in bot.store.builds.queue() if build.job.version]
    return max([0, *published, *making]) + 1


def publish(bot: Bot, build: Build, result: Result) -> bool:
    """Make a release's model the current one, in memory and on the disk; False if somebody else is `deciding`."""
    publish_model(bot.settings.artifacts, build.job, result, at=now())
    with bot.store.leases.hold(TURN) as turn:
        if turn is None:
            return False
        bot.store.releases.publish(
            version=int((build.job.version or "v0")[1:]), repository=build.job.repository, build_id=build.id
        )
        show_current(bot)
    return True


def roll_back(bot: Bot, repository: str, version: str, *, by: str, word: Word) -> None:
    """Make an earlier version the current one, in memory: whoever is `deciding` shows it once that is kept.

    Args:
        bot: The running bot.
        repository: Whose version it is.
        version: Its name.
        by: Who says so.
        word: When they wrote that.

    Raises:
        UserError: if its model is no longer among the artifacts, or another was made current after that was written.
    """
    if not is_published(bot.settings.artifacts, version):
        raise UserError(f"The files of `{version}` are no longer among the artifacts, so it cannot be made current.")
    if not bot.store.releases.make_current(repository, int(version.removeprefix("v")), by=by, word=word):
        raise UserError(
            "The current version was chosen or published after you wrote, and that was heard first, so it stays. "
            "Write it once more if you mean it."
        )


def mend_current(bot: Bot) -> None:
    """Show which version is current, whatever a crash or a full disk left; whoever is `deciding` does so too."""
    with bot.store.leases.hold(TURN, patience=TURN_SECONDS) as turn:
        if turn is not None:
            show_current(bot)


def show_current(bot: Bot) -> None:
    """Let current.json name the version that was made current last, as the database has it, by whoever is `deciding`.

    Without that lease, one who read an earlier version might write it over the later. What is decided stands by then:
    where the file cannot be written, that is logged, and tried again with the next round of reconciliation.
    """
    current = bot.store.releases.current()
    try:
        if current is not None and is_published(bot.settings.artifacts, current.name):
            make_current(bot.settings.artifacts, current.name)
    except (OSError, UserError) as error:
        log.error("models/current.json does not name %s, and is tried again: %s", current and current.name, error)  # noqa: TRY400 - the cause says all
