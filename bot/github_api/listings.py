"""Lists over a whole repository, as reconciliation reads them: pull requests, and comments in all conversations."""

from datetime import datetime

from github.Repository import Repository as Client

from bot.github_values import ListedComment, ListedPull


def listed_pulls(repository: Client, state: str, *, since: datetime | None) -> tuple[ListedPull, ...]:
    """List pull requests, the last changed first; no more than those that changed since then."""
    listed = []
    for pull in repository.get_pulls(state=state, sort="updated", direction="desc"):
        at = pull.updated_at or pull.created_at
        if since is not None and at < since:
            break
        state_now = "merged" if pull.merged_at is not None else pull.state
        listed.append(ListedPull(number=pull.number, state=state_now, head_sha=pull.head.sha, updated_at=at))
    return tuple(listed)


def comments_since(repository: Client, since: datetime) -> tuple[ListedComment, ...]:
    """List comments that were written or edited since then, oldest first."""
    return tuple(
        ListedComment(
            number=int(comment.issue_url.rsplit("/", 1)[-1]),
            on_pull="/pull/" in comment.html_url,
            id=comment.id,
            author=comment.user.login if comment.user else "ghost",
            by_bot=bool(comment.user) and comment.user.type == "Bot",
            body=comment.body or "",
            edited=comment.updated_at != comment.created_at,
            updated_at=comment.updated_at,
        )
        for comment in repository.get_issues_comments(sort="updated", direction="asc", since=since)
    )
