"""The registry of commands: how a function becomes one, what it may know, and what it may ask for."""

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from bot.neutralise import code
from bot.report_status import ReportStatus
from schemas.errors import UserError

SHORTEST_SHA = 7
SHA = re.compile(r"[0-9a-f]{7,40}")


class Role(IntEnum):
    """Who may give a command; each role may do what those before it may."""

    ANYONE = 0
    AUTHOR = 1
    TRIAGER = 2
    APPROVER = 3

    @property
    def people(self) -> str:
        """Name the people who hold the role, as a refusal says it."""
        return {
            Role.ANYONE: "anyone",
            Role.AUTHOR: "the pull request's author and triagers",
            Role.TRIAGER: "triagers (`triage` permission, or the policy's `teams.triagers`)",
            Role.APPROVER: "approvers (`write` permission, or the policy's `teams.approvers`)",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command may know."""

    arguments: tuple[str, ...]
    login: str
    """Who gave it."""
    author: str
    """The pull request's author."""
    pull_state: str
    """`open`, `closed` or `merged`."""
    head_sha: str
    head_known: bool
    """Whether this was the head already when the comment was written."""
    failing: tuple[str, ...]
    """Ids of the checks that fail at this head."""
    leaves: tuple[str, ...]
    """Leaves whose qna.yaml the pull request adds or changes."""
    status: ReportStatus
    unreleased: tuple[int, ...]
    """Merged pull requests that no release holds yet."""
    releasing: str | None
    """The release build that waits or runs."""
    version: str | None
    """The current model's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Answer in a comment."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CastVote:
    """Approve this head SHA, or ask for changes to it."""

    approves: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartBuild:
    """Queue a candidate build of this head SHA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StopBuild:
    """Stop a build that waits or runs."""

    build_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StartRelease:
    """Queue a release build of the default branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiveSignOff:
    """Set DCO to pass for this head SHA."""


Step = Reply | CastVote | WaiveSignOff | StartBuild | StopBuild | StartRelease
CommandFunction = Callable[[Request], Iterator[Step]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A registered command; its name is the function's, with dashes, and its summary the docstring's first line."""

    name: str
    summary: str
    usage: str
    needs: Role
    run: CommandFunction


COMMANDS: dict[str, Command] = {}


def command(*, needs: Role, arguments: str = "") -> Callable[[CommandFunction], CommandFunction]:
    """Register a function as the command of its own name; a ValueError says that the name is taken."""

    def register(function: CommandFunction) -> CommandFunction:
        name = getattr(function, "__name__", "").strip("_").replace("_", "-")
        if name in COMMANDS or not function.__doc__:
            raise ValueError(f"command {name!r} is registered already or has no docstring")
        summary = function.__doc__.splitlines()[0].rstrip(".")
        usage = f"{name} {arguments}".strip()
        COMMANDS[name] = Command(name=name, summary=summary, usage=usage, needs=needs, run=function)
        return function

    return register


def load_commands() -> dict[str, Command]:
    """Import every module below bot/commands and give the registered commands by name."""
    package = importlib.import_module("bot.commands")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"bot.commands.{module.name}")
    return COMMANDS


def require_head(request: Request) -> None:
    """Make sure that the person means the present head, by the SHA named or by what stood there when they wrote.

    Raises:
        UserError: if they name another commit, or if the head is newer than the comment.
    """
    short = request.head_sha[:SHORTEST_SHA]
    if request.arguments:
        named = request.arguments[0].lower()
        if not SHA.fullmatch(named):
            raise UserError(f"{code(named, limit=40)} is no commit; name at least its first {SHORTEST_SHA} digits.")
        if not request.head_sha.startswith(named):
            raise UserError(f"`{named}` is not the head of this pull request any more; it is `{short}` now.")
    elif not request.head_known:
        raise UserError(f"The head moved to `{short}` about when you wrote; look again and name it: add `{short}`.")
