"""What may be written to GitHub, and the key by which each write is known, so that none is done twice; pure."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

from bot.github_values import CheckRunBody, LabelView, LineComment
from bot.suggestions import key_of

DIGEST = re.compile(r"\n*<!-- espalier:digest ([0-9a-f]{16}) ([0-9a-f]{16}) -->$")
MARKER = re.compile(r"<!-- .*? -->")
SUGGESTION = "suggestion "
"""How the keys of suggestions begin."""
PRESENT, ABSENT = "present", "absent"
"""What the outbox says of a label."""


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
    known_as: str
    """Its key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """Put a reaction on a comment of somebody's."""

    comment_id: int
    content: str
    body: str
    """The comment as it was read: an edit is told from it."""


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
    | React
)


class State(StrEnum):
    """How far a write is."""

    PLANNED = "planned"
    SENDING = "sending"
    """On its way; what became of it is unknown until somebody looks."""
    SENT = "sent"
    FAILED = "failed"
    """GitHub refused it."""
    GONE = "gone"
    """It was there, and a person deleted it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What a write leaves on GitHub."""

    key: str
    """Names the one thing that it makes or changes, within its pull request."""
    says: str
    """Digest of what that thing says after it."""
    creates: bool
    """Whether it makes the thing anew, so that doing it twice would make two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the outbox knows of one thing on GitHub."""

    key: str
    says: str
    state: State
    github_id: int | None
    """GitHub's id of it; None before it is known, and for what has none."""
    at: str
    """When the state changed last."""

    def is_said(self, says: str) -> bool:
        """Tell whether GitHub certainly holds this: the last thing that we sent, and it was taken."""
        return self.state is State.SENT and self.says == says


Own = Mapping[str, Entry]
"""What the outbox knows of one pull request, by key."""


def marks(effect: Effect) -> tuple[Mark, ...]:
    """Say what an effect leaves on GitHub; several marks where one request makes several things."""
    match effect:
        case AddLabels(names=names):
            return tuple(Mark(key=label_key(name), says=PRESENT, creates=False) for name in names)
        case CommentOnLines(sha=sha, comments=comments):
            keys = (suggestion_key(sha, key_of(comment.body) or "") for comment in comments)
            return tuple(Mark(key=key, says="", creates=True) for key in keys)
    key, says = _mark(effect)
    return (Mark(key=key, says=says, creates=isinstance(effect, CreateComment | CreateCheckRun)),)


def _mark(effect: Effect) -> tuple[str, str]:
    """Give key and digest of an effect that makes or changes one thing."""
    key, says = "", ""
    match effect:
        case CreateLabel(label=label):
            key = f"repository-label {label.name.lower()}"
        case RemoveLabel(name=name):
            key, says = label_key(name), ABSENT
        case CreateComment(body=body) | EditComment(body=body):
            key, says = comment_key(body), digest(body)
        case CreateCheckRun(body=run) | EditCheckRun(body=run):
            key, says = run_key(run), run_says(run)
        case React(comment_id=comment, content=content, body=body):
            key, says = f"reaction {comment} {content}", digest(body)
        case DeleteComment(id=comment):
            key = f"deletion of comment {comment}"
        case DeleteLineComment(id=comment):
            key = f"deletion of line comment {comment}"
    return key, says


def label_key(name: str) -> str:
    """Name a label on a pull request; GitHub takes `CI` and `ci` for one."""
    return f"label {name.lower()}"


def comment_key(body: str) -> str:
    """Name a comment by the marker that it begins with."""
    match = MARKER.match(body.lstrip())
    return f"comment {match[0] if match else digest(body)}"


def run_key(run: CheckRunBody) -> str:
    """Name a check run: annotations are never taken back, so that others make another run."""
    return f"check-run {run.head_sha} {run.external_id} {digests(run.summary)[1]} {run.name}"


def run_says(run: CheckRunBody) -> str:
    """Digest what a check run says, annotations aside."""
    return f"{digests(run.summary)[0]} {run.status}"


def suggestion_key(sha: str, key: str) -> str:
    """Name a suggestion on one head."""
    return f"{SUGGESTION}{sha} {key}"


def with_digest(body: CheckRunBody) -> CheckRunBody:
    """Put what the run says and what it annotates into its summary as digests, to be compared with later."""
    annotations = digest([asdict(item) for item in body.annotations])
    told = digest([body.conclusion or "", body.status, body.title, body.summary, body.details_url])
    return replace(body, summary=f"{body.summary}\n\n<!-- espalier:digest {told} {annotations} -->")


def digests(summary: str) -> tuple[str, str]:
    """Read the digests from a check run's summary: of what it says, and of its annotations."""
    match = DIGEST.search(summary.replace("\r\n", "\n"))
    return (match[1], match[2]) if match else ("", "")


def digest(data: object) -> str:
    """Digest JSON data."""
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]
