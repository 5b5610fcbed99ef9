"""Comments of our own on lines of a pull request's diff."""

from collections.abc import Iterable, Sequence

from github.PullRequest import PullRequest, ReviewComment

from bot.github_values import LineComment, LineCommentView


def own_line_comments(pull: PullRequest, login: str) -> tuple[LineCommentView, ...]:
    """List the comments that `login` wrote on lines, oldest first, each with whether somebody answered it."""
    found = list(pull.get_review_comments())
    answered = {comment.in_reply_to_id for comment in found}
    return tuple(
        LineCommentView(
            id=comment.id, body=comment.body or "", line=comment.line or None, answered=comment.id in answered
        )
        for comment in found
        if comment.user is not None and comment.user.login == login
    )


def comment_on_lines(pull: PullRequest, sha: str, body: str, comments: Iterable[LineComment]) -> None:
    """Write comments on lines as one review that neither approves nor refuses, at a commit."""
    written: Sequence[ReviewComment] = [_comment(comment) for comment in comments]
    pull.create_review(pull.base.repo.get_commit(sha), body=body, event="COMMENT", comments=list(written))


def _comment(comment: LineComment) -> ReviewComment:
    single: ReviewComment = {"path": comment.path, "body": comment.body, "line": comment.last, "side": "RIGHT"}
    if comment.first == comment.last:
        return single
    return {**single, "start_line": comment.first, "start_side": "RIGHT"}
