"""`reject`: decide against it, and say why."""

from collections.abc import Iterator
from dataclasses import replace

from bot.command import Request, Role, command
from bot.conditions import SHA, require_head, require_open
from bot.records import VoteKind
from bot.steps import CastVote, Step
from schemas.errors import UserError


@command(needs=Role.TRIAGER, arguments="[SHA] REASON")
def reject(request: Request) -> Iterator[Step]:
    """Decide against this head, for the reason given; the report shows it to the author.

    Nothing is closed, and a push asks for another look. For example: `/espalier reject The model can do this already.`

    Raises:
        UserError: if the pull request is not open, no reason is given, or the head is not the one that was looked at.
    """
    require_open(request, what="decide")
    named = bool(request.arguments) and _names_a_commit(request.arguments[0].lower(), request.head_sha)
    sha, reason = (request.arguments[:1], request.arguments[1:]) if named else ((), request.arguments)
    if not reason:
        raise UserError("Give the author the reason on the same line: `/espalier reject REASON`.")
    require_head(replace(request, arguments=sha))
    yield CastVote(kind=VoteKind.REJECT, reason=" ".join(reason))


def _names_a_commit(word: str, head_sha: str) -> bool:
    # Whoever names a commit that is not the head meant that one; words such as "defaced" begin reasons.
    return SHA.fullmatch(word) is not None and (head_sha.startswith(word) or not word.isalpha())
