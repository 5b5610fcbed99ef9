"""The durable memory: deliveries, pull requests, builds and models, each behind one small interface."""

from bot.store.builds import Builds
from bot.store.creations import Creations
from bot.store.database import Database, StoreError, open_database
from bot.store.heads import Heads
from bot.store.inbox import Inbox, Item
from bot.store.leaves import Leaves
from bot.store.models import Releases
from bot.store.outbox import Outbox
from bot.store.pulls import Pulls
from bot.store.rounds import Rounds


class Store:
    """Everything that outlives the process; one value for the whole bot."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.inbox = Inbox(database)
        self.pulls = Pulls(database)
        self.heads = Heads(database)
        self.builds = Builds(database)
        self.releases = Releases(database)
        self.leaves = Leaves(database)
        self.outbox = Outbox(database)
        self.creations = Creations(database)
        self.rounds = Rounds(database)

    def close(self) -> None:
        """Close the database."""
        self.database.close()


__all__ = [
    "Builds",
    "Creations",
    "Database",
    "Heads",
    "Inbox",
    "Item",
    "Leaves",
    "Outbox",
    "Pulls",
    "Releases",
    "Rounds",
    "Store",
    "StoreError",
    "open_database",
]
