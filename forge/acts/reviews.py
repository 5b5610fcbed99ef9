"""Reviews of pull requests, and comments on lines of their diffs."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from forge.acts import pulls
from forge.clock import stamp
from forge.errors import ApiError, UnprocessableError
from forge.events import emit
from forge.forge import Actor, Forge
from forge.git.diffs import FileDiff, Spot, find_position, find_spot
from forge.records import Issue, Pull, Repository, Review, ReviewComment, ReviewRequest
from forge.roles import Role, require
from forge.shapes.pulls import review_comment_shape, review_shape, simple_pull
from forge.shapes.users import Shape

STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
PENDING = "PENDING"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineComment:
    """A remark on a line of the diff, named by line and side or by its position in the patch."""

    path: str
    body: str
    line: int | None = None
    side: str = "RIGHT"
    start_line: int | None = None
    position: int | None = None


def create(
    forge: Forge,
    actor: Actor,
    repository: Repository,
    pull: Pull,
    *,
    event: str | None,
    body: str,
    commit_id: str | None = None,
    comments: Sequence[LineComment] = (),
) -> Review:
    """Review a pull request; without an event the review stays pending, for its author alone.

    Refused with 422 if the event is unknown, the author approves their own work, there are no words, or the diff shows
    no such line.
    """
    _check(forge, actor, pull, event, body, has_comments=bool(comments))
    files = {file.path: file for file in pulls.files(forge, repository, pull)} if comments else {}
    placed = [(comment, _place(files, comment)) for comment in comments]
    sha, time = commit_id or pull.head_sha, stamp()
    with forge.store.writing():
        review = forge.store.add(
            Review,
            pull_id=pull.id,
            user_id=actor.user.id,
            state=PENDING if event is None else STATES[event],
            body=body,
            commit_id=sha,
            submitted_at=time,
        )
        for comment, spot in placed:
            _add_comment(forge, actor, pull, review, comment, spot)
        forge.store.remove(ReviewRequest, "pull_id = ? AND user_id = ?", pull.id, actor.user.id)
        forge.store.change(Issue, pull.issue_id, updated_at=time)
    if event is not None:
        _announce(forge, actor, repository, pull, review)
    return review


def submit(forge: Forge, actor: Actor, repository: Repository, review: Review, *, event: str, body: str) -> Review:
    """Submit a pending review.

    Raises:
        RefusalError: as for a new one, or if it is not pending or somebody else's.
    """
    pull = forge.store.get(Pull, review.pull_id)
    words = body or review.body
    has_comments = forge.store.count(ReviewComment, "review_id = ?", review.id) > 0
    _check(forge, actor, pull, event, words, has_comments=has_comments)
    if review.state != PENDING or review.user_id != actor.user.id:
        raise RefusalError("Could not submit the review: it is not a pending one of yours.")
    changed = forge.store.change(Review, review.id, state=STATES[event], body=words, submitted_at=stamp())
    _announce(forge, actor, repository, pull, changed)
    return changed


def edit(forge: Forge, actor: Actor, repository: Repository, review: Review, body: str) -> Review:
    """Change what a review says; only its author may, and whoever may write to the repository."""
    if review.user_id != actor.user.id:
        require(forge, actor, repository, Role.WRITE)
    changed = forge.store.change(Review, review.id, body=body)
    pull = forge.store.get(Pull, review.pull_id)
    about: Shape = {"changes": {"body": {"from": review.body}}}
    _announce(forge, actor, repository, pull, changed, action="edited", more=about)
    return changed


def dismiss(forge: Forge, actor: Actor, repository: Repository, review: Review) -> Review:
    """Dismiss a review that approved or asked for changes.

    Raises:
        RefusalError: if it did neither.
    """
    require(forge, actor, repository, Role.WRITE)
    if review.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise RefusalError("Can not dismiss a commented pull request review")
    changed = forge.store.change(Review, review.id, state="DISMISSED")
    _announce(forge, actor, repository, forge.store.get(Pull, review.pull_id), changed, action="dismissed")
    return changed


def list_reviews(forge: Forge, pull: Pull, viewer_id: int | None) -> list[Review]:
    """List the reviews of a pull request, oldest first; a pending one shows to its author alone."""
    condition = "pull_id = ? AND (state <> 'PENDING' OR user_id = ?) ORDER BY id"
    return forge.store.all(Review, condition, pull.id, viewer_id)


def comment_on_line(
    forge: Forge, actor: Actor, repository: Repository, pull: Pull, comment: LineComment
) -> ReviewComment:
    """Comment on one line of the diff, outside of a larger review."""
    files = {file.path: file for file in pulls.files(forge, repository, pull)}
    spot = _place(files, comment)
    with forge.store.writing():
        review = _lone_review(forge, actor, pull)
        made = _add_comment(forge, actor, pull, review, comment, spot)
    _announce_comment(forge, actor, repository, pull, made)
    return made


def reply(
    forge: Forge, actor: Actor, repository: Repository, pull: Pull, first: ReviewComment, body: str
) -> ReviewComment:
    """Answer a comment on a line."""
    time = stamp()
    with forge.store.writing():
        review = _lone_review(forge, actor, pull)
        made = forge.store.add(
            ReviewComment,
            pull_id=pull.id,
            review_id=review.id,
            user_id=actor.user.id,
            path=first.path,
            line=first.line,
            side=first.side,
            start_line=first.start_line,
            position=first.position,
            diff_hunk=first.diff_hunk,
            body=body,
            commit_id=first.commit_id,
            original_commit_id=first.original_commit_id,
            original_line=first.original_line,
            in_reply_to_id=first.in_reply_to_id or first.id,
            created_at=time,
            updated_at=time,
        )
    _announce_comment(forge, actor, repository, pull, made)
    return made


def _lone_review(forge: Forge, actor: Actor, pull: Pull) -> Review:
    return forge.store.add(
        Review,
        pull_id=pull.id,
        user_id=actor.user.id,
        state="COMMENTED",
        body="",
        commit_id=pull.head_sha,
        submitted_at=stamp(),
    )


class RefusalError(ApiError):
    """A review that cannot be, in the words that GitHub has for reviews alone."""

    def __init__(self, message: str) -> None:
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "Unprocessable Entity", errors=[message])


def _check(forge: Forge, actor: Actor, pull: Pull, event: str | None, body: str, *, has_comments: bool) -> None:
    if event is not None and event not in STATES:
        raise RefusalError(f"{event} is no event of a review")
    author = forge.store.get(Issue, pull.issue_id).user_id
    if event in {"APPROVE", "REQUEST_CHANGES"} and actor.user.id == author:
        doing = "approve" if event == "APPROVE" else "request changes on"
        raise RefusalError(f"Can not {doing} your own pull request")
    if event == "REQUEST_CHANGES" and not body.strip():
        raise RefusalError("Can not request changes without a comment")
    if event == "COMMENT" and not body.strip() and not has_comments:
        raise RefusalError("A review that comments needs a body or comments on lines")


def _place(files: dict[str, FileDiff], comment: LineComment) -> Spot:
    file = files.get(comment.path)
    if not comment.body.strip():
        raise UnprocessableError("Body is missing")
    if comment.side not in {"LEFT", "RIGHT"}:
        raise UnprocessableError("Side is neither LEFT nor RIGHT")
    if file is None or file.patch is None:
        raise UnprocessableError("Path could not be resolved")
    if comment.line is not None:
        spot = find_spot(file.patch, line=comment.line, side=comment.side)
    else:
        spot = find_position(file.patch, comment.position or 0)
    if spot is None:
        raise UnprocessableError("Line could not be resolved")
    return spot


def _add_comment(
    forge: Forge, actor: Actor, pull: Pull, review: Review, comment: LineComment, spot: Spot
) -> ReviewComment:
    time = stamp()
    return forge.store.add(
        ReviewComment,
        pull_id=pull.id,
        review_id=review.id,
        user_id=actor.user.id,
        path=comment.path,
        line=spot.line,
        side=spot.side,
        start_line=comment.start_line,
        position=spot.position,
        diff_hunk=spot.hunk,
        body=comment.body,
        commit_id=pull.head_sha,
        original_commit_id=pull.head_sha,
        original_line=spot.line,
        in_reply_to_id=None,
        created_at=time,
        updated_at=time,
    )


def _announce(
    forge: Forge,
    actor: Actor,
    repository: Repository,
    pull: Pull,
    review: Review,
    *,
    action: str = "submitted",
    more: Shape | None = None,
) -> None:
    def payload() -> Shape:
        shape = review_shape(forge, repository, pull, review)
        state = {"review": {**shape, "state": review.state.lower(), "body": review.body or None}}
        return {**state, "pull_request": simple_pull(forge, repository, pull), **(more or {})}

    emit(forge, "pull_request_review", repository, actor.user, payload, action=action)


def _announce_comment(forge: Forge, actor: Actor, repository: Repository, pull: Pull, comment: ReviewComment) -> None:
    def payload() -> Shape:
        shape = review_comment_shape(forge, repository, pull, comment)
        return {"comment": shape, "pull_request": simple_pull(forge, repository, pull)}

    emit(forge, "pull_request_review_comment", repository, actor.user, payload, action="created")
