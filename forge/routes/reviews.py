"""Reviews, and comments on lines of the diff."""

from forge.acts import reviews
from forge.acts.reviews import RefusalError
from forge.answers import Answer
from forge.call import Call, Routes, listing
from forge.errors import NotFoundError
from forge.records import Pull, Review
from forge.routes.pulls import ONE, READ, WRITE, this
from forge.routes.review_comments import list_comments, parse_comment
from forge.shapes.pulls import review_shape

routes = Routes("PullRequestReview", in_words=True)
REVIEW = ONE + "/reviews/{id}"


def _review(call: Call, pull: Pull) -> Review:
    found = call.forge.store.first(Review, "id = ? AND pull_id = ?", call.number("id"), pull.id)
    viewer = None if call.caller.user is None else call.caller.user.id
    if found is None or (found.state == reviews.PENDING and found.user_id != viewer):
        raise NotFoundError
    return found


@routes.add("GET", ONE + "/reviews", READ)
def list_reviews(call: Call) -> Answer:
    """List the reviews of a pull request, oldest first."""
    pull = this(call)
    viewer = None if call.caller.user is None else call.caller.user.id
    found = reviews.list_reviews(call.forge, pull, viewer)
    return listing(call, found, lambda review: review_shape(call.forge, call.repository, pull, review))


@routes.add("POST", ONE + "/reviews", WRITE)
def create(call: Call) -> Answer:
    """Review a pull request."""
    body, pull = call.body, this(call)
    review = reviews.create(
        call.forge,
        call.actor,
        call.repository,
        pull,
        event=body.optional_text("event"),
        body=body.optional_text("body") or "",
        commit_id=body.optional_text("commit_id"),
        comments=[parse_comment(item) for item in body.bodies("comments")],
    )
    return Answer(content=review_shape(call.forge, call.repository, pull, review))


@routes.add("GET", REVIEW, READ)
def get(call: Call) -> Answer:
    """Describe a review."""
    pull = this(call)
    return Answer(content=review_shape(call.forge, call.repository, pull, _review(call, pull)))


@routes.add("PUT", REVIEW, WRITE)
def edit(call: Call) -> Answer:
    """Change what a review says."""
    pull = this(call)
    review = reviews.edit(call.forge, call.actor, call.repository, _review(call, pull), call.body.text("body"))
    return Answer(content=review_shape(call.forge, call.repository, pull, review))


@routes.add("DELETE", REVIEW, WRITE)
def delete(call: Call) -> Answer:
    """Delete a pending review.

    Raises:
        RefusalError: if it was submitted.
    """
    pull = this(call)
    review = _review(call, pull)
    if review.state != reviews.PENDING:
        raise RefusalError("Can not delete a non-pending pull request review")
    call.forge.store.remove(Review, "id = ?", review.id)
    return Answer(content=review_shape(call.forge, call.repository, pull, review))


@routes.add("POST", REVIEW + "/events", WRITE)
def submit(call: Call) -> Answer:
    """Submit a pending review."""
    pull, body = this(call), call.body
    review = reviews.submit(
        call.forge,
        call.actor,
        call.repository,
        _review(call, pull),
        event=body.text("event"),
        body=body.optional_text("body") or "",
    )
    return Answer(content=review_shape(call.forge, call.repository, pull, review))


@routes.add("PUT", REVIEW + "/dismissals", WRITE)
def dismiss(call: Call) -> Answer:
    """Dismiss a review."""
    pull = this(call)
    call.body.text("message")
    review = reviews.dismiss(call.forge, call.actor, call.repository, _review(call, pull))
    return Answer(content=review_shape(call.forge, call.repository, pull, review))


@routes.add("GET", REVIEW + "/comments", READ)
def list_of_review(call: Call) -> Answer:
    """List the comments of a review."""
    return list_comments(call, "review_id = ?", _review(call, this(call)).id)
