"""One delivery from end to end: read this to learn the system.

    delivery → event → facts → checks → verdict → report → plan → effects → GitHub

A comment's commands change votes and builds between verdict and report. An ended build comes back as a delivery.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.apply import apply
from bot.carry import inscribe
from bot.comment import Invocation, new_commands
from bot.context import Bot, receive, stop_build
from bot.effects import SUGGESTION
from bot.events import (
    MISSED,
    RECHECK,
    BuildChanged,
    ButtonPressed,
    CommentWritten,
    Place,
    PullChanged,
    PullClosed,
    PullEvent,
    RecheckAsked,
    own_delivery,
    parse,
)
from bot.gather import gather_check_runs, gather_current
from bot.github_api import Repository
from bot.github_values import CheckRunView
from bot.live import LiveReports, Shown
from bot.look import look, recall, remember
from bot.obey import Obeyed, obey
from bot.order import trained_leaves
from bot.orders import from_comment
from bot.plan import plan, plan_check_runs, plan_comments, with_marker
from bot.policy import show_policy
from bot.present import RERUN, given_up, present
from bot.press import press
from bot.records import HandLabel, Merge
from bot.report_status import PROBLEM_MARKER, REPORT_MARKER
from bot.settle import clear_away, is_recent, settle, settle_check_runs, settle_comments
from bot.store import Item
from bot.store.database import now, stamp
from bot.store.pulls import ALL
from bot.verdict import Situation, decide, decide_labels, stale_candidates
from schemas.errors import UserError
from schemas.job import PullRequestPart

log = logging.getLogger(__name__)


def handle(bot: Bot, live: LiveReports, item: Item) -> bool:
    """Handle one delivery; False if it turned out to be of no concern."""
    event = parse(item.delivery)
    match event:
        case None:
            return False
        case RecheckAsked():
            if event.policy_sha is not None:
                with bot.github.repository(event.place) as repository:
                    show_policy(bot, repository, event.policy_sha)
            _spread(bot, event, guid=item.delivery.guid)
            return True
        case CommentWritten():
            return _hear(bot, live, event, item.received_at)
        case PullChanged(place=place, number=number):
            _take_back(bot, event, item.received_at)
            if event.label is not None and event.head_sha is not None:
                by_hand = HandLabel(name=event.label, present=event.action == "labeled")
                bot.store.heads.note_label(place.repository, number, head_sha=event.head_sha, label=by_hand)
            _attend(bot, live, event, item.received_at)
        case PullClosed():
            _take_back(bot, event, item.received_at)
            _attend(bot, live, event, item.received_at)
        case ButtonPressed() | BuildChanged():
            _attend(bot, live, event, item.received_at)
    return True


def _take_back(bot: Bot, event: PullChanged | PullClosed, received_at: str) -> None:
    """Take back what was approved before a close or another base, however the pull request stands by now."""
    closed = isinstance(event, PullClosed) and not event.merged
    base_ref = event.base_ref if isinstance(event, PullChanged) else None
    if closed or base_ref is not None:
        at = received_at if event.as_of is None else stamp(event.as_of)
        bot.store.grounds.fall(event.place.repository, event.number, at=at, base_ref=base_ref)


def _spread(bot: Bot, event: RecheckAsked, *, guid: str) -> None:
    """Ask for a look at each open pull request that is meant, each in its own lane."""
    for pull in bot.store.pulls.list(repository=event.place.repository, state="open", limit=ALL):
        if event.head_sha in {None, pull.head_sha}:
            own = own_delivery(f"{guid[:40]}-again-{pull.number}", RECHECK, event.place, number=pull.number)
            receive(bot, own)


def _hear(bot: Bot, live: LiveReports, event: CommentWritten, received_at: str) -> bool:
    """Obey a comment's new commands; other comments cost no request."""
    invocations = commands_in(bot, event)
    if not invocations:
        return False
    _attend(bot, live, event, received_at, invocations=invocations)
    return True


def commands_in(bot: Bot, event: CommentWritten) -> tuple[Invocation, ...]:
    """Give the new commands in a comment; those in a bot's are none."""
    return () if event.author_is_bot else new_commands(event.body, event.previous, app=bot.github.identity().slug)


def _attend(
    bot: Bot,
    live: LiveReports,
    event: PullEvent,
    received_at: str,
    *,
    invocations: tuple[Invocation, ...] = (),
) -> None:
    """Look at a pull request as it stands now, obey what was asked, and bring what GitHub shows up to date."""
    with bot.github.repository(event.place) as repository:
        try:
            as_of = None if isinstance(event, ButtonPressed | BuildChanged) else event.as_of
            fresh = is_recent(bot, received_at)
            situation = look(bot, repository, event.place, event.number, as_of=as_of, fresh=fresh)
            situation = _stop_stale_builds(bot, situation)
            if _was_merged(bot, repository, event, situation):
                _note_merge(bot, event.place, situation)
            _see_head(bot, event, situation, received_at)
            obeyed = Obeyed(situation=situation, replies={})
            if isinstance(event, CommentWritten):
                obeyed = obey(bot, repository, event.place, situation, from_comment(event, invocations))
            if isinstance(event, ButtonPressed):
                obeyed = press(bot, repository, situation, event, received_at=received_at)
            again = (isinstance(event, PullChanged) and event.action == "rerequested") or (
                isinstance(event, ButtonPressed) and event.button == RERUN.identifier
            )
            _show(bot, live, repository, event.place, obeyed.situation, replies=obeyed.replies, again=again)
            # Last: who sees that a command was taken finds all of it done, however the bot ends meanwhile.
            if obeyed.reaction is not None:
                apply(bot, repository, event.number, (obeyed.reaction,))
        except UserError as problem:
            log.warning("%s#%d: %s", event.place.repository, event.number, problem)
            _tell_problem(bot, repository, event.number, str(problem))


