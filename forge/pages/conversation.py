"""A pull request's conversation in the order of time: what was written, pushed, reviewed and merged."""

import hashlib
from collections.abc import Iterable

from markupsafe import Markup

from forge.forge import Forge
from forge.pages.gather import line_comments
from forge.pages.markdown import render
from forge.pages.views import CommitView, Entry, ReactionView
from forge.records import (
    Annotation,
    App,
    CheckRun,
    Collaborator,
    Comment,
    Issue,
    IssueLabel,
    Label,
    Pull,
    Reaction,
    Repository,
    Review,
    ReviewComment,
    ReviewRequest,
    Status,
    User,
)
from forge.roles import association

EMOJI = {
    "+1": "👍", "-1": "👎", "laugh": "😄", "hooray": "🎉", "confused": "😕", "heart": "❤️", "rocket": "🚀", "eyes": "👀",
}  # fmt: skip
VERBS = {
    "APPROVED": ("approved", "approved these changes"),
    "CHANGES_REQUESTED": ("refused", "asked for changes"),
    "COMMENTED": ("comment", "reviewed"),
    "DISMISSED": ("event", "reviewed, and the review was dismissed"),
}
BADGES = {"OWNER": "owner", "COLLABORATOR": "collaborator", "CONTRIBUTOR": "contributor"}
SHORT = 7


def view_conversation(
    forge: Forge, repository: Repository, issue: Issue, pull: Pull, commits: Iterable[CommitView]
) -> tuple[Entry, ...]:
    """Gather the entries of a conversation, oldest first; the description always leads."""
    verb = "opened this pull request"
    opening = _written(forge, repository, issue, anchor=f"issue-{issue.id}", subject="issue", verb=verb)
    comments = forge.store.all(Comment, "issue_id = ? ORDER BY id", issue.id)
    entries = [
        *(_commit(forge, repository, commit) for commit in commits),
        *(
            _written(forge, repository, each, anchor=f"issuecomment-{each.id}", subject="comment", verb="commented")
            for each in comments
        ),
        *_reviews(forge, repository, pull),
        *_ending(forge, repository, issue, pull),
    ]
    # Times are whole seconds: what happened within one second stands in the order above, pushes first.
    return (opening, *sorted(entries, key=lambda entry: entry.at))


def _written(
    forge: Forge, repository: Repository, written: Issue | Comment, *, anchor: str, subject: str, verb: str
) -> Entry:
    user = forge.user(written.user_id)
    text = written.body if written.body or isinstance(written, Comment) else "*No description.*"
    return Entry(
        anchor=anchor,
        kind="comment",
        author=user.login,
        is_bot=user.type == "Bot",
        badge=_badge(forge, repository, user),
        verb=verb,
        at=written.created_at,
        # An issue also changes when it gets a label or a comment, which is no edit.
        edited=isinstance(written, Comment) and written.updated_at > written.created_at,
        body=render(text, repository=forge.full_name(repository)),
        reactions=_reactions(forge, subject, written.id),
    )


def _badge(forge: Forge, repository: Repository, user: User) -> str:
    return "" if user.type == "Bot" else BADGES.get(association(forge, repository, user.id), "")


def _reviews(forge: Forge, repository: Repository, pull: Pull) -> Iterable[Entry]:
    for review in forge.store.all(Review, "pull_id = ? AND state != 'PENDING' ORDER BY id", pull.id):
        kind, verb = VERBS.get(review.state, ("event", "reviewed"))
        user = forge.user(review.user_id)
        remarks = tuple(line_comments(forge, repository, pull, review=review))
        yield Entry(
            anchor=f"pullrequestreview-{review.id}",
            kind=kind,
            author=user.login,
            is_bot=user.type == "Bot",
            badge=_badge(forge, repository, user),
            verb=verb,
            at=review.submitted_at,
            edited=False,
            body=render(review.body, repository=forge.full_name(repository)),
            remarks=remarks,
            url=f"/{forge.full_name(repository)}/commit/{review.commit_id}",
            url_text=f"at {review.commit_id[:SHORT]}",
        )


def _commit(forge: Forge, repository: Repository, commit: CommitView) -> Entry:
    known = forge.store.first(User, "email = ?", commit.email)
    return _event(
        anchor=f"commit-{commit.sha}",
        kind="commit",
        author=known.login if known else commit.author,
        verb=commit.subject,
        at=commit.at,
        url=f"/{forge.full_name(repository)}/commit/{commit.sha}",
        url_text=commit.sha[:SHORT],
    )


def _event(*, anchor: str, kind: str, author: str, verb: str, at: str, url: str = "", url_text: str = "") -> Entry:
    return Entry(
        anchor=anchor, kind=kind, author=author, is_bot=False, badge="", verb=verb, at=at, edited=False,
        body=Markup(), url=url, url_text=url_text,
    )  # fmt: skip


def _ending(forge: Forge, repository: Repository, issue: Issue, pull: Pull) -> Iterable[Entry]:
    if pull.merged_at is not None and pull.merge_commit_sha is not None:
        yield _event(
            anchor="merged",
            kind="merged",
            author=forge.user(pull.merged_by_id or issue.user_id).login,
            verb=f"merged this into {pull.base_ref}",
            at=pull.merged_at,
            url=f"/{forge.full_name(repository)}/commit/{pull.merge_commit_sha}",
            url_text=pull.merge_commit_sha[:SHORT],
        )
    elif issue.closed_at is not None:
        closer = forge.user(issue.closed_by_id or issue.user_id).login
        yield _event(anchor="closed", kind="closed", author=closer, verb="closed this", at=issue.closed_at)


def _reactions(forge: Forge, subject: str, number: int) -> tuple[ReactionView, ...]:
    found = forge.store.all(Reaction, "subject = ? AND subject_id = ? ORDER BY id", subject, number)
    return tuple(
        ReactionView(
            content=content,
            emoji=emoji,
            logins=tuple(forge.user(item.user_id).login for item in found if item.content == content),
        )
        for content, emoji in EMOJI.items()
        if any(item.content == content for item in found)
    )


def fingerprint(forge: Forge, repository: Repository, issue: Issue, pull: Pull) -> str:
    """Digest all that a pull request's pages rest on, without asking git: it changes when they do.

    A branch whose tip moves under the pull request changes the records too, because they keep both ends.
    """
    store, sha = forge.store, pull.head_sha
    comments = store.all(Comment, "issue_id = ?", issue.id)
    runs = store.all(CheckRun, "repository_id = ? AND head_sha = ?", repository.id, sha)
    parts: list[object] = [
        repository,
        issue,
        pull,
        comments,
        runs,
        store.all(App, "1"),
        store.all(Review, "pull_id = ?", pull.id),
        store.all(ReviewComment, "pull_id = ?", pull.id),
        store.all(ReviewRequest, "pull_id = ?", pull.id),
        store.all(IssueLabel, "issue_id = ?", issue.id),
        store.all(Label, "repository_id = ?", repository.id),
        store.all(Collaborator, "repository_id = ?", repository.id),
        store.count(User, "1"),
        store.all(Status, "repository_id = ? AND sha = ?", repository.id, sha),
        *(store.count(Annotation, "run_id = ?", run.id) for run in runs),
        store.all(Reaction, "subject = 'issue' AND subject_id = ?", issue.id),
        *(store.all(Reaction, "subject = 'comment' AND subject_id = ?", comment.id) for comment in comments),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]
