"""Releases: when merges have been quiet for long enough, and what becomes of one that succeeds."""

from bot.context import Bot
from bot.events import Place
from bot.gather import leaves_of
from bot.github_api import READ, Repository
from bot.order import bounded, new_id, release_job
from bot.policy import last_policy
from bot.published import publish_model
from bot.records import Build, Merge
from bot.report_status import BuildState
from bot.store.database import now
from schemas.config import Config
from schemas.errors import UserError
from schemas.job import BuildKind
from schemas.result import Result

BY_QUIET = "the quiet window"
TURN = "releases"
"""The lease of whoever decides on a release, from the look at those in the making to the end of its queueing."""
TURN_SECONDS = 5.0
"""How long one waits for another's decision, which takes milliseconds."""


def due_releases(bot: Bot) -> tuple[tuple[Merge, ...], ...]:
    """Give the merges of each repository whose last one lies a quiet window back, and that no release is making."""
    due = []
    merges = bot.store.releases.unreleased()
    for repository in sorted({merge.repository for merge in merges}):
        mine = tuple(merge for merge in merges if merge.repository == repository)
        # A failed release is not tried again by itself: only merges that no release has held yet start one.
        fresh = [merge.quiet_until for merge in mine if merge.build_id is None]
        if not fresh or max(fresh) > now() or releasing(bot, repository) is not None:
            continue
        due.append(mine)
    return tuple(due)


def start_release(bot: Bot, merges: tuple[Merge, ...]) -> None:
    """Queue a release of one repository's merges."""
    place = Place(repository=merges[-1].repository, installation=merges[-1].installation)
    with bot.github.repository(place, permissions=READ) as repository:
        order_release(bot, repository, merges, config=last_policy(bot, place.repository), asked_by=BY_QUIET)


def releasing(bot: Bot, repository: str) -> str | None:
    """Give the repository's release build that waits or runs."""
    queue = bot.store.builds.queue()
    mine = (build for build in queue if build.job.kind is BuildKind.RELEASE and build.job.repository == repository)
    return next((build.id for build in mine), None)


def order_release(
    bot: Bot, repository: Repository, merges: tuple[Merge, ...], *, config: Config, asked_by: str
) -> None:
    """Queue a release of all leaves at the default branch's present head.

    Raises:
        UserError: if the default branch holds no leaf, or somebody was faster.
    """
    view = repository.view()
    head = repository.branch_head(view.default_branch)
    leaves = leaves_of(repository.tree(head))
    if not leaves:
        raise UserError(f"`{view.default_branch}` holds no leaf at `{head[:7]}`, so there is nothing to release.")
    # Two people, or one and the quiet window, may ask at the same time, and of different replicas.
    with bot.store.leases.hold(TURN, patience=TURN_SECONDS) as turn:
        if turn is None:
            raise UserError("Another release is being ordered; ask again in a minute.")
        other = releasing(bot, merges[0].repository)
        if other is not None:
            raise UserError(f"The release build `{other}` waits or runs already.")
        version = next_version(bot)
        job = release_job(
            merges,
            build_id=new_id(f"v{version}", head),
            version=version,
            head_sha=head,
            leaves=leaves,
            taxonomy_url=view.clone_url,
            config=bounded(config, loopback=bot.settings.loopback),
            options=bot.settings.options,
        )
        build = Build(
            job=job,
            installation=merges[0].installation,
            state=BuildState.WAITING,
            asked_by=asked_by,
            created_at=now(),
        )
        bot.store.builds.add(build)
        bot.store.releases.put_in(merges, build.id)


def next_version(bot: Bot) -> int:
    """Give the next version's number: one more than any published, or in the making for any repository."""
    published = [model.version for model in bot.store.releases.models()]
    making = [int(build.job.version[1:]) for build in bot.store.builds.queue() if build.job.version]
    return max([0, *published, *making]) + 1


def publish(bot: Bot, build: Build, result: Result) -> None:
    """Make a release's model the current one, on the disk and in memory."""
    publish_model(bot.settings.artifacts, build.job, result, at=now())
    bot.store.releases.publish(
        version=int((build.job.version or "v0")[1:]), repository=build.job.repository, build_id=build.id
    )
