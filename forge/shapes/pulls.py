"""Pull requests, reviews and review comments as GitHub's JSON."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from forge.forge import Forge
from forge.git import history
from forge.git.diffs import diff
from forge.records import Comment, Issue, Pull, Repository, Review, ReviewComment, ReviewRequest, User
from forge.roles import association
from forge.shapes.issues import issue_labels, issue_page, label_shape, reaction_rollup
from forge.shapes.repositories import repository_reference, repository_shape, repository_url
from forge.shapes.users import Shape, node_id, simple_user, simple_user_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much a pull request changes."""

    commits: int
    files: int
    additions: int
    deletions: int


@lru_cache(maxsize=4096)
def measure(folder: Path, base: str, head: str) -> Size:
    """Measure what lies between two commits; neither ever changes, so that once is enough."""
    ahead, _ = history.ahead_behind(folder, base, head)
    files = diff(folder, history.merge_base(folder, base, head) or base, head)
    return Size(
        commits=ahead,
        files=len(files),
        additions=sum(file.additions for file in files),
        deletions=sum(file.deletions for file in files),
    )


def simple_pull(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    """Describe a pull request as lists do."""
    issue = forge.store.get(Issue, pull.issue_id)
    base, page = repository_url(forge, repository), issue_page(forge, repository, issue)
    url, issue_url = f"{base}/pulls/{pull.number}", f"{base}/issues/{pull.number}"
    links = {
        "comments_url": f"{issue_url}/comments",
        "commits_url": f"{url}/commits",
        "issue_url": issue_url,
        "review_comment_url": f"{base}/pulls/comments{{/number}}",
        "review_comments_url": f"{url}/comments",
        "statuses_url": f"{base}/statuses/{pull.head_sha}",
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": node_id("PullRequest", pull.id),
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        **links,
        "number": pull.number,
        "state": issue.state,
        "locked": False,
        "title": issue.title,
        "user": simple_user_by_id(forge, issue.user_id),
        "body": issue.body,
        "labels": [label_shape(forge, repository, label) for label in issue_labels(forge, issue.id)],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "merged_at": pull.merged_at,
        "merge_commit_sha": pull.merge_commit_sha,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": requested_reviewers(forge, pull),
        "requested_teams": [],
        "head": _head(forge, pull),
        "base": _end(forge, repository, forge.user(repository.owner_id), pull.base_ref, pull.base_sha),
        "_links": {
            **{name.removesuffix("_url"): {"href": address} for name, address in links.items()},
            "self": {"href": url},
            "html": {"href": page},
        },
        "author_association": association(forge, repository, issue.user_id),
        "auto_merge": None,
        "draft": pull.draft,
    }


def pull_shape(forge: Forge, repository: Repository, pull: Pull, *, mergeable: bool | None = None) -> Shape:
    """Describe a pull request in full; `mergeable` is None as long as it is not known."""
    size = measure(forge.folder(repository), pull.base_sha, pull.head_sha)
    return {
        **simple_pull(forge, repository, pull),
        "merged": pull.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": {None: "unknown", True: "clean", False: "dirty"}[mergeable],
        "merged_by": simple_user_by_id(forge, pull.merged_by_id),
        "comments": forge.store.count(Comment, "issue_id = ?", pull.issue_id),
        "review_comments": forge.store.count(ReviewComment, "pull_id = ?", pull.id),
        "maintainer_can_modify": pull.maintainer_can_modify,
        "commits": size.commits,
        "additions": size.additions,
        "deletions": size.deletions,
        "changed_files": size.files,
    }


def pull_reference(forge: Forge, repository: Repository, pull: Pull) -> Shape:
    """Name a pull request as check runs do; only those from the repository itself are named there."""
    return {
        "url": f"{repository_url(forge, repository)}/pulls/{pull.number}",
        "id": pull.id,
        "number": pull.number,
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": repository_reference(forge, repository)},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": repository_reference(forge, repository)},
    }


def requested_reviewers(forge: Forge, pull: Pull) -> list[Shape]:
    """List who was asked to review."""
    asked = forge.store.all(ReviewRequest, "pull_id = ? ORDER BY id", pull.id)
    return [simple_user(forge, forge.user(request.user_id)) for request in asked]


def _head(forge: Forge, pull: Pull) -> Shape:
    repository = None
    if pull.head_repository_id is not None:
        repository = forge.store.first(Repository, "id = ?", pull.head_repository_id)
    return _end(forge, repository, forge.user(pull.head_user_id), pull.head_ref, pull.head_sha)


def _end(forge: Forge, repository: Repository | None, user: User, ref: str, sha: str) -> Shape:
    return {
        "label": f"{user.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": simple_user(forge, user),
        "repo": None if repository is None else repository_shape(forge, repository),
    }


def review_shape(forge: Forge, repository: Repository, pull: Pull, review: Review) -> Shape:
    """Describe a review."""
    url = f"{repository_url(forge, repository)}/pulls/{pull.number}"
    page = issue_page(forge, repository, forge.store.get(Issue, pull.issue_id))
    html = f"{page}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": node_id("PullRequestReview", review.id),
        "user": simple_user_by_id(forge, review.user_id),
        "body": review.body,
        "state": review.state,
        "html_url": html,
        "pull_request_url": url,
        "author_association": association(forge, repository, review.user_id),
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "submitted_at": review.submitted_at,
        "commit_id": review.commit_id,
    }


def review_comment_shape(forge: Forge, repository: Repository, pull: Pull, comment: ReviewComment) -> Shape:
    """Describe a comment on a line of the diff."""
    base = repository_url(forge, repository)
    page = issue_page(forge, repository, forge.store.get(Issue, pull.issue_id))
    url, html = f"{base}/pulls/comments/{comment.id}", f"{page}#discussion_r{comment.id}"
    pull_url = f"{base}/pulls/{pull.number}"
    reply: Shape = {} if comment.in_reply_to_id is None else {"in_reply_to_id": comment.in_reply_to_id}
    return {
        "url": url,
        "pull_request_review_id": comment.review_id,
        "id": comment.id,
        "node_id": node_id("PullRequestReviewComment", comment.id),
        "diff_hunk": comment.diff_hunk,
        "path": comment.path,
        "position": comment.position,
        "original_position": comment.position or 1,
        "commit_id": comment.commit_id,
        "original_commit_id": comment.original_commit_id,
        "user": simple_user_by_id(forge, comment.user_id),
        "body": comment.body,
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "html_url": html,
        "pull_request_url": pull_url,
        "author_association": association(forge, repository, comment.user_id),
        "_links": {"self": {"href": url}, "html": {"href": html}, "pull_request": {"href": pull_url}},
        "reactions": reaction_rollup(forge, url, "review_comment", comment.id),
        "start_line": comment.start_line,
        "original_start_line": comment.start_line,
        "start_side": comment.side if comment.start_line is not None else None,
        "line": comment.line,
        "original_line": comment.original_line,
        "side": comment.side,
        "subject_type": "line",
        **reply,
    }
