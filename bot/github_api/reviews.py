"""Comments of our own on lines of a pull request's diff."""

from collections.abc import Iterable, Sequence

from github.PullRequest import PullRequest, ReviewComment

from bot.github_values import LineComment, LineCommentView
from bot.payload import Payload


def own_line_comments(pull: PullRequest, login: str) -> tuple[LineCommentView, ...]:
    """List the comments that `login` wrote on lines, oldest first, each with whether somebody answered it."""
    found = list(pull.get_review_comments())
    answered = {comment.in_reply_to_id for comment in found}
    return tuple(
        LineCommentView(
            id=comment.id,
            body=comment.body or "",
            line=comment.line or None,
            answered=comment.id in answered,
            review=comment.pull_request_review_id,
        )
        for comment in found
        if comment.user is not None and comment.user.login == login
    )


def line_comments_of_review(data: Payload) -> tuple[LineCommentView, ...]:
    """Read the comments of one review of our own, as GitHub lists them."""
    found = ((item.number("id"), item) for item in data.items())
    return tuple(
        LineCommentView(
            id=number,
            body=item.text("body") or "",
            line=item.number("line"),
            review=item.number("pull_request_review_id"),
        )
        for number, item in found
        if number is not None
    )


def comment_on_lines(pull: PullRequest, sha: str, body: str, comments: Iterable[LineComment]) -> int:
    """Write comments on lines as one review that neither approves nor refuses, at a commit; give its id."""
    written: Sequence[ReviewComment] = [_comment(comment) for comment in comments]
    return pull.create_review(pull.base.repo.get_commit(sha), body=body, event="COMMENT", comments=list(written)).id


def _comment(comment: LineComment) -> ReviewComment:
    single: ReviewComment = {"path": comment.path, "body": comment.body, "line": comment.last, "side": "RIGHT"}
    if comment.first == comment.last:
        return single
    return {**single, "start_line": comment.first, "start_side": "RIGHT"}
