"""Pull requests: listed, opened, edited, read, merged."""

from forge.acts import merging, pulls
from forge.answers import Answer, created
from forge.call import Call, Routes, listing
from forge.errors import InvalidError, NotFoundError, UnprocessableError
from forge.git.diffs import text_diff, text_patch
from forge.git.history import merge_base
from forge.records import Issue, Pull, ReviewRequest
from forge.roles import Role
from forge.shapes.commits import commit_shape, file_shape
from forge.shapes.pulls import pull_shape, requested_reviewers, simple_pull

routes = Routes("PullRequest")
READ, WRITE = "pull_requests:read", "pull_requests:write"
BASE = "/repos/{owner}/{repo}/pulls"
ONE = BASE + "/{number}"


def this(call: Call) -> Pull:
    """Find the pull request that the path names.

    Raises:
        NotFoundError: 404 if there is none.
    """
    found = pulls.find(call.forge, call.repository, call.number("number"))
    if found is None:
        raise NotFoundError
    return found


def _full(call: Call, pull: Pull) -> object:
    mergeable = pulls.mergeable(call.forge, call.repository, pull)
    fresh = call.forge.store.get(Pull, pull.id)
    return pull_shape(call.forge, call.repository, fresh, mergeable=mergeable)


@routes.add("GET", BASE, READ)
def list_pulls(call: Call) -> Answer:
    """List pull requests by state, head, base, in some order.

    Raises:
        InvalidError: if a field cannot be accepted.
    """
    state = call.query.get("state", "open")
    if state not in {"open", "closed", "all"}:
        raise InvalidError("PullRequest", "state")
    found = pulls.list_pulls(call.forge, call.repository, state=state)
    base, head = call.query.get("base"), call.query.get("head")
    if base:
        found = [pull for pull in found if pull.base_ref == base]
    if head:
        found = [
            pull
            for pull in found
            if head.lower() == f"{call.forge.user(pull.head_user_id).login}:{pull.head_ref}".lower()
        ]
    if call.query.get("sort") == "updated":
        found.sort(key=lambda pull: call.forge.store.get(Issue, pull.issue_id).updated_at, reverse=True)
    ascends = call.query.get("sort") in {"updated", "popularity", "long-running"}
    default = "asc" if ascends else "desc"
    if call.query.get("direction", default if call.query.get("sort") else "desc") == "asc":
        found.reverse()
    return listing(call, found, lambda pull: simple_pull(call.forge, call.repository, pull))


@routes.add("POST", BASE, WRITE)
def open_pull(call: Call) -> Answer:
    """Open a pull request."""
    body = call.body
    head = body.text("head")
    opening = pulls.Opening(
        title=body.text("title"),
        head=head,
        base=body.text("base"),
        body=body.optional_text("body"),
        draft=body.flag("draft"),
        maintainer_can_modify=body.flag("maintainer_can_modify", default=True),
    )
    pull = pulls.open_pull(call.forge, call.actor, call.repository, opening)
    return created(pull_shape(call.forge, call.repository, pull))


@routes.add("GET", ONE, READ)
def get(call: Call) -> Answer:
    """Describe a pull request, or write its change as a diff or as mails."""
    pull, folder = this(call), call.forge.folder(call.repository)
    if "diff" in call.accept:
        start = merge_base(folder, pull.base_sha, pull.head_sha) or pull.base_sha
        return Answer(
            text=text_diff(folder, start, pull.head_sha), media_type="application/vnd.github.diff; charset=utf-8"
        )
    if "patch" in call.accept:
        text = text_patch(folder, pull.base_sha, pull.head_sha)
        return Answer(text=text, media_type="application/vnd.github.patch; charset=utf-8")
    return Answer(content=_full(call, pull))


@routes.add("PATCH", ONE, WRITE)
def edit(call: Call) -> Answer:
    """Change a pull request."""
    body = call.body
    change = pulls.Edit(
        title=body.optional_text("title"),
        body=body.optional_text("body"),
        state=body.optional_text("state"),
        base=body.optional_text("base"),
    )
    pull = pulls.edit(call.forge, call.actor, call.repository, this(call), change)
    return Answer(content=_full(call, pull))


@routes.add("GET", ONE + "/commits", READ)
def list_commits(call: Call) -> Answer:
    """List a pull request's commits, oldest first."""
    found = pulls.commits(call.forge, call.repository, this(call))
    return listing(call, found, lambda commit: commit_shape(call.forge, call.repository, commit))


@routes.add("GET", ONE + "/files", READ)
def list_files(call: Call) -> Answer:
    """List the files that a pull request changes."""
    pull = this(call)
    found = pulls.files(call.forge, call.repository, pull)
    return listing(call, found, lambda file: file_shape(call.forge, call.repository, file, pull.head_sha))


@routes.add("GET", ONE + "/merge", READ)
def is_merged(call: Call) -> Answer:
    """Say whether a pull request was merged.

    Raises:
        NotFoundError: 404 if not.
    """
    if this(call).merged_at is None:
        raise NotFoundError
    return Answer(status=204)


@routes.add("PUT", ONE + "/merge", "contents:write", Role.WRITE)
def merge(call: Call) -> Answer:
    """Merge a pull request."""
    body = call.body
    how = merging.Merging(
        method=body.optional_text("merge_method") or "merge",
        sha=body.optional_text("sha"),
        title=body.optional_text("commit_title"),
        message=body.optional_text("commit_message"),
    )
    sha = merging.merge(call.forge, call.actor, call.repository, this(call), how)
    return Answer(content={"sha": sha, "merged": True, "message": "Pull Request successfully merged"})


@routes.add("GET", ONE + "/requested_reviewers", READ)
def list_requested(call: Call) -> Answer:
    """List who was asked to review."""
    return Answer(content={"users": requested_reviewers(call.forge, this(call)), "teams": []})


@routes.add("POST", ONE + "/requested_reviewers", WRITE)
def request_reviews(call: Call) -> Answer:
    """Ask users to review.

    Raises:
        UnprocessableError: if it cannot be carried out.
    """
    pull, users = this(call), []
    for login in call.body.texts("reviewers"):
        user = call.forge.find_user(login)
        if user is None:
            raise UnprocessableError(f"Could not resolve to a node with the login of '{login}'.")
        users.append(user)
    pulls.request_reviews(call.forge, call.actor, call.repository, pull, users)
    return created(simple_pull(call.forge, call.repository, pull))


@routes.add("DELETE", ONE + "/requested_reviewers", WRITE)
def withdraw_requests(call: Call) -> Answer:
    """Ask users no longer to review."""
    pull = this(call)
    pulls.require_author(call.forge, call.actor, call.repository, call.forge.store.get(Issue, pull.issue_id).user_id)
    for login in call.body.texts("reviewers"):
        user = call.forge.find_user(login)
        if user is not None:
            call.forge.store.remove(ReviewRequest, "pull_id = ? AND user_id = ?", pull.id, user.id)
    return Answer(content=simple_pull(call.forge, call.repository, pull))
