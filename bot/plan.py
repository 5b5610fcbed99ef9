"""From what GitHub shows and what it should show to the least writes; pure, and empty the second time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from bot.effects import (
    AddLabels,
    CommentOnLines,
    CreateCheckRun,
    CreateComment,
    CreateLabel,
    DeleteComment,
    DeleteLineComment,
    EditCheckRun,
    EditComment,
    Effect,
    Own,
    RemoveLabel,
    State,
    comment_key,
    digest,
    digests,
    run_key,
    run_says,
    suggestion_key,
    with_digest,
)
from bot.github_values import CheckRunBody, CheckRunView, CommentView, LabelView, LineComment, LineCommentView
from bot.suggestions import Review, key_of
from bot.verdict import Labels

MAX_COMMENT = 65_536
"""Characters; GitHub refuses longer comments (measured by its users, not documented)."""
COMMENT_CUT = "\n\n*The rest is on the bot's page.*"
DEFAULT_COLOUR = "ededed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Current:
    """What GitHub shows of a pull request."""

    labels: frozenset[str]
    comments: tuple[CommentView, ...]
    check_runs: Mapping[str, tuple[CheckRunView, ...]]
    """Our own check runs by the SHA that they stand on, newest first."""
    known_labels: frozenset[str] | None
    """The repository's labels, in lower case: GitHub takes `CI` and `ci` for one; None where nobody had to ask."""
    line_comments: tuple[LineCommentView, ...] = ()
    """Our own, on lines of the diff."""
    own: Own = field(default_factory=dict)
    """What we know to have sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desired:
    """What GitHub should show of a pull request."""

    labels: Labels
    label_looks: Mapping[str, LabelView]
    comments: Mapping[str, str]
    """Body by marker; the marker is put first where the body lacks it."""
    check_runs: tuple[CheckRunBody, ...]
    offered: tuple[str, ...] = ()
    """Labels that people set, so that they have to be there to be chosen."""
    review: Review | None = None
    """Suggestions on lines of the diff; None leaves those that stand alone, as on a closed pull request."""
    obsolete: tuple[str, ...] = ()
    """Markers of comments of ours that have nothing to say any more."""


def plan_check_runs(
    standing: Mapping[str, tuple[CheckRunView, ...]], wanted: Iterable[CheckRunBody], own: Own
) -> tuple[Effect, ...]:
    """Give the least writes that make our check runs say what is wanted: what a contributor waits for."""
    return tuple(_check_runs(standing, wanted, own))


def plan_comments(
    standing: Iterable[CommentView], wanted: Mapping[str, str], own: Own, *, obsolete: tuple[str, ...] = ()
) -> tuple[Effect, ...]:
    """Give the least writes that make our comments say what is wanted, each once."""
    return tuple(_comments(tuple(standing), wanted, own, obsolete))


def plan(current: Current, desired: Desired) -> tuple[Effect, ...]:
    """Give the least writes that turn `current` into `desired`."""
    return (
        *plan_check_runs(current.check_runs, desired.check_runs, current.own),
        *_labels(current, desired),
        *plan_comments(current.comments, desired.comments, current.own, obsolete=desired.obsolete),
        *_line_comments(current, desired),
    )


def with_marker(marker: str, body: str) -> str:
    """Give the body as it is posted: marker first, within GitHub's limit, as GitHub stores it."""
    text = body if body.lstrip().startswith(marker) else f"{marker}\n{body}"
    text = text.replace("\r\n", "\n").strip()
    return text if len(text) <= MAX_COMMENT else text[: MAX_COMMENT - len(COMMENT_CUT)] + COMMENT_CUT


def _labels(current: Current, desired: Desired) -> Iterator[Effect]:
    standing = {name.lower() for name in current.labels}
    missing = tuple(sorted(name for name in desired.labels.wanted if name.lower() not in standing))
    known = current.known_labels
    for name in (*missing, *desired.offered):
        if known is not None and name.lower() not in known:
            plain = LabelView(name=name, color=DEFAULT_COLOUR, description="")
            yield CreateLabel(label=desired.label_looks.get(name, plain))
    if missing:
        yield AddLabels(names=missing)
    for name in sorted(current.labels & desired.labels.unwanted):
        yield RemoveLabel(name=name)


def _comments(
    standing: tuple[CommentView, ...], comments: Mapping[str, str], own: Own, obsolete: tuple[str, ...]
) -> Iterator[Effect]:
    for marker, wanted in comments.items():
        body = with_marker(marker, wanted)
        ours = [comment for comment in standing if comment.mine and comment.body.lstrip().startswith(marker)]
        known = own.get(comment_key(body))
        if not ours:
            # What a person deleted is not said again.
            if known is None or known.state is not State.GONE or known.says != digest(body):
                yield CreateComment(body=body)
            continue
        oldest, *doubles = sorted(ours, key=lambda comment: comment.id)
        # A list that lags behind may show what stood before the last edit.
        newer = known is not None and known.github_id == oldest.id and not known.is_said(digest(body))
        if newer or oldest.body.replace("\r\n", "\n").strip() != body:
            yield EditComment(id=oldest.id, body=body)
        for double in doubles:
            yield DeleteComment(id=double.id)
    for comment in standing:
        if comment.mine and comment.body.lstrip().startswith(obsolete):
            yield DeleteComment(id=comment.id)


def _line_comments(current: Current, desired: Desired) -> Iterator[Effect]:
    if desired.review is None:
        return
    sha = desired.review.sha
    wanted = {suggestion.key: suggestion for suggestion in desired.review.suggestions}
    standing = {key for key in wanted if _is_gone(current.own, suggestion_key(sha, key))}
    for comment in current.line_comments:
        key = key_of(comment.body)
        if key in wanted and comment.line == wanted[key].last and key not in standing:
            standing.add(key)
        elif key is not None and not comment.answered:
            yield DeleteLineComment(id=comment.id, known_as=suggestion_key(sha, key))
    missing = [suggestion for key, suggestion in wanted.items() if key not in standing]
    if missing:
        comments = (LineComment(path=one.path, first=one.first, last=one.last, body=one.body) for one in missing)
        yield CommentOnLines(sha=sha, body=desired.review.intro, comments=tuple(comments))


def _is_gone(own: Own, key: str) -> bool:
    return key in own and own[key].state is State.GONE


def _check_runs(
    standing: Mapping[str, tuple[CheckRunView, ...]], wanted: Iterable[CheckRunBody], own: Own
) -> Iterator[Effect]:
    for each in wanted:
        body = with_digest(each)
        run = next(
            (
                run
                for run in standing.get(body.head_sha, ())
                if run.name == body.name and run.external_id == body.external_id
            ),
            None,
        )
        # Annotations are never taken back: others need a new run, which takes the old one's place.
        if run is None or (run.annotations and not _can_go_on(run, body)):
            yield CreateCheckRun(body=body)
            continue
        missing = body.annotations[run.annotations :]
        known = own.get(run_key(body))
        newer = known is not None and known.github_id == run.id and not known.is_said(run_says(body))
        stands = run.status == body.status and digests(run.summary) == digests(body.summary)
        if missing or newer or not stands:
            yield EditCheckRun(id=run.id, body=replace(body, annotations=missing))


def _can_go_on(run: CheckRunView, body: CheckRunBody) -> bool:
    """Tell whether a run's annotations are the first of those that are wanted."""
    return run.annotations <= len(body.annotations) and digests(run.summary)[1] == digests(body.summary)[1]
