"""What has to hold before a command is taken: its head, no hold, an approval, room in the quotas; pure."""

import re

from bot.command import Request, Role
from bot.neutralise import code, prose
from bot.quota import shortage
from schemas.errors import UserError
from schemas.job import BuildKind

SHORTEST_SHA = 7
UNFORGED_SHA = 16
"""Digits that nobody finds a second commit for in a lifetime: one that shares seven takes minutes to make."""
SHA = re.compile(r"[0-9a-f]{7,40}")


def require_head(request: Request) -> None:
    """Make sure that the person means the present head, by the SHA named or by what stood there when they wrote.

    Raises:
        UserError: if they name another commit, or if the head is newer than the comment and not named beyond doubt.
    """
    short, sure = request.head_sha[:SHORTEST_SHA], request.head_sha[:UNFORGED_SHA]
    if request.arguments:
        named = request.arguments[0].lower()
        if not SHA.fullmatch(named):
            raise UserError(
                f"{code(named, limit=40)} is no commit; name at least the first {SHORTEST_SHA} digits of one, or "
                "leave it out. Anything else that you want to say goes on a line of its own."
            )
        if not request.head_sha.startswith(named):
            raise UserError(f"`{named}` is not the head of this pull request any more; it is `{short}` now.")
    if not request.head_known and (not request.arguments or len(request.arguments[0]) < UNFORGED_SHA):
        raise UserError(f"The head moved to `{short}` about when you wrote; look again and name it: add `{sure}`.")


def require_open(request: Request, *, what: str) -> None:
    """Make sure that the pull request is open.

    Args:
        request: What was asked.
        what: What there is not to do otherwise, such as `change`.

    Raises:
        UserError: if it is merged or closed.
    """
    if request.pull_state != "open":
        raise UserError(f"This pull request is {request.pull_state}; there is nothing to {what}.")


def require_no_hold(request: Request) -> None:
    """Make sure that nobody put the pull request on hold.

    Raises:
        UserError: if somebody did; it says who and why.
    """
    if request.hold is not None:
        why = f" ({prose(request.hold.reason, limit=200)})" if request.hold.reason else ""
        raise UserError(
            f"{code(request.hold.login)} put this pull request on hold{why}; a triager may write `/espalier unhold`."
        )


def require_timely(request: Request) -> None:
    """Make sure that nobody wrote a later word on the hold of the pull request, which was heard of before this one.

    Raises:
        UserError: if somebody did.
    """
    if request.late_on_hold:
        stands = "stays on hold" if request.hold is not None else "is not on hold"
        raise UserError(
            f"Somebody wrote after you, and was heard first: this pull request {stands}. Write it once more if you "
            "mean it."
        )


def require_not_called_off(request: Request) -> None:
    """Make sure that nobody cancelled builds after this one was ordered, and was heard of before it.

    Raises:
        UserError: if somebody did.
    """
    if request.called_off:
        raise UserError(
            "Builds of this pull request were cancelled after you wrote, and that was heard first, so nothing is "
            "started. Write it once more if you mean it."
        )


def require_passing(request: Request, *, what: str) -> None:
    """Make sure that no check fails at this head.

    Args:
        request: What was asked.
        what: What may be done once they pass, such as `approved`.

    Raises:
        UserError: if one does.
    """
    if request.failing:
        names = ", ".join(f"`{name}`" for name in request.failing)
        raise UserError(f"{names} must pass at `{request.head_sha[:SHORTEST_SHA]}` before it can be {what}.")


def require_build(request: Request, kind: BuildKind) -> None:
    """Make sure that a build of this kind may be started at this head: what was approved, once at a time, in the quota.

    A candidate needs the head's approval. Data alone, and questions to the current model, help to decide on that: they
    need a triager's word for this head, and checks that pass.

    Raises:
        UserError: if it may not; it says what has to happen first.
    """
    short = request.head_sha[:SHORTEST_SHA]
    if request.pull_state == "closed":
        raise UserError("This pull request is closed; reopen it first.")
    require_not_called_off(request)
    require_no_hold(request)
    if kind is not BuildKind.CANDIDATE:
        require_passing(request, what="used")
    elif request.status.approved_sha != request.head_sha:
        raise UserError(f"`{short}` is not approved; a triager has to write `/espalier approve {short}` first.")
    if not request.leaves:
        raise UserError("This pull request adds or changes no qna.yaml, so there is nothing to train on.")
    for other in request.status.builds:
        if other.kind is kind and other.head_sha == request.head_sha and not other.state.ended:
            raise UserError(f"[`{other.id}`]({other.page_url}) is {other.state} for this head already.")
    lacking = None if request.budget is None else shortage(request.budget, may_allow=Role.APPROVER.people)
    if lacking is not None:
        raise UserError(lacking)
