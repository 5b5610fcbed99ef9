"""Commits, files of a change, trees, blobs and refs as GitHub's JSON."""

from urllib.parse import quote

from forge.forge import Forge
from forge.git.diffs import FileDiff
from forge.git.history import Commit, CommitFiles, Person
from forge.git.refs import Ref
from forge.records import Repository
from forge.shapes.repositories import repository_page, repository_url
from forge.shapes.users import Shape, node_id, user_by_email

UNSIGNED: Shape = {"verified": False, "reason": "unsigned", "signature": None, "payload": None, "verified_at": None}


def _person(person: Person) -> Shape:
    return {"name": person.name, "email": person.email, "date": person.date}


def commit_shape(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    """Describe a commit as lists of commits do."""
    base, page = repository_url(forge, repository), repository_page(forge, repository)
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "commit": _inner(forge, repository, commit),
        "url": f"{base}/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "comments_url": f"{base}/commits/{commit.sha}/comments",
        "author": user_by_email(forge, commit.author.email),
        "committer": user_by_email(forge, commit.committer.email),
        "parents": [
            {"sha": sha, "url": f"{base}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in commit.parents
        ],
    }


def _inner(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    base = repository_url(forge, repository)
    return {
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{base}/git/trees/{commit.tree}"},
        "url": f"{base}/git/commits/{commit.sha}",
        "comment_count": 0,
        "verification": dict(UNSIGNED),
    }


def full_commit(forge: Forge, repository: Repository, commit: Commit, files: list[FileDiff]) -> Shape:
    """Describe a commit with the files that it touches."""
    additions, deletions = sum(file.additions for file in files), sum(file.deletions for file in files)
    return {
        **commit_shape(forge, repository, commit),
        "stats": {"total": additions + deletions, "additions": additions, "deletions": deletions},
        "files": [file_shape(forge, repository, file, commit.sha) for file in files],
    }


def git_commit(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    """Describe a commit as git has it."""
    base, page = repository_url(forge, repository), repository_page(forge, repository)
    return {
        "sha": commit.sha,
        "node_id": node_id("Commit", commit.sha),
        "url": f"{base}/git/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "author": _person(commit.author),
        "committer": _person(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{base}/git/trees/{commit.tree}"},
        "parents": [
            {"sha": sha, "url": f"{base}/git/commits/{sha}", "html_url": f"{page}/commit/{sha}"}
            for sha in commit.parents
        ],
        "verification": dict(UNSIGNED),
    }


def simple_commit(commit: Commit) -> Shape:
    """Describe a commit as check suites do."""
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "message": commit.message,
        "timestamp": commit.committer.date,
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    }


def pushed_commit(forge: Forge, repository: Repository, commit: Commit, files: CommitFiles) -> Shape:
    """Describe a commit as push events do."""
    return {
        **simple_commit(commit),
        "distinct": True,
        "url": f"{repository_page(forge, repository)}/commit/{commit.sha}",
        "author": _pusher(forge, commit.author),
        "committer": _pusher(forge, commit.committer),
        "added": list(files.added),
        "modified": list(files.modified),
        "removed": list(files.removed),
    }


def _pusher(forge: Forge, person: Person) -> Shape:
    user = user_by_email(forge, person.email)
    username: Shape = {} if user is None else {"username": user["login"]}
    return {"name": person.name, "email": person.email, "date": person.date, **username}


def file_shape(forge: Forge, repository: Repository, file: FileDiff, sha: str) -> Shape:
    """Describe a file's change, with its addresses at a commit."""
    base, page, path = repository_url(forge, repository), repository_page(forge, repository), quote(file.path)
    shape: Shape = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{page}/blob/{sha}/{path}",
        "raw_url": f"{page}/raw/{sha}/{path}",
        "contents_url": f"{base}/contents/{path}?ref={sha}",
    }
    if file.patch is not None:
        shape["patch"] = file.patch
    if file.previous_path is not None:
        shape["previous_filename"] = file.previous_path
    return shape


def ref_shape(forge: Forge, repository: Repository, ref: Ref) -> Shape:
    """Describe a ref."""
    base = repository_url(forge, repository)
    return {
        "ref": ref.name,
        "node_id": node_id("Ref", f"{repository.id}:{ref.name}"),
        "url": f"{base}/git/{quote(ref.name)}",
        "object": {"type": ref.kind, "sha": ref.sha, "url": f"{base}/git/{ref.kind}s/{ref.sha}"},
    }


def branch_shape(forge: Forge, repository: Repository, ref: Ref) -> Shape:
    """Describe a branch in a list."""
    url = f"{repository_url(forge, repository)}/commits/{ref.sha}"
    return {
        "name": ref.name.removeprefix("refs/heads/"),
        "commit": {"sha": ref.sha, "url": url},
        "protected": False,
    }


def status_commit(forge: Forge, repository: Repository, commit: Commit) -> Shape:
    """Describe a commit as status events do, whose verification knows no time."""
    shape = commit_shape(forge, repository, commit)
    verification = {name: value for name, value in UNSIGNED.items() if name != "verified_at"}
    return {**shape, "commit": {**_inner(forge, repository, commit), "verification": verification}}