def _see_head(bot: Bot, event: PullEvent, situation: Situation, received_at: str) -> None:
    """Note since when we know the present head: an approval written before that is not meant for it.

    That is since a delivery said so, or since now, where none did. What a delivery says of another head is old news.
    """
    head = situation.facts.head_sha
    told = isinstance(event, PullChanged | PullClosed) and event.head_sha == head
    bot.store.pulls.see_head(
        event.place.repository, event.number, event.place.installation, head_sha=head, at=received_at if told else now()
    )


def _show(
    bot: Bot,
    live: LiveReports,
    repository: Repository,
    place: Place,
    situation: Situation,
    *,
    replies: dict[str, str],
    again: bool,
) -> None:
    """Plan from what GitHub shows to what it should show, apply that, and remember it."""
    status = decide(situation)
    labels = decide_labels(situation, status.state)
    builds = bot.store.builds.of_pull(place.repository, situation.pull.number)
    desired = present(situation, status, labels=labels, builds=builds, replies=replies)
    if bot.errand is not None:
        desired = inscribe(bot, place, situation, labels, desired)
    number = situation.pull.number
    runs, own = settle_check_runs(
        bot, repository, number, gather_check_runs(repository, {body.head_sha for body in desired.check_runs})
    )
    if again:  # somebody pressed 'Re-run': GitHub leaves the run as it was, so that it has to be completed anew
        runs = _as_queued(runs, situation.facts.head_sha)
    # The check run comes first: it is what a contributor waits for.
    lost = given_up(situation, status, runs[situation.facts.head_sha])
    effects = apply(bot, repository, number, plan_check_runs(runs, (*desired.check_runs, *lost), own))
    suggested = any(key.startswith(SUGGESTION) for key in own)
    shown = gather_current(repository, situation.pull, wanted=labels.wanted, on_lines=suggested)
    current = settle(bot, repository, number, shown, sha=situation.facts.head_sha)
    effects += apply(bot, repository, number, plan(current, replace(desired, check_runs=())))
    clear_away(bot, repository, number)
    for build in status.builds:
        bot.store.builds.post(build.id, build.state)
    remember(bot, place, situation, labels)
    if any(not build.state.ended for build in status.builds):
        body = with_marker(REPORT_MARKER, desired.comments[REPORT_MARKER])
        live.remember(place, Shown(situation=situation, body=body, comment_id=None))
    else:
        live.forget(place, situation.pull.number)
    log.info(
        "%s#%d at %s: %s, %d effects",
        place.repository, situation.pull.number, situation.facts.head_sha[:7], status.state, effects,
    )  # fmt: skip


def _as_queued(runs: Mapping[str, tuple[CheckRunView, ...]], sha: str) -> dict[str, tuple[CheckRunView, ...]]:
    return {**runs, sha: tuple(replace(run, status="queued") for run in runs.get(sha, ()))}


def _stop_stale_builds(bot: Bot, situation: Situation) -> Situation:
    """Stop builds of another head, or of a pull request that was closed unmerged."""
    closed = situation.pull.state == "closed"
    for build in stale_candidates(situation.builds, "" if closed else situation.facts.head_sha):
        reason = (
            "The pull request was closed."
            if closed
            else f"The head moved to {situation.facts.head_sha[:7]}; what comes of an older one would mislead."
        )
        stop_build(bot, build.id, reason)
    return recall(bot, situation)


def _was_merged(bot: Bot, repository: Repository, event: PullEvent, situation: Situation) -> bool:
    """Tell whether this is the first that we hear of a merge into the default branch, by a delivery or by looking."""
    if isinstance(event, PullClosed):
        return event.merged and event.into_default_branch
    if situation.pull.state != "merged" or bot.errand is not None:
        return False
    known = bot.store.pulls.get(event.place.repository, event.number)
    missed = isinstance(event, PullChanged) and event.action == MISSED
    is_news = known.state == "open" if known is not None else missed
    return is_news and situation.pull.base_ref == repository.view().default_branch


def _note_merge(bot: Bot, place: Place, situation: Situation) -> None:
    """Note that a release has to take this pull request in, after the policy's quiet window."""
    merged_at = situation.pull.merged_at or datetime.now(UTC)
    quiet = timedelta(minutes=situation.facts.config.build.quiet_minutes)
    part = PullRequestPart(
        number=situation.pull.number, head_sha=situation.facts.head_sha, leaves=trained_leaves(situation.facts)
    )
    if not part.leaves:
        return
    bot.store.releases.merged(
        Merge(
            repository=place.repository,
            installation=place.installation,
            part=part,
            merged_at=stamp(merged_at),
            quiet_until=stamp(merged_at + quiet),
        )
    )


def _tell_problem(bot: Bot, repository: Repository, number: int, problem: str) -> None:
    """Say on the pull request what kept us from looking at it, in one comment."""
    standing = settle_comments(bot, repository, number, repository.comments(number))
    own = bot.store.outbox.of_pull(repository.full_name, number)
    apply(bot, repository, number, plan_comments(standing, {PROBLEM_MARKER: problem}, own))
