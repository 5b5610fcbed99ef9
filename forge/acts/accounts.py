"""Accounts: users, bots and their tokens."""

from forge.auth import digest, new_token
from forge.clock import stamp
from forge.errors import InvalidError
from forge.forge import Forge
from forge.git.objects import Signature
from forge.records import Token, User

WEB = Signature(name="GitHub", email="noreply@github.com")
"""Who commits what is merged or edited through the web, as GitHub has it."""


def create_user(forge: Forge, *, login: str, name: str, email: str, kind: str = "User") -> User:
    """Make an account.

    Raises:
        InvalidError: 422 if the login is taken or is no login, or the kind is unknown.
    """
    if not login or set(login) & set(" /\\?#%:@\n\t"):
        raise InvalidError("User", "login")
    if kind not in {"User", "Bot", "Organization"}:
        raise InvalidError("User", "type")
    with forge.store.writing():
        if forge.find_user(login) is not None:
            raise InvalidError("User", "login", "already_exists")
        time = stamp()
        return forge.store.add(
            User, login=login, name=name or login, email=email, type=kind, created_at=time, updated_at=time
        )


def create_token(forge: Forge, user: User) -> str:
    """Make a personal access token; it is shown this once."""
    token = new_token("ghp")
    forge.store.add(Token, user_id=user.id, digest=digest(token))
    return token


def signature(user: User, *, date: str = "") -> Signature:
    """Say how a user signs commits."""
    email = user.email or f"{user.id}+{user.login}@users.noreply.github.com"
    return Signature(name=user.name, email=email, date=date)
