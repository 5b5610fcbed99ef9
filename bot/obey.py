"""Commands from a comment: who may, what it asks for, and doing it; the answers are for the report and a reply."""

import hashlib
import logging
from dataclasses import dataclass

from bot.apply import apply
from bot.command import (
    CastVote,
    Command,
    Reply,
    Request,
    Role,
    StartBuild,
    StartRelease,
    Step,
    StopBuild,
    WaiveSignOff,
    load_commands,
)
from bot.comment import Invocation, nearest
from bot.context import Bot, Errand, stop_build
from bot.effects import React
from bot.events import CommentWritten
from bot.gather import gather_role
from bot.github_api import Repository
from bot.labels import state_names
from bot.look import recall
from bot.order import candidate_job, new_id, trained_leaves
from bot.records import Build, Vote
from bot.releases import order_release, releasing
from bot.report_status import BuildState
from bot.store.database import now, stamp
from bot.verdict import Situation, decide, failing
from schemas.errors import UserError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obeyed:
    """What came of a comment's commands."""

    situation: Situation
    replies: dict[str, str]
    """Text by marker."""


def obey(
    bot: Bot,
    repository: Repository,
    situation: Situation,
    comment: CommentWritten,
    invocations: tuple[Invocation, ...],
) -> Obeyed:
    """Obey commands one after the other; one that is refused stops no other.

    The comment is given a reaction: thumbs up where a command was taken, a confused face where none was.
    """
    replies: dict[str, str] = {}
    taken = False
    role = _role(bot, repository, situation, comment)
    for invocation in invocations:
        try:
            texts = _obey_one(bot, repository, situation, comment, invocation, role)
            taken = True
        except UserError as refusal:
            texts = (f"@{comment.author} {refusal}",)
        situation = recall(bot, situation)
        if texts:
            replies[_reply_marker(comment.comment_id, invocation)] = "\n\n".join(texts)
    reaction = React(comment_id=comment.comment_id, content="+1" if taken else "confused", body=comment.body)
    apply(bot, repository, comment.number, (reaction,))
    return Obeyed(situation=situation, replies=replies)


def _role(bot: Bot, repository: Repository, situation: Situation, comment: CommentWritten) -> Role:
    role = gather_role(bot.github, comment.place, repository, comment.author, situation.facts.config)
    return max(role, Role.AUTHOR) if comment.author == situation.pull.author else role


def _obey_one(
    bot: Bot,
    repository: Repository,
    situation: Situation,
    comment: CommentWritten,
    invocation: Invocation,
    role: Role,
) -> tuple[str, ...]:
    command = _find(invocation)
    words = " ".join((invocation.name, *invocation.arguments))
    if bot.store.pulls.was_obeyed(situation.facts.repository, comment.comment_id, words):
        return ()
    if role < command.needs:
        raise UserError(f"`/espalier {command.name}` is for {command.needs.people}.")
    if bot.errand is not None:
        _refuse_undoable(bot.errand, command.name)
    request = _request(bot, situation, comment, invocation)
    steps = tuple(command.run(request))
    for step in steps:
        _take(bot, repository, situation, comment, step)
    if any(not isinstance(step, Reply) for step in steps):
        bot.store.pulls.note_obeyed(situation.facts.repository, comment.comment_id, words)
    log.info(
        "%s#%d: %s by %s at %s",
        situation.facts.repository,
        comment.number,
        command.name,
        comment.author,
        situation.facts.head_sha,
    )
    return tuple(step.text for step in steps if isinstance(step, Reply))


def _refuse_undoable(errand: Errand, command: str) -> None:
    """Refuse what a workflow run cannot bring about.

    Raises:
        UserError: if the command is such a one; it says what a maintainer has to set up.
    """
    if command == "release":
        raise UserError("Releases are trained by a running bot, and this repository is served by workflows alone.")
    if command in {"build", "cancel"} and not errand.builds:
        raise UserError("No builds are set up here; a maintainer adds a job with `actions/build` to the workflow.")


def _find(invocation: Invocation) -> Command:
    commands = load_commands()
    if invocation.name in commands:
        return commands[invocation.name]
    meant = nearest(invocation.name, commands.keys())
    hint = f"did you mean `/espalier {meant}`?" if meant else "`/espalier help` lists all."
    raise UserError(f"There is no such command; {hint}")


def _request(bot: Bot, situation: Situation, comment: CommentWritten, invocation: Invocation) -> Request:
    pull, repository = situation.pull, situation.facts.repository
    known = bot.store.pulls.get(repository, pull.number)
    models = bot.store.releases.models()
    return Request(
        arguments=invocation.arguments,
        login=comment.author,
        author=pull.author,
        pull_state=pull.state,
        head_sha=pull.head_sha,
        # The comment's time has whole seconds; a head that we heard of within that second counts as known.
        head_known=known is not None
        and known.head_sha == pull.head_sha
        and known.head_seen_at[:19] <= stamp(comment.written_at)[:19],
        failing=failing(situation.results),
        leaves=trained_leaves(situation.facts),
        status=decide(situation),
        unreleased=tuple(merge.part.number for merge in bot.store.releases.unreleased(repository)),
        releasing=releasing(bot, repository),
        version=models[0].name if models else None,
    )


def _take(bot: Bot, repository: Repository, situation: Situation, comment: CommentWritten, step: Step) -> None:
    facts = situation.facts
    match step:
        case CastVote(approves=approves):
            vote = Vote(login=comment.author, approves=approves, comment=comment.comment_id)
            bot.store.pulls.vote(facts.repository, facts.number, head_sha=facts.head_sha, vote=vote)
            # A vote is a newer word on the state than a label that was set before it.
            bot.store.heads.forget_labels(facts.repository, facts.number, state_names(facts.config))
        case WaiveSignOff():
            bot.store.heads.waive_sign_off(
                facts.repository, facts.number, head_sha=facts.head_sha, login=comment.author
            )
        case StartBuild():
            build_id = new_id(f"pr{facts.number}", facts.head_sha)
            url, options = repository.view().clone_url, bot.settings.options
            bot.store.builds.add(
                Build(
                    job=candidate_job(
                        facts,
                        build_id=build_id,
                        taxonomy_url=url,
                        options=options,
                        loopback=bot.settings.loopback,
                    ),
                    installation=comment.place.installation,
                    state=BuildState.WAITING,
                    asked_by=comment.author,
                    created_at=now(),
                )
            )
        case StopBuild(build_id=build_id, reason=reason):
            stop_build(bot, build_id, reason)
        case StartRelease():
            merges = bot.store.releases.unreleased(facts.repository)
            order_release(bot, repository, merges, config=facts.config, asked_by=comment.author)
        case Reply():
            pass


def _reply_marker(comment_id: int, invocation: Invocation) -> str:
    words = hashlib.sha256(" ".join((invocation.name, *invocation.arguments)).encode()).hexdigest()[:8]
    return f"<!-- espalier:reply {comment_id} {words} -->"
