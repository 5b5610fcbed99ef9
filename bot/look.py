"""A look at one pull request: policy, facts, checks, votes and builds, put together as a situation."""

import logging
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime

from bot.context import Bot, build_statuses, receive
from bot.discretion import discreet
from bot.events import RECHECK, Place, own_delivery
from bot.facts import PullRequestFacts
from bot.gather import gather, open_members
from bot.gather_others import gather_others
from bot.github_api import READ, GitHubError, Repository
from bot.github_values import PullView
from bot.policy import policy
from bot.records import Pull
from bot.settle import LOOK_AGAIN, put_on, settle_labels
from bot.store.database import now, stamp
from bot.verdict import Labels, Situation, previous_state
from bot.waiver import waive

log = logging.getLogger(__name__)

NOT_FOUND = 404


def look(
    bot: Bot, repository: Repository, place: Place, number: int, *, as_of: datetime | None = None, fresh: bool = False
) -> Situation:
    """Gather a pull request's facts at its present head and run the checks over them.

    Args:
        bot: The running bot.
        repository: Where the pull request is.
        place: The same, and through which installation.
        number: Its number.
        as_of: When it had changed last, as what asks for the look says.
        fresh: Whether that came a moment ago, so that GitHub's answers may still be from before it.
    """
    coming = repository.soon(Repository.pull, number)
    config, problem = policy(bot, repository)

    def is_member(login: str) -> bool:
        with open_members(bot.github, place) as members:
            return members.is_member(login)

    pull, facts = gather(
        repository, number, config, is_member=is_member, first=_present(coming, as_of=as_of, fresh=fresh)
    )
    pull = settle_labels(bot, repository, pull)
    facts = _look_around(bot, repository, place, pull, facts)
    known = bot.store.pulls.get(place.repository, number)
    _see_ground(bot, place, pull)
    situation = Situation(
        pull=pull,
        facts=facts,
        results=discreet(facts, bot.judge.run(facts)),
        votes=(),
        own_labels=put_on(bot, repository, pull).union(known.own_labels if known else ()),
        previous=previous_state(pull.labels, config) or (known.triage if known else None),
        builds=(),
        app=bot.github.identity().slug,
        page_url=bot.address,
        policy_problem=problem,
    )
    return recall(bot, situation)


def _present(coming: Future[PullView], *, as_of: datetime | None, fresh: bool) -> PullView:
    """Wait for a pull request, and see that it is no older than the news of it.

    Raises:
        GitHubError: if it is; or if there is none, and the news of it came a moment ago.
    """
    try:
        pull = coming.result()
    except GitHubError as error:
        if fresh and error.status == NOT_FOUND:
            raise GitHubError(str(error), status=error.status, wait=LOOK_AGAIN) from error
        raise
    if fresh and as_of is not None and pull.updated_at is not None and pull.updated_at < as_of:
        raise GitHubError(f"GitHub shows #{pull.number} as it was before this news", status=None, wait=LOOK_AGAIN)
    return pull


def _see_ground(bot: Bot, place: Place, pull: PullView) -> None:
    """Take approvals back for good where a pull request is closed, or to be merged into another branch than before."""
    until = now() if pull.updated_at is None else stamp(pull.updated_at)
    bot.store.grounds.see_base(place.repository, pull.number, base_ref=pull.base_ref, at=until)
    if pull.state == "closed":
        closed_at = until if pull.closed_at is None else stamp(pull.closed_at)
        bot.store.grounds.fall(place.repository, pull.number, at=closed_at)


def _look_around(
    bot: Bot, repository: Repository, place: Place, pull: PullView, facts: PullRequestFacts
) -> PullRequestFacts:
    """Add what stands elsewhere: leaves that this pull request might repeat, and documents that it refers to."""

    def again(document: str) -> None:
        guid = f"document-{pull.number}-{document}-{now()}"
        receive(bot, own_delivery(guid, RECHECK, place, number=pull.number))

    others = gather_others(
        bot.store.leaves,
        repository,
        pull,
        facts,
        token=bot.github.token(place, READ),
        cache=bot.taxonomies,
    )
    documents = None if bot.documents is None else bot.documents.look(facts, later=again)
    return replace(facts, others=others, documents=documents)


def recall(bot: Bot, situation: Situation) -> Situation:
    """Bring votes, builds and what people decided of a situation up to date from memory, without asking GitHub."""
    facts = situation.facts
    builds = bot.store.builds.of_pull(facts.repository, facts.number)
    waived_by = bot.store.heads.sign_off_waived_by(facts.repository, facts.number, head_sha=facts.head_sha)
    results = situation.results
    return replace(
        situation,
        results=results if waived_by is None else waive(results, login=waived_by, head_sha=facts.head_sha),
        votes=bot.store.pulls.votes(facts.repository, facts.number, head_sha=facts.head_sha),
        builds=build_statuses(bot, builds),
        hands=bot.store.heads.labels(facts.repository, facts.number, head_sha=facts.head_sha),
        hold=bot.store.holds.get(facts.repository, facts.number),
    )


def remember(bot: Bot, place: Place, situation: Situation, labels: Labels) -> None:
    """Keep how the pull request stands now, for the pages and for the next look."""
    bot.store.pulls.save(as_row(place, situation, labels))


def as_row(place: Place, situation: Situation, labels: Labels) -> Pull:
    """Say how a pull request stands once these labels do; when its head was first seen is not for us to say."""
    pull = situation.pull
    standing = (set(pull.labels) - labels.unwanted) | labels.wanted
    config = situation.facts.config
    return Pull(
        repository=place.repository,
        number=pull.number,
        installation=place.installation,
        title=pull.title,
        author=pull.author,
        state=pull.state,
        head_sha=pull.head_sha,
        head_seen_at="",
        triage=previous_state(tuple(standing), config),
        labels=tuple(sorted(standing)),
        own_labels=tuple(sorted(labels.own)),
        url=pull.url,
        updated_at=now(),
    )
