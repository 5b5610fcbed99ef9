"""Issues, and the comments on issues and pull requests."""

from forge.acts import comments, issues, labels, pulls
from forge.answers import Answer, created, no_content
from forge.body import Body, is_text
from forge.call import Call, Routes, listing
from forge.errors import InvalidError, NotFoundError
from forge.records import Comment, Issue
from forge.roles import Role, role_of
from forge.shapes.issues import closed_by, comment_shape, issue_labels, issue_shape

routes = Routes("Issue")
READ, WRITE = "issues:read pull_requests:read", "issues:write pull_requests:write"
BASE = "/repos/{owner}/{repo}/issues"
ONE, COMMENT = BASE + "/{number}", BASE + "/comments/{id}"


def this(call: Call) -> Issue:
    """Find the issue or pull request that the path names.

    Raises:
        NotFoundError: 404 if there is none.
    """
    found = issues.find(call.forge, call.repository, call.number("number"))
    if found is None:
        raise NotFoundError
    return found


def parse_names(body: Body, field: str) -> list[str]:
    """Read label names, each bare or in an object.

    Raises:
        InvalidError: if one is neither.
    """
    names = []
    for item in body.items(field):
        name = item.get("name") if isinstance(item, dict) else item
        if not is_text(name):
            raise InvalidError("Label", "name")
        names.append(str(name))
    return names


def _may_label(call: Call) -> bool:
    # Labels from somebody who may not label are dropped without a word, as on GitHub.
    return call.actor.app is not None or role_of(call.forge, call.repository, call.actor.user) >= Role.TRIAGE


@routes.add("GET", BASE + "/comments", READ)
def list_all_comments(call: Call) -> Answer:
    """List the comments of all issues, oldest first."""
    descends = call.query.get("direction") == "desc"
    order = "updated_at" if call.query.get("sort") == "updated" else "id"
    condition = f"repository_id = ? AND updated_at >= ? ORDER BY {order} {'DESC' if descends else ''}"
    found = call.forge.store.all(Comment, condition, call.repository.id, call.query.get("since", ""))
    return listing(call, found, lambda comment: comment_shape(call.forge, call.repository, comment))


@routes.add("GET", COMMENT, READ)
def get_comment(call: Call) -> Answer:
    """Describe a comment."""
    return Answer(content=comment_shape(call.forge, call.repository, call.record(Comment)))


@routes.add("PATCH", COMMENT, WRITE)
def edit_comment(call: Call) -> Answer:
    """Change what a comment says."""
    comment = comments.edit(call.forge, call.actor, call.repository, call.record(Comment), call.body.text("body"))
    return Answer(content=comment_shape(call.forge, call.repository, comment))


@routes.add("DELETE", COMMENT, WRITE)
def delete_comment(call: Call) -> Answer:
    """Delete a comment."""
    comments.delete(call.forge, call.actor, call.repository, call.record(Comment))
    return no_content()


@routes.add("GET", BASE, READ)
def list_issues(call: Call) -> Answer:
    """List issues and pull requests by state, labels and author, newest first.

    Raises:
        InvalidError: if a field cannot be accepted.
    """
    state = call.query.get("state", "open")
    if state not in {"open", "closed", "all"}:
        raise InvalidError("Issue", "state")
    condition = "repository_id = ? AND (? = 'all' OR state = ?) AND updated_at >= ? ORDER BY number DESC"
    since = call.query.get("since", "")
    found = call.forge.store.all(Issue, condition, call.repository.id, state, state, since)
    wanted = {name.strip().lower() for name in call.query.get("labels", "").split(",") if name.strip()}
    if wanted:
        found = [
            issue for issue in found if wanted <= {label.name.lower() for label in issue_labels(call.forge, issue.id)}
        ]
    creator = call.query.get("creator")
    if creator:
        found = [issue for issue in found if call.forge.user(issue.user_id).login.lower() == creator.lower()]
    if call.query.get("sort") == "updated":
        found.sort(key=lambda issue: issue.updated_at, reverse=True)
    if call.query.get("direction") == "asc":
        found.reverse()
    return listing(call, found, lambda issue: issue_shape(call.forge, call.repository, issue))


@routes.add("POST", BASE, "issues:write")
def open_issue(call: Call) -> Answer:
    """Open an issue."""
    title, body = call.body.text("title"), call.body.optional_text("body")
    issue = issues.open_issue(call.forge, call.actor, call.repository, title=title, body=body)
    if call.body.items("labels") and _may_label(call):
        labels.put_on(call.forge, call.actor, call.repository, issue, parse_names(call.body, "labels"))
    return created(issue_shape(call.forge, call.repository, issue))


@routes.add("GET", ONE, READ)
def get(call: Call) -> Answer:
    """Describe an issue or a pull request seen as one."""
    issue = this(call)
    return Answer(content={**issue_shape(call.forge, call.repository, issue), **closed_by(call.forge, issue)})


@routes.add("PATCH", ONE, WRITE)
def edit(call: Call) -> Answer:
    """Change an issue or the conversation of a pull request."""
    body, issue = call.body, this(call)
    change = pulls.Edit(
        title=body.optional_text("title"), body=body.optional_text("body"), state=body.optional_text("state")
    )
    issue = issues.edit(
        call.forge,
        call.actor,
        call.repository,
        issue,
        change=change,
        state_reason=body.optional_text("state_reason"),
    )
    if "labels" in body and _may_label(call):
        labels.set_on(call.forge, call.actor, call.repository, issue, parse_names(body, "labels"))
    return Answer(content={**issue_shape(call.forge, call.repository, issue), **closed_by(call.forge, issue)})


@routes.add("GET", ONE + "/comments", READ)
def list_comments(call: Call) -> Answer:
    """List the comments of an issue, oldest first."""
    found = comments.list_comments(call.forge, this(call))
    since = call.query.get("since", "")
    found = [comment for comment in found if comment.updated_at >= since]
    return listing(call, found, lambda comment: comment_shape(call.forge, call.repository, comment))


@routes.add("POST", ONE + "/comments", WRITE)
def create_comment(call: Call) -> Answer:
    """Write a comment."""
    comment = comments.create(call.forge, call.actor, call.repository, this(call), call.body.text("body"))
    return created(comment_shape(call.forge, call.repository, comment))
