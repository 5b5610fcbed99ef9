"""The bot's memory of one pull request, taken from its report comment and put back there, where no database is kept."""

import logging
from dataclasses import replace
from datetime import UTC, datetime

from bot.carried import Carried, read_block, with_block
from bot.command import Role
from bot.comment import Invocation, parse_comment
from bot.conditions import SHA
from bot.context import Bot, Errand
from bot.events import Place
from bot.gather import gather_role
from bot.github_api import Repository
from bot.github_values import CommentView
from bot.look import as_row
from bot.plan import Desired
from bot.policy import policy
from bot.records import Pull, Vote, VoteKind
from bot.report_status import REPORT_MARKER
from bot.settings import WORKFLOW_LOGIN
from bot.store.database import now, stamp
from bot.verdict import Labels, Situation
from schemas.config import Config
from schemas.errors import UserError

LONG_AGO = stamp(datetime.min.replace(tzinfo=UTC))

log = logging.getLogger(__name__)


def recollect(bot: Bot, errand: Errand, repository: Repository, place: Place, number: int) -> Carried | None:
    """Fill the memory with what the pull request's report comment carries; give that, or None if it carries nothing."""
    comments = repository.comments(number)
    reports = (comment for comment in comments if comment.mine and comment.body.lstrip().startswith(REPORT_MARKER))
    oldest = min(reports, key=lambda comment: comment.id, default=None)  # the one that lives on where there are two
    carried = None if oldest is None else read_block(oldest.body, repository=place.repository, number=number)
    if carried is None:
        return None
    pulls = bot.store.pulls
    pulls.see_head(place.repository, number, place.installation, head_sha=carried.head_sha, at=carried.head_seen_at)
    pulls.save(_row(place, carried))
    for each in carried.obeyed:
        pulls.note_obeyed(place.repository, each)
    for label in carried.hands:
        bot.store.heads.note_label(place.repository, number, head_sha=carried.head_sha, label=label)
    if carried.ground is not None:
        bot.store.grounds.restore(place.repository, number, carried.ground)
    if carried.hold is not None:
        bot.store.holds.restore(place.repository, number, carried.hold)
    for cancel in carried.cancels:
        bot.store.cancels.note(place.repository, number, cancel)
    waived_by = carried.sign_off_waived_by
    if waived_by is not None and _may_waive(bot, repository, place, waived_by, carried, comments):
        bot.store.heads.waive_sign_off(place.repository, number, head_sha=carried.head_sha, login=waived_by)
    for vote in _proven(bot, repository, place, carried, comments):
        # Older than any word of this run; among themselves they keep their order.
        pulls.vote(place.repository, number, head_sha=carried.head_sha, vote=vote, written_at=LONG_AGO)
    for build in reversed(carried.builds):
        bot.store.builds.restore(replace(build, installation=place.installation))
    errand.build_pages.update(carried.build_pages)
    return carried


def inscribe(bot: Bot, place: Place, situation: Situation, labels: Labels, desired: Desired) -> Desired:
    """Let the report carry what the next run has to know."""
    row = as_row(place, situation, labels)
    known = bot.store.pulls.get(row.repository, row.number)
    seen = known.head_seen_at if known is not None and known.head_sha == row.head_sha else now()
    builds = bot.store.builds.of_pull(row.repository, row.number)
    carried = Carried(
        repository=row.repository,
        number=row.number,
        head_sha=row.head_sha,
        head_seen_at=seen,
        triage=row.triage,
        labels=row.labels,
        own_labels=row.own_labels,
        votes=situation.votes,
        hands=situation.hands,
        ground=bot.store.grounds.get(row.repository, row.number),
        hold=bot.store.holds.word(row.repository, row.number),
        cancels=bot.store.cancels.of(row.repository, row.number),
        sign_off_waived_by=bot.store.heads.sign_off_waived_by(row.repository, row.number, head_sha=row.head_sha),
        obeyed=bot.store.pulls.obeyed(row.repository),
        # What is posted below is posted by the time that anybody reads this.
        builds=tuple(replace(build, posted=build.state) for build in builds),
        build_pages={build.id: bot.build_url(build.id) for build in builds},
    )
    report = with_block(desired.comments[REPORT_MARKER], carried)
    return replace(desired, comments={**desired.comments, REPORT_MARKER: report})


def _row(place: Place, carried: Carried) -> Pull:
    return Pull(
        repository=place.repository,
        number=carried.number,
        installation=place.installation,
        title="",
        author="",
        state="open",
        head_sha=carried.head_sha,
        head_seen_at=carried.head_seen_at,
        triage=carried.triage,
        labels=carried.labels,
        own_labels=carried.own_labels,
        url="",
        updated_at=now(),
    )


def _proven(
    bot: Bot, repository: Repository, place: Place, carried: Carried, comments: tuple[CommentView, ...]
) -> tuple[Vote, ...]:
    """Give the votes whose comments still stand and mean this head, written by people who may still vote.

    Other workflows write under the same name as we do: what a comment of theirs might say is not taken at its word.
    """
    if not carried.votes:
        return ()
    config, _ = policy(bot, repository)
    by_id = {comment.id: comment for comment in comments}
    proven = []
    for vote in carried.votes:
        comment = by_id.get(vote.comment)
        given = comment is not None and _gives(bot, comment, vote.login, vote.kind, carried)
        if given and _holds(bot, repository, place, vote.login, config, Role.TRIAGER):
            proven.append(vote)
        else:
            log.warning(
                "the vote of %s is not taken over: its comment is gone or of another head, or its author may not",
                vote.login,
            )
    return tuple(proven)


def _may_waive(
    bot: Bot, repository: Repository, place: Place, login: str, carried: Carried, comments: tuple[CommentView, ...]
) -> bool:
    """Tell whether a person may set DCO to pass, and did: by a comment, or by a button, which an App of our own has."""
    config, _ = policy(bot, repository)
    if not _holds(bot, repository, place, login, config, Role.APPROVER):
        return False
    own_name = bot.github.identity().login != WORKFLOW_LOGIN
    return own_name or any(_gives(bot, comment, login, "dco-pass", carried) for comment in comments)


def _gives(bot: Bot, comment: CommentView, login: str, name: str, carried: Carried) -> bool:
    if comment.author != login or comment.by_bot:
        return False
    commands = parse_comment(comment.body, app=bot.github.identity().slug)
    return any(command.name == name and _means(command, comment, carried) for command in commands)


def _means(command: Invocation, comment: CommentView, carried: Carried) -> bool:
    """Tell whether a command means the head that is remembered, as it had to when it was carried out."""
    if command.arguments:
        named = command.arguments[0].lower()
        if SHA.fullmatch(named):
            return carried.head_sha.startswith(named)
        if command.name != VoteKind.REJECT:  # whose words are a reason
            return False
    # The comment's time has whole seconds.
    return comment.written_at is not None and carried.head_seen_at[:19] <= stamp(comment.written_at)[:19]


def _holds(bot: Bot, repository: Repository, place: Place, login: str, config: Config, role: Role) -> bool:
    try:
        return gather_role(bot.github, place, repository, login, config) >= role
    except UserError as problem:
        log.warning("%s", problem)
        return False
