"""The durable memory: deliveries, pull requests, builds and models, each behind one small interface."""

from bot.store.builds import Builds
from bot.store.cancels import Cancels
from bot.store.creations import Creations
from bot.store.database import Database, StoreError
from bot.store.engines import open_database
from bot.store.fence import Lease, LeaseLostError, require, under
from bot.store.grounds import Grounds
from bot.store.heads import Heads
from bot.store.holds import Holds
from bot.store.inbox import Inbox, Item
from bot.store.intake import Intake
from bot.store.leases import LEASE_SECONDS, Leases
from bot.store.leaves import Leaves
from bot.store.letters import Letter, Letters
from bot.store.models import Releases
from bot.store.outbox import Outbox
from bot.store.pulls import Pulls
from bot.store.quotas import Quotas
from bot.store.readiness import Readiness
from bot.store.rounds import Rounds


class Store:
    """Everything that outlives the process; one value for the whole bot."""

    def __init__(self, database: Database, *, lease_seconds: float = LEASE_SECONDS) -> None:
        self.database = database
        self.leases = Leases(database, seconds=lease_seconds)
        self.inbox = Inbox(database, self.leases)
        self.intake = Intake(database, self.inbox.ring)
        self.readiness = Readiness(database)
        self.letters = Letters(database, self.inbox.ring)
        self.pulls = Pulls(database)
        self.grounds = Grounds(database)
        self.heads = Heads(database)
        self.holds = Holds(database)
        self.cancels = Cancels(database)
        self.builds = Builds(database)
        self.quotas = Quotas(database)
        self.releases = Releases(database)
        self.leaves = Leaves(database)
        self.outbox = Outbox(database)
        self.creations = Creations(database)
        self.rounds = Rounds(database)

    def start(self) -> None:
        """Begin to renew leases and to take deliveries in."""
        self.leases.start()
        self.intake.start()

    @property
    def alive(self) -> bool:
        """Whether every thread still works."""
        return self.leases.alive and self.intake.alive

    def close(self) -> None:
        """End what was started, and close the database."""
        self.intake.close()
        self.leases.close()
        self.database.close()


__all__ = [
    "Builds",
    "Cancels",
    "Creations",
    "Database",
    "Grounds",
    "Heads",
    "Holds",
    "Inbox",
    "Intake",
    "Item",
    "Lease",
    "LeaseLostError",
    "Leases",
    "Leaves",
    "Letter",
    "Letters",
    "Outbox",
    "Pulls",
    "Quotas",
    "Readiness",
    "Releases",
    "Rounds",
    "Store",
    "StoreError",
    "open_database",
    "require",
    "under",
]
