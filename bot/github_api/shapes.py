"""GitHub's objects, as the client library or plain JSON has them, made into values."""

from datetime import datetime

from github.Commit import Commit
from github.IssueComment import IssueComment
from github.PullRequest import PullRequest

from bot.github_values import CommentView, CommitView, PullView, TreeEntry
from bot.payload import Payload

NEWCOMERS = frozenset({"FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR"})


def pull_view(pull: PullRequest) -> PullView:
    """Read a pull request."""
    merged = pull.merged_at is not None
    return PullView(
        number=pull.number,
        title=pull.title or "",
        body=pull.body or "",
        author=pull.user.login if pull.user else "ghost",
        state="merged" if merged else pull.state,
        base_ref=pull.base.ref,
        base_sha=pull.base.sha,
        head_sha=pull.head.sha,
        labels=tuple(label.name for label in pull.labels),
        url=pull.html_url,
        first_contribution=pull.author_association in NEWCOMERS,
        merged_at=pull.merged_at,
        updated_at=pull.updated_at,
        closed_at=pull.closed_at,
        line_comments=pull.review_comments,
    )


def comment_view(comment: IssueComment, *, own_login: str) -> CommentView:
    """Read a comment."""
    author, by_bot = (comment.user.login, comment.user.type == "Bot") if comment.user else ("ghost", False)
    return CommentView(
        id=comment.id,
        body=comment.body or "",
        mine=author == own_login,
        author=author,
        by_bot=by_bot,
        written_at=comment.updated_at,
    )


def comment_of(data: Payload, *, own_login: str) -> CommentView:
    """Read a comment as GitHub gives it by its id."""
    author, written_at = data.text("user", "login") or "ghost", data.text("updated_at")
    return CommentView(
        id=data.number("id") or 0,
        body=data.text("body") or "",
        mine=author == own_login,
        author=author,
        by_bot=data.text("user", "type") == "Bot",
        written_at=None if written_at is None else datetime.fromisoformat(written_at),
    )


def tree_entry(item: Payload) -> TreeEntry:
    """Read a file of a commit's tree."""
    return TreeEntry(
        path=item.text("path") or "",
        mode=item.text("mode") or "",
        sha=item.text("sha") or "",
        size=item.number("size") or 0,
    )


def commit_view(commit: Commit) -> CommitView:
    """Read a commit from a list of them."""
    # Only what a listing holds is touched: anything else, raw_data too, costs a request for each commit.
    return CommitView(
        sha=commit.sha,
        parents=tuple(parent.sha for parent in commit.parents),
        author_name=commit.commit.author.name or "",
        author_email=commit.commit.author.email or "",
        committer_name=commit.commit.committer.name or "",
        committer_email=commit.commit.committer.email or "",
        message=commit.commit.message,
        login=commit.author.login if commit.author else None,
        is_bot=bool(commit.author) and commit.author.type == "Bot",
        verified=bool(commit.commit.verification) and commit.commit.verification.verified is True,
        authored=commit.commit.author.date,
    )
