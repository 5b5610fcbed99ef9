"""Commits and comparisons."""

from urllib.parse import quote

from forge.acts import pulls
from forge.answers import Answer
from forge.call import Call, Routes, listing
from forge.errors import NotFoundError, UnprocessableError
from forge.git import history, refs
from forge.git.diffs import EMPTY_TREE, diff, text_diff, text_patch
from forge.records import Repository
from forge.shapes.commits import commit_shape, file_shape, full_commit
from forge.shapes.pulls import simple_pull
from forge.shapes.repositories import repository_page, repository_url

routes = Routes("Commit")
READ = "contents:read"
BASE = "/repos/{owner}/{repo}"
COMPARED_FILES = 300
"""A comparison lists at most so many files: docs.github.com, compare two commits."""
DIFF, PATCH = "application/vnd.github.diff; charset=utf-8", "application/vnd.github.patch; charset=utf-8"


@routes.add("GET", BASE + "/commits", READ)
def list_commits(call: Call) -> Answer:
    """List commits from a branch or commit, newest first, perhaps only those of a path, an author or a time.

    Raises:
        NotFoundError: if there is no such thing.
        UnprocessableError: if it cannot be carried out.
    """
    folder = call.forge.folder(call.repository)
    start = call.query.get("sha") or call.repository.default_branch
    sha = refs.resolve_any(folder, start)
    if sha is None:
        if not refs.list_refs(folder):
            raise UnprocessableError("Git Repository is empty.")
        raise NotFoundError
    found = history.log(folder, sha, path=call.query.get("path"))
    author = call.query.get("author", "").lower()
    if author:
        user = call.forge.find_user(author)
        wanted = {author, "" if user is None else user.email.lower()} - {""}
        found = [commit for commit in found if commit.author.email.lower() in wanted]
    since, until = call.query.get("since", ""), call.query.get("until") or "9999"
    found = [commit for commit in found if since <= commit.committer.date <= until]
    return listing(call, found, lambda commit: commit_shape(call.forge, call.repository, commit))


@routes.add("GET", BASE + "/commits/{sha}/pulls", "pull_requests:read contents:read")
def list_pulls(call: Call) -> Answer:
    """List the pull requests that a commit belongs to."""
    folder, sha = call.forge.folder(call.repository), call.path["sha"]
    found = [
        pull
        for pull in pulls.list_pulls(call.forge, call.repository, state="all")
        if sha in {pull.head_sha, pull.merge_commit_sha}
        or (history.is_ancestor(folder, sha, pull.head_sha) and not history.is_ancestor(folder, sha, pull.base_sha))
    ]
    return listing(call, found, lambda pull: simple_pull(call.forge, call.repository, pull))


@routes.add("GET", BASE + "/commits/{ref:path}", READ)
def get(call: Call) -> Answer:
    """Describe a commit with its files, or write its change as a diff or a mail.

    Raises:
        UnprocessableError: if there is no such commit.
    """
    folder, ref = call.forge.folder(call.repository), call.path["ref"]
    sha = refs.resolve_any(folder, ref)
    if sha is None:
        raise UnprocessableError(f"No commit found for SHA: {ref}")
    commit = history.read_commit(folder, sha)
    before = commit.parents[0] if commit.parents else EMPTY_TREE
    if "sha" in call.accept.partition("github.")[2]:
        return Answer(text=sha, media_type="application/vnd.github.sha; charset=utf-8")
    if "diff" in call.accept:
        return Answer(text=text_diff(folder, before, sha), media_type=DIFF)
    if "patch" in call.accept:
        return Answer(text=text_patch(folder, f"{sha}^" if commit.parents else EMPTY_TREE, sha), media_type=PATCH)
    return Answer(content=full_commit(call.forge, call.repository, commit, diff(folder, before, sha)))


@routes.add("GET", BASE + "/compare/{basehead:path}", READ)
def compare(call: Call) -> Answer:
    """Compare two commits, the second perhaps of a fork, as `BASE...HEAD` or `BASE...USER:HEAD`.

    Raises:
        NotFoundError: if one of them does not exist or they have no common history.
    """
    base_name, dots, head_name = call.path["basehead"].partition("...")
    base = _end(call, base_name)
    head = _end(call, head_name)
    folder = call.forge.folder(call.repository)
    start = None if base is None or head is None or not dots else history.merge_base(folder, base, head)
    if start is None or base is None or head is None:
        raise NotFoundError
    if "diff" in call.accept:
        return Answer(text=text_diff(folder, start, head), media_type=DIFF)
    if "patch" in call.accept:
        return Answer(text=text_patch(folder, base, head), media_type=PATCH)
    return _comparison(call, base, head, start)


def _end(call: Call, name: str) -> str | None:
    folder = call.forge.folder(call.repository)
    login, colon, ref = name.rpartition(":")
    owner = call.forge.user(call.repository.owner_id)
    if not colon or login.lower() == owner.login.lower():
        return refs.resolve_any(folder, ref)
    network = call.repository.source_id or call.repository.id
    condition = "owner_id = (SELECT id FROM users WHERE login = ?) AND (source_id = ? OR id = ?)"
    other = call.forge.store.first(Repository, condition, login, network, network)
    sha = None if other is None else refs.resolve_any(call.forge.folder(other), ref)
    if other is not None and sha is not None and refs.resolve(folder, sha)[0] is None:
        call.forge.shelf.fetch(call.repository.id, source=other.id, refspecs=(sha,))
    return sha


def _comparison(call: Call, base: str, head: str, start: str) -> Answer:
    forge, repository, folder = call.forge, call.repository, call.forge.folder(call.repository)
    ahead, behind = history.ahead_behind(folder, base, head)
    commits = history.log(folder, f"{base}..{head}", reverse=True)
    files = diff(folder, start, head)[:COMPARED_FILES]
    ends = history.read_commits(folder, base, start)
    spec = quote(call.path["basehead"])
    url, page = f"{repository_url(forge, repository)}/compare/{spec}", repository_page(forge, repository)
    shown = listing(call, commits, lambda commit: commit_shape(forge, repository, commit))
    status = {(False, False): "identical", (True, False): "ahead", (False, True): "behind", (True, True): "diverged"}
    content = {
        "url": url,
        "html_url": f"{page}/compare/{spec}",
        "permalink_url": f"{page}/compare/{base[:12]}...{head[:12]}",
        "diff_url": f"{page}/compare/{spec}.diff",
        "patch_url": f"{page}/compare/{spec}.patch",
        "base_commit": commit_shape(forge, repository, ends[0]),
        "merge_base_commit": commit_shape(forge, repository, ends[1]),
        "status": status[ahead > 0, behind > 0],
        "ahead_by": ahead,
        "behind_by": behind,
        "total_commits": len(commits),
        "commits": shown.content,
        "files": [file_shape(forge, repository, file, head) for file in files],
    }
    return Answer(content=content, headers=shown.headers)
