"""What a command asked for, brought about: all of it is remembered at once, or nothing."""

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.command import Role
from bot.comment import Invocation
from bot.context import Bot, stop_build
from bot.events import Place
from bot.github_api import Repository
from bot.known import budget_of, said
from bot.labels import triage_names
from bot.neutralise import code
from bot.order import new_id, pull_job
from bot.orders import Order, known_as
from bot.published import released_model
from bot.quota import day_start, shortage
from bot.records import Build, Cancel, Obeyed, Vote
from bot.releases import Ground, deciding, mergeable, order_release, release_ground, roll_back, show_current
from bot.report_status import BuildState, Hold
from bot.steps import (
    Allow,
    CallOff,
    CastVote,
    Decided,
    EndHold,
    PutOnHold,
    Reply,
    RollBack,
    StartBuild,
    StartRelease,
    Step,
    StopBuild,
    WaiveSignOff,
)
from bot.store.database import now, stamp
from bot.verdict import Situation
from schemas.errors import UserError
from schemas.job import BuildKind, ReleasedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What all steps of a command have in common."""

    bot: Bot
    place: Place
    situation: Situation
    order: Order
    url: str
    """Where the taxonomy is cloned from; empty where no step needs to know."""
    ground: Ground | None
    """What a release would be made of; None where no step asks for one."""


def take(
    bot: Bot,
    repository: Repository,
    place: Place,
    situation: Situation,
    order: Order,
    invocation: Invocation,
    steps: tuple[Step, ...],
    *,
    answer: str,
) -> None:
    """Bring about what a command asked for, and note that it was obeyed, with the answer to it.

    What has to be asked of GitHub is asked first: a transaction waits for nobody.
    A UserError says that what was asked for is not to be had any more, or that nobody has the login that is named.
    """
    asks = {type(step) for step in steps}
    for step in steps:
        if isinstance(step, Allow):
            _require_account(repository, step.login, author=situation.pull.author)
    taken = _Taken(
        bot=bot,
        place=place,
        situation=situation,
        order=order,
        url=repository.view().clone_url if StartBuild in asks else "",
        ground=release_ground(repository) if StartRelease in asks else None,
    )
    decides = not asks.isdisjoint({StartBuild, StartRelease, RollBack})
    with deciding(bot) if decides else nullcontext():
        with bot.store.database.change():
            for step in steps:
                _take(taken, step)
            done = Obeyed(source=order.source, words=known_as(invocation), answer=answer)
            bot.store.pulls.note_obeyed(situation.facts.repository, done)
        if RollBack in asks:
            show_current(bot)


def _require_account(repository: Repository, login: str, *, author: str) -> None:
    """Make sure that somebody has this login: what is allowed to nobody would be used by nobody.

    Raises:
        UserError: if nobody has; it says whom to name.
    """
    if not repository.has_account(login):
        raise UserError(
            f"GitHub knows no account {code(login)}, so nothing was allowed. Write the login as it stands beside the "
            f"pull requests of whom you mean; here it would be `/espalier allow {author}`."
        )


def _take(taken: _Taken, step: Step) -> None:
    bot, facts = taken.bot, taken.situation.facts
    match step:
        case StartBuild():
            _start(taken, step)
        case StopBuild(build_id=build_id, reason=reason):
            stop_build(bot, build_id, reason)
        case StartRelease():
            if taken.ground is not None:
                merges = mergeable(bot, facts.repository)
                order_release(bot, taken.ground, merges, config=facts.config, asked_by=taken.order.login)
        case RollBack(version=version):
            roll_back(bot, facts.repository, version, by=taken.order.login, word=said(taken.order))
        case Reply():
            pass
        case _:
            _note(taken, step)


def _note(taken: _Taken, step: Decided) -> None:
    """Note what somebody decided."""
    facts, store, login = taken.situation.facts, taken.bot.store, taken.order.login
    pull, written_at = (facts.repository, facts.number), stamp(taken.order.written_at)
    match step:
        case CastVote(kind=kind, reason=reason):
            vote = Vote(login=login, kind=kind, reason=reason, base_ref=facts.base_ref, comment=taken.order.comment)
            store.pulls.vote(*pull, head_sha=facts.head_sha, vote=vote, written_at=written_at)
            # A vote is a newer word on the state than a label that was set before it.
            store.heads.forget_labels(*pull, triage_names(facts.config))
        case PutOnHold(reason=reason):
            store.holds.put(*pull, Hold(login=login, reason=reason, at=written_at), comment=taken.order.comment)
        case EndHold():
            store.holds.end(*pull, at=written_at, comment=taken.order.comment)
        case CallOff(own=own):
            store.cancels.note(
                *pull, Cancel(whose=login.lower() if own else "", at=written_at, comment=taken.order.comment)
            )
        case WaiveSignOff():
            store.heads.waive_sign_off(*pull, head_sha=facts.head_sha, login=login)
        case Allow(login=whom, builds=builds, gpu_minutes=minutes):
            since = stamp(day_start(datetime.now(UTC)))
            store.quotas.allow(facts.repository, whom, builds=builds, gpu_minutes=minutes, by=login, since=since)


def _start(taken: _Taken, step: StartBuild) -> None:
    """Queue a build, unless what was left of a quota has gone to another pull request since the command looked.

    Raises:
        UserError: if it has.
    """
    bot, facts = taken.bot, taken.situation.facts
    budget = None if bot.errand is not None else budget_of(bot, taken.situation)
    lacking = None if budget is None else shortage(budget, may_allow=Role.APPROVER.people)
    if lacking is not None:
        raise UserError(lacking)
    name = f"pr{facts.number}" if step.kind is BuildKind.CANDIDATE else f"pr{facts.number}-{step.kind}"
    job = pull_job(
        step.kind,
        facts,
        build_id=new_id(name, facts.head_sha),
        taxonomy_url=taken.url,
        options=bot.settings.options,
        loopback=bot.settings.loopback,
        current=_current(bot, facts.repository) if step.kind is BuildKind.PRECHECK else None,
    )
    asked = said(taken.order)
    build = Build(
        job=job,
        installation=taken.place.installation,
        state=BuildState.WAITING,
        asked_by=taken.order.login,
        asked_at=asked.at,
        asked_in=asked.comment,
        created_at=now(),
    )
    bot.store.builds.add(build)


def _current(bot: Bot, repository: str) -> ReleasedModel | None:
    """Find the current model; None where nothing was released yet.

    Raises:
        UserError: if there is one, but its record is gone: the base may not be asked in its name.
    """
    current = bot.store.releases.current(repository)
    if current is None:
        return None
    model = released_model(bot.settings.artifacts, current.name)
    if model is None:
        raise UserError(
            f"`models/{current.name}.json`, the record of the current model, is gone from the artifacts: an operator "
            "has to bring it back, or an approver starts a new release with `/espalier release`."
        )
    return model
