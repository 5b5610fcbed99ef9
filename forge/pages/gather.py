"""A pull request as its pages show it, read from the records and from git."""

from collections.abc import Sequence

from forge.acts import pulls, suggestions
from forge.errors import ApiError
from forge.forge import Forge
from forge.git.history import Commit
from forge.git.refs import list_refs
from forge.pages.checks import annotations, view_checks, worst_outcome
from forge.pages.diffs import Remark, view_files
from forge.pages.markdown import render
from forge.pages.views import (
    CommitView,
    FilesView,
    LabelView,
    PullLine,
    PullView,
    RepositoryView,
    ReviewerView,
)
from forge.records import (
    Comment,
    Issue,
    Pull,
    Repository,
    Review,
    ReviewComment,
    ReviewRequest,
)
from forge.shapes.issues import issue_labels


def find_repository(forge: Forge, owner: str, name: str) -> Repository:
    """Find a repository.

    Raises:
        ApiError: 404, if there is none.
    """
    repository = forge.find_repository(owner, name)
    if repository is None:
        raise ApiError(404, "Not Found")
    return repository


def find_pull(forge: Forge, repository: Repository, number: int) -> tuple[Issue, Pull]:
    """Find a pull request with its issue.

    Raises:
        ApiError: 404, if there is none.
    """
    pull = forge.store.first(Pull, "repository_id = ? AND number = ?", repository.id, number)
    if pull is None:
        raise ApiError(404, "Not Found")
    return forge.store.get(Issue, pull.issue_id), pull


def view_repository(forge: Forge, repository: Repository) -> RepositoryView:
    """Show a repository in a heading."""
    parent = forge.store.first(Repository, "id = ?", repository.parent_id) if repository.parent_id else None
    return RepositoryView(
        full_name=forge.full_name(repository),
        description=repository.description,
        default_branch=repository.default_branch,
        pushed_at=repository.pushed_at,
        parent=None if parent is None else forge.full_name(parent),
        open_pulls=forge.store.count(Issue, "repository_id = ? AND is_pull AND state = 'open'", repository.id),
    )


def list_pulls(forge: Forge, repository: Repository, *, state: str) -> tuple[PullLine, ...]:
    """List pull requests, newest first, of one state or of all."""
    condition = "repository_id = ? AND is_pull AND (? = 'all' OR state = ?) ORDER BY number DESC"
    issues = forge.store.all(Issue, condition, repository.id, state, state)
    ends = {pull.issue_id: pull for pull in forge.store.all(Pull, "repository_id = ?", repository.id)}
    return tuple(
        PullLine(
            number=issue.number,
            title=issue.title,
            state=state_of(issue, ends[issue.id]),
            author=forge.user(issue.user_id).login,
            created_at=issue.created_at,
            labels=_labels(forge, issue),
            comments=forge.store.count(Comment, "issue_id = ?", issue.id),
        )
        for issue in issues
    )


def state_of(issue: Issue, pull: Pull) -> str:
    """Say `open`, `draft`, `merged` or `closed`."""
    if pull.merged_at is not None:
        return "merged"
    if issue.state == "open" and pull.draft:
        return "draft"
    return issue.state


def _labels(forge: Forge, issue: Issue) -> tuple[LabelView, ...]:
    return tuple(
        LabelView(name=label.name, color=label.color.lower(), description=label.description or "")
        for label in issue_labels(forge, issue.id)
    )


def view_pull(forge: Forge, repository: Repository, issue: Issue, pull: Pull) -> PullView:
    """Gather what each page of a pull request shows."""
    files = pulls.files(forge, repository, pull)
    commits = pulls.commits(forge, repository, pull)
    comments = forge.store.all(Comment, "issue_id = ?", issue.id)
    reviews = forge.store.all(Review, "pull_id = ? ORDER BY id", pull.id)
    people = [issue.user_id, *(comment.user_id for comment in comments), *(review.user_id for review in reviews)]
    return PullView(
        repository=view_repository(forge, repository),
        number=issue.number,
        title=issue.title,
        state=state_of(issue, pull),
        author=forge.user(issue.user_id).login,
        created_at=issue.created_at,
        base=pull.base_ref,
        head=_head(forge, repository, pull),
        head_sha=pull.head_sha,
        labels=_labels(forge, issue),
        reviewers=_reviewers(forge, pull, reviews),
        commits=tuple(view_commit(forge, repository, commit, with_checks=True) for commit in commits),
        checks=view_checks(forge, repository, pull, files),
        files=len(files),
        additions=sum(file.additions for file in files),
        deletions=sum(file.deletions for file in files),
        comments=len(comments),
        participants=tuple(forge.user(number).login for number in dict.fromkeys(people)),
    )


