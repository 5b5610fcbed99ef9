"""`budget`: what the quotas are, and what is left of them."""

from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.quota import render_budget
from bot.steps import Reply, Step
from schemas.errors import UserError


@command(needs=Role.APPROVER)
def budget(request: Request) -> Iterator[Step]:
    """Show what this author's and this repository's builds used of today's quotas, and what is left.

    Raises:
        UserError: if nobody keeps quotas here.
    """
    if request.budget is None:
        raise UserError("A running bot keeps quotas, and this repository is served by workflows alone.")
    yield Reply(text=render_budget(request.budget))
