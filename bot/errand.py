"""A bot that lives for one run of a workflow: made with an empty memory, which it fills from the pull request."""

from collections.abc import Iterator
from contextlib import contextmanager

from bot.carry import recollect
from bot.context import Bot, Errand
from bot.documents import Documents
from bot.events import CommentWritten, PullEvent, parse
from bot.github_api import GitHubWorkflow
from bot.handle import commands_in, handle
from bot.judge import Judge
from bot.live import LiveReports
from bot.records import Build
from bot.settings import Settings, Workflow
from bot.store import Item, Store, open_database
from bot.store.database import now
from bot.webhook import Delivery

IN_MEMORY = "sqlite:///:memory:"
PATIENCE = 120.0
"""Seconds that documents are waited for: there is no next look."""


@contextmanager
def living(settings: Settings, workflow: Workflow, *, looks: bool = True) -> Iterator[tuple[Bot, Errand]]:
    """Make a bot for as long as the block lasts.

    Args:
        settings: Its settings.
        workflow: The run that it lives for.
        looks: Whether it judges pull requests; one that only recollects starts no child process and fetches nothing.
    """
    errand = Errand(run_url=workflow.run_url, builds=workflow.builds)
    store, judge = Store(open_database(IN_MEMORY)), Judge(processes=1 if looks else 0)
    github = GitHubWorkflow(settings, workflow)
    address = workflow.actions_url
    documents = (
        Documents(settings.cache / "documents", loopback=settings.loopback, patience=PATIENCE) if looks else None
    )
    try:
        yield (
            Bot(
                settings=settings,
                store=store,
                github=github,
                judge=judge,
                address=address,
                documents=documents,
                errand=errand,
            ),
            errand,
        )
    finally:
        if documents is not None:
            documents.close()
        judge.close()
        github.close()
        store.close()


def attend(bot: Bot, errand: Errand, delivery: Delivery, *, news: Build | None = None) -> bool:
    """Handle one delivery with the memory that its pull request carries; False if it is of no concern.

    Args:
        bot: The bot.
        errand: What it lives for.
        delivery: What happened.
        news: How a build stands now, in place of what is remembered of it.
    """
    event = parse(delivery)
    if not isinstance(event, PullEvent) or (isinstance(event, CommentWritten) and not commands_in(bot, event)):
        return False
    with bot.github.repository(event.place) as repository:
        recollect(bot, errand, repository, event.place, event.number)
    if news is not None:
        bot.store.builds.restore(news)
    item = Item(id=0, lane="", received_at=now(), delivery=delivery)
    return handle(bot, LiveReports(), item)
