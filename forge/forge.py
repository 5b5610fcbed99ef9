"""The forge as a whole: where it answers, what it remembers, where its repositories lie, who carries its webhooks."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from forge.git.repositories import Shelf
from forge.records import App, Delivery, Repository, User
from forge.store import Store


class Courier(Protocol):
    """Whoever takes webhooks to where they belong."""

    def send(self, delivery: Delivery) -> None:
        """Take a delivery along; it is tried once, soon, and what came of it is written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a user, or an App through its bot user."""

    user: User
    app: App | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forge:
    """All that an act needs."""

    address: str
    store: Store
    shelf: Shelf
    courier: Courier

    @property
    def api(self) -> str:
        """The address of the REST API, as GitHub Enterprise Server has it."""
        return f"{self.address}/api/v3"

    def folder(self, repository: Repository) -> Path:
        """Say where a repository lies."""
        return self.shelf.folder(repository.id)

    def user(self, number: int) -> User:
        """Read a user by id."""
        return self.store.get(User, number)

    def find_user(self, login: str) -> User | None:
        """Find a user by login, whatever its case."""
        return self.store.first(User, "login = ?", login)

    def find_repository(self, owner: str, name: str) -> Repository | None:
        """Find a repository by owner and name, whatever their case."""
        condition = "name = ? AND owner_id = (SELECT id FROM users WHERE login = ?)"
        return self.store.first(Repository, condition, name, owner)

    def full_name(self, repository: Repository) -> str:
        """Say `owner/name`."""
        return f"{self.user(repository.owner_id).login}/{repository.name}"
