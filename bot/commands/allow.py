"""`allow`: let an author's pull requests use more of the cluster today."""

import re
from collections.abc import Iterator

from bot.command import Request, Role, command
from bot.neutralise import code
from bot.steps import Allow, Reply, Step
from schemas.errors import UserError

LOGIN = re.compile(r"@?(?P<login>[A-Za-z0-9][A-Za-z0-9-]{0,99}(\[bot\])?)")
NUMBER = re.compile(r"[0-9]{1,5}")
LONGEST = 3
"""Words: the user, builds, minutes."""


@command(needs=Role.APPROVER, arguments="USER [BUILDS] [MINUTES]")
def allow(request: Request) -> Iterator[Step]:
    """Let an author's pull requests here use more of the cluster today: builds, and GPU minutes that they run.

    Without numbers it is as much again as the policy gives an author a day. The repository's quota grows by the same.
    For example: `/espalier allow june 5 120`.

    Raises:
        UserError: if the words are none of those.
    """
    user = LOGIN.fullmatch(request.arguments[0]) if request.arguments else None
    numbers = [int(word) for word in request.arguments[1:] if NUMBER.fullmatch(word)]
    if user is None or len(request.arguments) > LONGEST or len(numbers) != len(request.arguments) - 1:
        raise UserError("Write `/espalier allow USER [BUILDS] [MINUTES]`, with numbers of at most five digits.")
    quotas = request.config.quotas
    plain = (quotas.author_builds, quotas.author_gpu_minutes)
    builds, minutes = (*numbers, *plain[len(numbers) :])
    yield Allow(login=user["login"], builds=builds, gpu_minutes=minutes)
    more = f"{builds:,} more {'build' if builds == 1 else 'builds'} and {minutes:,} more GPU minutes"
    yield Reply(text=f"Pull requests of {code(user['login'])} may use {more} here until 00:00 UTC.")
