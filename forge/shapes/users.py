"""Users and bots as GitHub's JSON."""

import base64
from urllib.parse import quote

from forge.forge import Forge
from forge.records import Repository, User

Shape = dict[str, object]


def node_id(kind: str, number: object) -> str:
    """Make an opaque id for GraphQL's sake."""
    return base64.b64encode(f"{kind}:{number}".encode()).decode()


def simple_user(forge: Forge, user: User) -> Shape:
    """Describe a user in passing."""
    url = f"{forge.api}/users/{quote(user.login)}"
    page = (
        f"{forge.address}/apps/{user.login.removesuffix('[bot]')}"
        if user.type == "Bot"
        else f"{forge.address}/{user.login}"
    )
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("User", user.id),
        "avatar_url": f"{forge.address}/avatars/u/{user.id}",
        "gravatar_id": "",
        "url": url,
        "html_url": page,
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": user.type,
        "site_admin": False,
    }


def simple_user_by_id(forge: Forge, number: int | None) -> Shape | None:
    """Describe a user by id in passing; None for nobody."""
    return None if number is None else simple_user(forge, forge.user(number))


def user_by_email(forge: Forge, email: str) -> Shape | None:
    """Describe the user behind a commit's e-mail; None if nobody here has it."""
    found = forge.store.first(User, "email = ?", email) if email else None
    return None if found is None else simple_user(forge, found)


def public_user(forge: Forge, user: User) -> Shape:
    """Describe a user as everybody may see them."""
    return {
        **simple_user(forge, user),
        "name": user.name,
        "company": None,
        "blog": "",
        "location": None,
        "email": user.email or None,
        "hireable": None,
        "bio": None,
        "twitter_username": None,
        "public_repos": forge.store.count(Repository, "owner_id = ? AND NOT private", user.id),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": user.created_at,
        "updated_at": user.updated_at,
    }


def private_user(forge: Forge, user: User) -> Shape:
    """Describe a user as they see themselves."""
    private = forge.store.count(Repository, "owner_id = ? AND private", user.id)
    return {
        **public_user(forge, user),
        "private_gists": 0,
        "total_private_repos": private,
        "owned_private_repos": private,
        "disk_usage": 0,
        "collaborators": 0,
        "two_factor_authentication": True,
        "plan": {"name": "free", "space": 976562499, "collaborators": 0, "private_repos": 10000},
    }
