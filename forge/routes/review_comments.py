"""Comments on lines of a pull request's diff."""

from forge.acts import pulls, reviews
from forge.answers import Answer, created, no_content
from forge.body import Body
from forge.call import Call, Routes, listing
from forge.clock import stamp
from forge.errors import NotFoundError
from forge.records import Pull, ReviewComment
from forge.routes.pulls import ONE, READ, WRITE, this
from forge.shapes.pulls import review_comment_shape

routes = Routes("PullRequestReviewComment")
COMMENTS = "/repos/{owner}/{repo}/pulls/comments"


def parse_comment(body: Body) -> reviews.LineComment:
    """Read a comment on a line from a request."""
    return reviews.LineComment(
        path=body.text("path"),
        body=body.text("body"),
        line=body.optional_integer("line"),
        side=body.optional_text("side") or "RIGHT",
        start_line=body.optional_integer("start_line"),
        position=body.optional_integer("position"),
    )


def list_comments(call: Call, condition: str, *values: object) -> Answer:
    """Answer with the comments that meet a condition."""
    found = call.forge.store.all(ReviewComment, f"{condition} ORDER BY id", *values)
    return listing(call, found, lambda comment: _shape(call, comment))


def _shape(call: Call, comment: ReviewComment) -> object:
    pull = call.forge.store.get(Pull, comment.pull_id)
    return review_comment_shape(call.forge, call.repository, pull, comment)


@routes.add("GET", ONE + "/comments", READ)
def list_of_pull(call: Call) -> Answer:
    """List the comments on lines of a pull request."""
    submitted = "review_id NOT IN (SELECT id FROM reviews WHERE state = 'PENDING')"
    return list_comments(call, f"pull_id = ? AND {submitted}", this(call).id)


@routes.add("GET", COMMENTS, READ)
def list_of_repository(call: Call) -> Answer:
    """List the comments on lines of all pull requests."""
    submitted = "review_id NOT IN (SELECT id FROM reviews WHERE state = 'PENDING')"
    of_repository = "pull_id IN (SELECT id FROM pulls WHERE repository_id = ?)"
    return list_comments(call, f"{of_repository} AND {submitted}", call.repository.id)


@routes.add("POST", ONE + "/comments", WRITE)
def comment_on_line(call: Call) -> Answer:
    """Comment on a line, or answer a comment on one."""
    pull, first = this(call), call.body.optional_integer("in_reply_to")
    if first is not None:
        return _reply(call, pull, first)
    comment = reviews.comment_on_line(call.forge, call.actor, call.repository, pull, parse_comment(call.body))
    return created(_shape(call, comment))


@routes.add("POST", ONE + "/comments/{id}/replies", WRITE)
def reply(call: Call) -> Answer:
    """Answer a comment on a line."""
    return _reply(call, this(call), call.number("id"))


def _reply(call: Call, pull: Pull, number: int) -> Answer:
    first = call.forge.store.first(ReviewComment, "id = ? AND pull_id = ?", number, pull.id)
    if first is None:
        raise NotFoundError
    made = reviews.reply(call.forge, call.actor, call.repository, pull, first, call.body.text("body"))
    return created(_shape(call, made))


def _comment(call: Call) -> ReviewComment:
    condition = "id = ? AND pull_id IN (SELECT id FROM pulls WHERE repository_id = ?)"
    found = call.forge.store.first(ReviewComment, condition, call.number("id"), call.repository.id)
    if found is None:
        raise NotFoundError
    return found


@routes.add("GET", COMMENTS + "/{id}", READ)
def get_comment(call: Call) -> Answer:
    """Describe a comment on a line."""
    return Answer(content=_shape(call, _comment(call)))


@routes.add("PATCH", COMMENTS + "/{id}", WRITE)
def edit_comment(call: Call) -> Answer:
    """Change what a comment on a line says."""
    comment, body = _comment(call), call.body.text("body")
    pulls.require_author(call.forge, call.actor, call.repository, comment.user_id)
    changed = call.forge.store.change(ReviewComment, comment.id, body=body, updated_at=stamp())
    return Answer(content=_shape(call, changed))


@routes.add("DELETE", COMMENTS + "/{id}", WRITE)
def delete_comment(call: Call) -> Answer:
    """Delete a comment on a line."""
    comment = _comment(call)
    pulls.require_author(call.forge, call.actor, call.repository, comment.user_id)
    call.forge.store.remove(ReviewComment, "id = ?", comment.id)
    return no_content()
