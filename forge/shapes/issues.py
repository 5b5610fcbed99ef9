"""Issues, their comments, labels and reactions as GitHub's JSON."""

from urllib.parse import quote

from forge.forge import Forge
from forge.records import Comment, Issue, Label, Pull, Reaction, Repository
from forge.roles import association
from forge.shapes.apps import app_by_id
from forge.shapes.repositories import repository_page, repository_url
from forge.shapes.users import Shape, node_id, simple_user_by_id

CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label_shape(forge: Forge, repository: Repository, label: Label) -> Shape:
    """Describe a label."""
    return {
        "id": label.id,
        "node_id": node_id("Label", label.id),
        "url": f"{repository_url(forge, repository)}/labels/{quote(label.name, safe='')}",
        "name": label.name,
        "color": label.color,
        "default": label.is_default,
        "description": label.description,
    }


def issue_labels(forge: Forge, issue_id: int) -> list[Label]:
    """List the labels of an issue in the order they were put on."""
    condition = (
        "id IN (SELECT label_id FROM issue_labels WHERE issue_id = ?)"
        " ORDER BY (SELECT id FROM issue_labels AS l WHERE l.issue_id = ? AND l.label_id = labels.id)"
    )
    return forge.store.all(Label, condition, issue_id, issue_id)


def reaction_shape(forge: Forge, reaction: Reaction) -> Shape:
    """Describe a reaction."""
    return {
        "id": reaction.id,
        "node_id": node_id("Reaction", reaction.id),
        "user": simple_user_by_id(forge, reaction.user_id),
        "content": reaction.content,
        "created_at": reaction.created_at,
    }


def reaction_rollup(forge: Forge, url: str, subject: str, subject_id: int) -> Shape:
    """Count the reactions to something."""
    found = forge.store.all(Reaction, "subject = ? AND subject_id = ?", subject, subject_id)
    counts: Shape = {content: sum(item.content == content for item in found) for content in CONTENTS}
    return {"url": f"{url}/reactions", "total_count": len(found), **counts}


def issue_page(forge: Forge, repository: Repository, issue: Issue) -> str:
    """Give the web page's address of an issue or pull request."""
    return f"{repository_page(forge, repository)}/{'pull' if issue.is_pull else 'issues'}/{issue.number}"


def comment_shape(forge: Forge, repository: Repository, comment: Comment) -> Shape:
    """Describe a comment."""
    issue = forge.store.get(Issue, comment.issue_id)
    base = repository_url(forge, repository)
    url = f"{base}/issues/comments/{comment.id}"
    return {
        "id": comment.id,
        "node_id": node_id("IssueComment", comment.id),
        "url": url,
        "html_url": f"{issue_page(forge, repository, issue)}#issuecomment-{comment.id}",
        "issue_url": f"{base}/issues/{issue.number}",
        "user": simple_user_by_id(forge, comment.user_id),
        "created_at": comment.created_at,
        "updated_at": comment.updated_at,
        "author_association": association(forge, repository, comment.user_id),
        "body": comment.body,
        "reactions": reaction_rollup(forge, url, "comment", comment.id),
        "performed_via_github_app": app_by_id(forge, comment.app_id),
    }


def issue_shape(forge: Forge, repository: Repository, issue: Issue) -> Shape:
    """Describe an issue, or a pull request seen as one."""
    base = repository_url(forge, repository)
    url = f"{base}/issues/{issue.number}"
    shape: Shape = {
        "url": url,
        "repository_url": base,
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "html_url": issue_page(forge, repository, issue),
        "id": issue.id,
        "node_id": node_id("Issue", issue.id),
        "number": issue.number,
        "title": issue.title,
        "user": simple_user_by_id(forge, issue.user_id),
        "labels": [label_shape(forge, repository, label) for label in issue_labels(forge, issue.id)],
        "state": issue.state,
        "locked": False,
        "assignee": None,
        "assignees": [],
        "milestone": None,
        "comments": forge.store.count(Comment, "issue_id = ?", issue.id),
        "created_at": issue.created_at,
        "updated_at": issue.updated_at,
        "closed_at": issue.closed_at,
        "author_association": association(forge, repository, issue.user_id),
        "active_lock_reason": None,
        "body": issue.body,
        "reactions": reaction_rollup(forge, url, "issue", issue.id),
        "timeline_url": f"{url}/timeline",
        "performed_via_github_app": app_by_id(forge, issue.app_id),
        "state_reason": issue.state_reason,
    }
    pull = forge.store.first(Pull, "issue_id = ?", issue.id) if issue.is_pull else None
    if pull is not None:
        page = issue_page(forge, repository, issue)
        shape["draft"] = pull.draft
        shape["pull_request"] = {
            "url": f"{base}/pulls/{issue.number}",
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": pull.merged_at,
        }
    return shape


def closed_by(forge: Forge, issue: Issue) -> Shape:
    """Say who closed an issue: only the answer about one issue does."""
    return {"closed_by": simple_user_by_id(forge, issue.closed_by_id)}
