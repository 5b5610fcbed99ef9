"""What a command may know of a pull request, put together from memory and from the look that was just taken."""

from datetime import UTC, datetime

from bot.command import Request, Role
from bot.context import Bot
from bot.order import trained_leaves
from bot.orders import Order
from bot.quota import Amount, Budget, Share, day_start
from bot.records import Word
from bot.releases import mergeable, releasing
from bot.store.database import stamp
from bot.verdict import Situation, decide, failing


def said(order: Order) -> Word:
    """Say when an order was written, to be held against others."""
    return Word(at=stamp(order.written_at), comment=order.comment)


def known_for(bot: Bot, situation: Situation, order: Order, arguments: tuple[str, ...], role: Role) -> Request:
    """Put together what a command may know."""
    pull, repository, word = situation.pull, situation.facts.repository, said(order)
    known = bot.store.pulls.get(repository, pull.number)
    ground = bot.store.grounds.get(repository, pull.number)
    merges = mergeable(bot, repository)
    current = bot.store.releases.current(repository)
    return Request(
        arguments=arguments,
        login=order.login,
        role=role,
        author=pull.author,
        pull_state=pull.state,
        head_sha=pull.head_sha,
        # The comment's time has whole seconds; a head that we heard of within that second counts as known.
        head_known=known is not None and known.head_sha == pull.head_sha and known.head_seen_at[:19] <= word.at[:19],
        fallen=ground is not None and ground.fell_at[:19] >= word.at[:19],
        late_on_hold=bot.store.holds.is_late(repository, pull.number, word),
        called_off=bot.store.cancels.is_late(repository, pull.number, word, login=order.login),
        newer=frozenset(
            build.id for build in bot.store.builds.of_pull(repository, pull.number) if word.is_before(build.asked)
        ),
        failing=failing(situation.results),
        leaves=trained_leaves(situation.facts),
        status=decide(situation),
        config=situation.facts.config,
        hold=situation.hold,
        budget=None if bot.errand is not None else budget_of(bot, situation),
        unreleased=tuple(merge.part.number for merge in merges.free),
        withheld=tuple(merge.part.number for merge in merges.held),
        releasing=releasing(bot, repository),
        version=current.name if current else None,
        versions=tuple(model.name for model in bot.store.releases.models() if model.repository == repository),
    )


def budget_of(bot: Bot, situation: Situation) -> Budget:
    """Find out where today's quotas stand for a pull request's author and for its repository."""
    repository, author, now = situation.facts.repository, situation.pull.author, datetime.now(UTC)
    since = stamp(day_start(now))
    policy, allowed = situation.facts.config.quotas, bot.store.quotas.allowed(repository, since=since)
    beyond = allowed.get(author.lower(), Amount(builds=0, gpu_minutes=0))
    return Budget(
        author=author,
        of_author=Share(
            limit=Amount(
                builds=policy.author_builds + beyond.builds,
                gpu_minutes=policy.author_gpu_minutes + beyond.gpu_minutes,
            ),
            used=bot.store.quotas.used(repository, since=since, author=author),
        ),
        of_repository=Share(
            limit=Amount(
                builds=policy.repository_builds + sum(each.builds for each in allowed.values()),
                gpu_minutes=policy.repository_gpu_minutes + sum(each.gpu_minutes for each in allowed.values()),
            ),
            used=bot.store.quotas.used(repository, since=since),
        ),
        now=now,
    )
