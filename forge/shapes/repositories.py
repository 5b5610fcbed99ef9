"""Repositories as GitHub's JSON, from the reference in passing to the full description."""

from forge.clock import seconds
from forge.forge import Forge
from forge.records import Issue, Repository, User
from forge.roles import Role, role_of
from forge.shapes.users import Shape, node_id, simple_user

LINKS = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}


def repository_url(forge: Forge, repository: Repository) -> str:
    """Give the API's address of a repository."""
    return f"{forge.api}/repos/{forge.full_name(repository)}"


def repository_page(forge: Forge, repository: Repository) -> str:
    """Give the web page's address of a repository."""
    return f"{forge.address}/{forge.full_name(repository)}"


def repository_reference(forge: Forge, repository: Repository) -> Shape:
    """Name a repository as check runs do."""
    return {"id": repository.id, "url": repository_url(forge, repository), "name": repository.name}


def repository_entry(forge: Forge, repository: Repository) -> Shape:
    """Name a repository as installation events do."""
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": forge.full_name(repository),
        "private": repository.private,
    }


def minimal_repository(forge: Forge, repository: Repository) -> Shape:
    """Describe a repository in passing."""
    owner = forge.user(repository.owner_id)
    url = f"{forge.api}/repos/{owner.login}/{repository.name}"
    return {
        "id": repository.id,
        "node_id": node_id("Repository", repository.id),
        "name": repository.name,
        "full_name": f"{owner.login}/{repository.name}",
        "private": repository.private,
        "owner": simple_user(forge, owner),
        "html_url": f"{forge.address}/{owner.login}/{repository.name}",
        "description": repository.description,
        "fork": repository.parent_id is not None,
        "url": url,
        **{name: url + path for name, path in LINKS.items()},
    }


def repository_shape(forge: Forge, repository: Repository) -> Shape:
    """Describe a repository as pull requests and webhooks carry it."""
    page = repository_page(forge, repository)
    issues = forge.store.count(Issue, "repository_id = ? AND state = 'open'", repository.id)
    forks = forge.store.count(Repository, "parent_id = ?", repository.id)
    return {
        **minimal_repository(forge, repository),
        "created_at": repository.created_at,
        "updated_at": repository.updated_at,
        "pushed_at": repository.pushed_at,
        "git_url": page.replace("http", "git", 1) + ".git",
        "ssh_url": f"git@{forge.address.split('//')[1].split(':')[0]}:{forge.full_name(repository)}.git",
        "clone_url": f"{page}.git",
        "svn_url": page,
        "homepage": None,
        "size": 0,
        "stargazers_count": 0,
        "watchers_count": 0,
        "language": None,
        "has_issues": True,
        "has_projects": False,
        "has_downloads": False,
        "has_wiki": False,
        "has_pages": False,
        "has_discussions": False,
        "forks_count": forks,
        "mirror_url": None,
        "archived": False,
        "disabled": False,
        "open_issues_count": issues,
        "license": None,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if repository.private else "public",
        "forks": forks,
        "open_issues": issues,
        "watchers": 0,
        "default_branch": repository.default_branch,
        "custom_properties": {},
    }


def pushed_repository(forge: Forge, repository: Repository) -> Shape:
    """Describe a repository as push events carry it: times in seconds, the owner with name and e-mail."""
    owner = forge.user(repository.owner_id)
    return {
        **repository_shape(forge, repository),
        "owner": {**simple_user(forge, owner), "name": owner.login, "email": owner.email or None},
        "created_at": seconds(repository.created_at),
        "pushed_at": seconds(repository.pushed_at),
        "stargazers": 0,
        "master_branch": repository.default_branch,
    }


def permissions(forge: Forge, repository: Repository, user: User | None) -> Shape:
    """Say what a user may do in a repository."""
    role = role_of(forge, repository, user)
    return {
        "admin": role >= Role.ADMIN,
        "maintain": role >= Role.MAINTAIN,
        "push": role >= Role.WRITE,
        "triage": role >= Role.TRIAGE,
        "pull": role >= Role.READ,
    }


def full_repository(forge: Forge, repository: Repository, viewer: User | None) -> Shape:
    """Describe a repository in full, for whoever looks."""
    related: Shape = {}
    for name, number in (("parent", repository.parent_id), ("source", repository.source_id)):
        if number is not None:
            related[name] = repository_shape(forge, forge.store.get(Repository, number))
    return {
        **repository_shape(forge, repository),
        "permissions": permissions(forge, repository, viewer),
        "temp_clone_token": None,
        "allow_squash_merge": True,
        "allow_merge_commit": True,
        "allow_rebase_merge": True,
        "allow_auto_merge": False,
        "delete_branch_on_merge": False,
        "allow_update_branch": False,
        "subscribers_count": 0,
        "network_count": forge.store.count(Repository, "source_id = ?", repository.source_id or repository.id),
        **related,
    }
