"""What we sent, held against what GitHub shows of it: its lists may lag behind its writes, and a crash behind both.

What a list does not show is asked for by its id; what has no id yet, because we ended or the answer was lost on the
way, is looked for, and waited for where it may still come to be seen. Nothing is sent again before that is known.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.context import Bot
from bot.effects import ABSENT, PRESENT, Entry, Own, State, comment_key, digest, digests, label_key, suggestion_key
from bot.github_api import GitHubError, Repository
from bot.github_values import CheckRunView, CommentView, LineCommentView, PullView
from bot.plan import Current
from bot.suggestions import key_of

LOOPBACK_SECONDS = 5.0
SECONDS = 30.0
"""How long a write may go unseen: GitHub ends a request after 10 seconds (docs.github.com, "Timeouts"), and
its copies may show what was written a while after that."""
LOOK_AGAIN = 2.0
"""Seconds after which what was not seen is looked for again."""


def settle_check_runs(
    bot: Bot, repository: Repository, number: int, listed: Mapping[str, tuple[CheckRunView, ...]]
) -> tuple[dict[str, tuple[CheckRunView, ...]], Own]:
    """Add to our check runs, listed by commit, what the lists lack; and give what the outbox knows now.

    A GitHubError says that the outcome of a write cannot be known yet.
    """
    outbox, name = bot.store.outbox, repository.full_name
    settled = dict(listed)
    asked: set[tuple[str, str, str]] = set()
    for entry in _newest_first(outbox.of_pull(name, number), "check-run "):
        _, sha, external_id, annotated, run_name = entry.key.split(" ", 4)
        if sha not in settled:
            continue
        same = (sha, external_id, run_name)
        if entry.github_id is None and entry.state is State.SENDING:
            found = next((run for run in settled[sha] if _is(run, same) and digests(run.summary)[1] == annotated), None)
            if found is not None:
                says = f"{digests(found.summary)[0]} {found.status}"
                outbox.adopt(name, number, entry.key, says=says, github_id=found.id)
            else:
                _give_time(bot, entry)
        elif entry.github_id is not None and same not in asked:
            asked.add(same)  # an older run of the same name was replaced by this one
            if all(run.id != entry.github_id for run in settled[sha]):
                run = repository.check_run(entry.github_id)
                more = () if run is None else (run,)
                settled[sha] = tuple(sorted((*settled[sha], *more), key=lambda each: each.id, reverse=True))
    return settled, outbox.of_pull(name, number)


def settle(bot: Bot, repository: Repository, number: int, current: Current, *, sha: str) -> Current:
    """Add to what GitHub shows of a pull request what its lists lack, and what the outbox knows.

    A GitHubError says that the outcome of a write cannot be known yet.
    """
    comments = settle_comments(bot, repository, number, current.comments)
    on_lines = _line_comments(bot, repository, number, current.line_comments, sha)
    own = bot.store.outbox.of_pull(repository.full_name, number)
    return replace(current, comments=comments, line_comments=on_lines, own=own)


def clear_away(bot: Bot, repository: Repository, number: int) -> None:
    """Forget what was planned or on its way before a look that came to its end: all of it was seen, or made up for."""
    own = bot.store.outbox.of_pull(repository.full_name, number)
    over = [entry.key for entry in own.values() if entry.state in {State.PLANNED, State.SENDING}]
    if over:
        bot.store.outbox.forget(repository.full_name, number, over)


def settle_comments(
    bot: Bot, repository: Repository, number: int, listed: Iterable[CommentView]
) -> tuple[CommentView, ...]:
    """Add to the comments of a pull request those of ours that the list lacks, and note those that people deleted.

    A GitHubError says that the outcome of a write cannot be known yet.
    """
    outbox, name = bot.store.outbox, repository.full_name
    comments = {comment.id: comment for comment in listed}
    for entry in _newest_first(outbox.of_pull(name, number), "comment "):
        if entry.github_id is not None and entry.state is not State.GONE and entry.github_id not in comments:
            comment = repository.comment(entry.github_id)
            if comment is None:
                outbox.lose(name, number, (entry.key,))
            else:
                comments[comment.id] = comment
        elif entry.github_id is None and entry.state is State.SENDING:
            ours = [one for one in comments.values() if one.mine and comment_key(one.body) == entry.key]
            if not ours:
                _give_time(bot, entry)
                continue
            oldest = min(ours, key=lambda one: one.id)
            outbox.adopt(name, number, entry.key, says=digest(_as_sent(oldest.body)), github_id=oldest.id)
    return tuple(sorted(comments.values(), key=lambda comment: comment.id))


def settle_labels(bot: Bot, repository: Repository, pull: PullView) -> PullView:
    """Put right which labels stand on a pull request by what we did to them within the last seconds."""
    own = bot.store.outbox.of_pull(repository.full_name, pull.number)
    lately = [entry for entry in own.values() if entry.key.startswith("label ") and is_recent(bot, entry.at)]
    certain = {entry.key.removeprefix("label "): entry.says for entry in lately if entry.state is State.SENT}
    standing = [name for name in pull.labels if certain.get(name.lower()) != ABSENT]
    known = {name.lower() for name in standing}
    added = [name for name, says in sorted(certain.items()) if says == PRESENT and name not in known]
    return replace(pull, labels=(*standing, *added))


def put_on(bot: Bot, repository: Repository, pull: PullView) -> frozenset[str]:
    """Give the labels standing on a pull request that we put on, also where the bot ended before it remembered that."""
    own = bot.store.outbox.of_pull(repository.full_name, pull.number)
    sent = {key for key, entry in own.items() if entry.says == PRESENT and entry.state in {State.SENDING, State.SENT}}
    return frozenset(name for name in pull.labels if label_key(name) in sent)


def is_recent(bot: Bot, at: str) -> bool:
    """Tell whether something happened so short a time ago that GitHub may not show it everywhere."""
    seconds = LOOPBACK_SECONDS if bot.settings.loopback else SECONDS
    return datetime.fromisoformat(at) > datetime.now(UTC) - timedelta(seconds=seconds)


def _line_comments(
    bot: Bot, repository: Repository, number: int, listed: tuple[LineCommentView, ...], sha: str
) -> tuple[LineCommentView, ...]:
    outbox, name = bot.store.outbox, repository.full_name
    by_key = {key: comment for comment in listed if (key := key_of(comment.body)) is not None}
    more: dict[int, tuple[LineCommentView, ...]] = {}
    for entry in _newest_first(outbox.of_pull(name, number), suggestion_key(sha, "")):
        key = entry.key.rsplit(" ", 1)[-1]
        if entry.state is State.GONE or (key in by_key and entry.github_id is not None):
            continue
        if key in by_key:
            outbox.adopt(name, number, entry.key, says="", github_id=by_key[key].review)
        elif entry.github_id is not None:
            if entry.github_id not in more:
                more[entry.github_id] = repository.line_comments_of_review(number, entry.github_id)
            if all(key_of(comment.body) != key for comment in more[entry.github_id]):
                outbox.lose(name, number, (entry.key,))
        elif entry.state is State.SENDING:
            _give_time(bot, entry)
    known = {comment.id for comment in listed}
    return (*listed, *(comment for found in more.values() for comment in found if comment.id not in known))


def _newest_first(own: Own, prefix: str) -> list[Entry]:
    mine = [entry for entry in own.values() if entry.key.startswith(prefix)]
    return sorted(mine, key=lambda entry: entry.github_id or 0, reverse=True)


def _is(run: CheckRunView, same: tuple[str, str, str]) -> bool:
    return (run.external_id, run.name) == same[1:]


def _as_sent(body: str) -> str:
    return body.replace("\r\n", "\n").strip()


def _give_time(bot: Bot, entry: Entry) -> None:
    """Let a write whose outcome is unknown come to be seen; one that was not by then was never made.

    Raises:
        GitHubError: if it was sent a moment ago.
    """
    if is_recent(bot, entry.at):
        raise GitHubError(f"{entry.key} was sent, and is not seen yet", status=None, wait=LOOK_AGAIN)
