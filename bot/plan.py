"""From what GitHub shows and what it should show to the least writes; pure, and empty the second time."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from bot.github_values import CheckRunBody, CheckRunView, CommentView, LabelView, LineComment, LineCommentView
from bot.suggestions import Review, key_of
from bot.verdict import Labels

DIGEST = re.compile(r"\n*<!-- espalier:digest ([0-9a-f]{16}) ([0-9a-f]{16}) -->$")
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLabel:
    """Make a label of the repository."""

    label: LabelView


@dataclass(frozen=True, slots=True, kw_only=True)
class AddLabels:
    """Put labels on the pull request."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveLabel:
    """Take a label off the pull request."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateComment:
    """Write a comment."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditComment:
    """Replace a comment's body."""

    id: int
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteComment:
    """Delete a comment of ours that stands there twice, or has nothing to say any more."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCheckRun:
    """Post a check run."""

    body: CheckRunBody


@dataclass(frozen=True, slots=True, kw_only=True)
class EditCheckRun:
    """Bring a check run up to date; its annotations are those still missing."""

    id: int
    body: CheckRunBody


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOnLines:
    """Write comments on lines of the diff, as one review."""

    sha: str
    body: str
    comments: tuple[LineComment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteLineComment:
    """Delete a suggestion of ours that does not fit any more."""

    id: int


Effect = (
    CreateLabel
    | AddLabels
    | RemoveLabel
    | CreateComment
    | EditComment
    | DeleteComment
    | CreateCheckRun
    | EditCheckRun
    | CommentOnLines
    | DeleteLineComment
)


def plan_check_runs(
    standing: Mapping[str, tuple[CheckRunView, ...]], wanted: Iterable[CheckRunBody]
) -> tuple[Effect, ...]:
    """Give the least writes that make our check runs say what is wanted: what a contributor waits for."""
    return tuple(_check_runs(standing, wanted))


def plan(current: Current, desired: Desired) -> tuple[Effect, ...]:
    """Give the least writes that turn `current` into `desired`."""
    return (
        *plan_check_runs(current.check_runs, desired.check_runs),
        *_labels(current, desired),
        *_comments(current, desired),
        *_line_comments(current, desired),
    )


def with_marker(marker: str, body: str) -> str:
    """Give the body as it is posted: marker first, within GitHub's limit, as GitHub stores it."""
    text = body if body.lstrip().startswith(marker) else f"{marker}\n{body}"
    text = text.replace("\r\n", "\n").strip()
    return text if len(text) <= MAX_COMMENT else text[: MAX_COMMENT - len(COMMENT_CUT)] + COMMENT_CUT


def with_digest(body: CheckRunBody) -> CheckRunBody:
    """Put what the run says and what it annotates into its summary as digests, to be compared with later."""
    annotations = _digest([asdict(item) for item in body.annotations])
    told = _digest([body.conclusion or "", body.status, body.title, body.summary, body.details_url])
    return replace(body, summary=f"{body.summary}\n\n<!-- espalier:digest {told} {annotations} -->")


def _digest(data: object) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]


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


def _comments(current: Current, desired: Desired) -> Iterator[Effect]:
    for marker, wanted in desired.comments.items():
        body = with_marker(marker, wanted)
        ours = [comment for comment in current.comments if comment.mine and comment.body.lstrip().startswith(marker)]
        if not ours:
            yield CreateComment(body=body)
            continue
        oldest, *doubles = sorted(ours, key=lambda comment: comment.id)
        if oldest.body.replace("\r\n", "\n").strip() != body:
            yield EditComment(id=oldest.id, body=body)
        for double in doubles:
            yield DeleteComment(id=double.id)
    for comment in current.comments:
        if comment.mine and comment.body.lstrip().startswith(desired.obsolete):
            yield DeleteComment(id=comment.id)


def _line_comments(current: Current, desired: Desired) -> Iterator[Effect]:
    if desired.review is None:
        return
    wanted = {suggestion.key: suggestion for suggestion in desired.review.suggestions}
    standing = set()
    for comment in current.line_comments:
        key = key_of(comment.body)
        if key in wanted and comment.line == wanted[key].last and key not in standing:
            standing.add(key)
        elif key is not None and not comment.answered:
            yield DeleteLineComment(id=comment.id)
    missing = [suggestion for key, suggestion in wanted.items() if key not in standing]
    if missing:
        comments = (LineComment(path=one.path, first=one.first, last=one.last, body=one.body) for one in missing)
        yield CommentOnLines(sha=desired.review.sha, body=desired.review.intro, comments=tuple(comments))


def _check_runs(standing: Mapping[str, tuple[CheckRunView, ...]], wanted: Iterable[CheckRunBody]) -> Iterator[Effect]:
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
        if run is None:
            yield CreateCheckRun(body=body)
            continue
        complete = run.annotations == len(body.annotations)
        if complete and run.status == body.status and _digests(run.summary) == _digests(body.summary):
            continue
        if run.annotations == 0:
            yield EditCheckRun(id=run.id, body=body)
        elif complete and _digests(run.summary)[1] == _digests(body.summary)[1]:
            yield EditCheckRun(id=run.id, body=replace(body, annotations=()))
        else:
            # Annotations are never taken back: a new run of the same name takes the old one's place.
            yield CreateCheckRun(body=body)


def _digests(summary: str) -> tuple[str, str]:
    match = DIGEST.search(summary.replace("\r\n", "\n"))
    return (match[1], match[2]) if match else ("", "")