def _head(forge: Forge, repository: Repository, pull: Pull) -> str:
    """Name the head's branch, with its owner if that is somebody else's."""
    if pull.head_repository_id == repository.id:
        return pull.head_ref
    return f"{forge.user(pull.head_user_id).login}:{pull.head_ref}"


def _reviewers(forge: Forge, pull: Pull, reviews: Sequence[Review]) -> tuple[ReviewerView, ...]:
    """List who reviewed, by their last word, and who was asked and has not answered yet."""
    asked = forge.store.all(ReviewRequest, "pull_id = ? ORDER BY id", pull.id)
    states = {request.user_id: "REQUESTED" for request in asked}
    for review in reviews:
        # A mere comment takes neither an approval nor a request for changes back.
        if review.state != "PENDING" and (review.state != "COMMENTED" or review.user_id not in states):
            states[review.user_id] = review.state
    return tuple(ReviewerView(login=forge.user(number).login, state=state) for number, state in states.items())


def view_commit(forge: Forge, repository: Repository, commit: Commit, *, with_checks: bool = False) -> CommitView:
    """Show a commit, with how its checks stand if asked."""
    subject, _, rest = commit.message.partition("\n")
    return CommitView(
        sha=commit.sha,
        subject=subject,
        rest=rest.strip("\n"),
        author=commit.author.name,
        email=commit.author.email,
        at=commit.committer.date,
        parents=commit.parents,
        checks=worst_outcome(forge, repository, commit.sha) if with_checks else None,
    )


def view_changes(forge: Forge, repository: Repository, pull: Pull) -> FilesView:
    """Gather the changed files with what checks and reviewers say about their lines."""
    remarks = [*annotations(forge, repository, pull), *line_comments(forge, repository, pull)]
    files, elsewhere = view_files(pulls.files(forge, repository, pull), remarks)
    return FilesView(files=files, elsewhere=elsewhere)


def line_comments(forge: Forge, repository: Repository, pull: Pull, *, review: Review | None = None) -> list[Remark]:
    """List the comments on lines: those of one review, or of all that were submitted."""
    submitted = "review_id IN (SELECT id FROM reviews WHERE state != 'PENDING')"
    condition = f"pull_id = ? AND (? IS NULL OR review_id = ?) AND {submitted} ORDER BY id"
    number = None if review is None else review.id
    return [
        _remark(forge, repository, pull, comment)
        for comment in forge.store.all(ReviewComment, condition, pull.id, number, number)
    ]


def _remark(forge: Forge, repository: Repository, pull: Pull, comment: ReviewComment) -> Remark:
    suggestion = suggestions.find(forge, repository, pull, comment)
    body = comment.body if suggestion is None else suggestions.without_block(comment.body)
    lines = f"line {comment.line}" if comment.start_line is None else f"lines {comment.start_line} to {comment.line}"
    return Remark(
        path=comment.path,
        line=comment.line,
        side=comment.side,
        kind="comment",
        author=forge.user(comment.user_id).login,
        title="" if comment.line is None else lines,
        body=render(body, repository=forge.full_name(repository)),
        anchor=f"discussion_r{comment.id}",
        suggestion=suggestion,
        number=comment.id,
    )


def branches(forge: Forge, repository: Repository) -> tuple[str, ...]:
    """List a repository's branches, the default one first."""
    names = [ref.name.removeprefix("refs/heads/") for ref in list_refs(forge.folder(repository), "refs/heads/")]
    return tuple(sorted(names, key=lambda name: (name != repository.default_branch, name)))
