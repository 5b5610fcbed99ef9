"""The registry of commands: how a function becomes one, who may give it, and what it may know."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from bot.quota import Budget
from bot.report_status import Hold, ReportStatus
from bot.steps import Step
from schemas.config import Config


class Role(IntEnum):
    """Who may give a command; each role may do what those before it may."""

    ANYONE = 0
    AUTHOR = 1
    STARTER = 2
    TRIAGER = 3
    APPROVER = 4

    @property
    def people(self) -> str:
        """Name the people who hold the role, as a refusal says it."""
        return {
            Role.ANYONE: "anyone",
            Role.AUTHOR: "the pull request's author and triagers",
            Role.STARTER: "whoever started the build, and triagers (`triage` permission, or `teams.triagers`)",
            Role.TRIAGER: "triagers (`triage` permission, or the policy's `teams.triagers`)",
            Role.APPROVER: "approvers (`write` permission, or the policy's `teams.approvers`)",
        }[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a command may know."""

    arguments: tuple[str, ...]
    login: str
    """Who gave it."""
    role: Role
    author: str
    """The pull request's author."""
    pull_state: str
    """`open`, `closed` or `merged`."""
    head_sha: str
    head_known: bool
    """Whether this was the head already when the comment was written."""
    fallen: bool
    """Whether it was closed, or given another base branch, when the comment was written or since."""
    late_on_hold: bool
    """Whether somebody wrote a word on its hold after the comment, which was heard of first."""
    called_off: bool
    """Whether a cancel that concerns their builds was written after the comment, and heard of first."""
    newer: frozenset[str]
    """Builds that were ordered after the comment was written, and heard of first."""
    failing: tuple[str, ...]
    """Ids of the checks that fail at this head."""
    leaves: tuple[str, ...]
    """Leaves whose qna.yaml the pull request adds or changes."""
    status: ReportStatus
    config: Config
    """The policy in force."""
    hold: Hold | None
    """What keeps the pull request from going on."""
    budget: Budget | None
    """Where the quotas stand; None where nobody keeps them."""
    unreleased: tuple[int, ...]
    """Merged pull requests that no release holds yet, and that are not on hold."""
    withheld: tuple[int, ...]
    """Merged pull requests that no release holds because they are on hold."""
    releasing: str | None
    """The release build that waits or runs."""
    version: str | None
    """The current model's version."""
    versions: tuple[str, ...]
    """All versions that this repository published, the newest first."""


CommandFunction = Callable[[Request], Iterator[Step]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A registered command; its name is the function's, with dashes, and what it does stands in the docstring."""

    name: str
    summary: str
    """The docstring's first line."""
    details: str
    """What the docstring says beyond, without its sections; empty where it says no more."""
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
        summary, _, more = inspect.cleandoc(function.__doc__).partition("\n")
        COMMANDS[name] = Command(
            name=name,
            summary=summary.rstrip("."),
            details=" ".join(more.partition("Raises:")[0].split()),
            usage=f"{name} {arguments}".strip(),
            needs=needs,
            run=function,
        )
        return function

    return register


def load_commands() -> dict[str, Command]:
    """Import every module below bot/commands and give the registered commands by name."""
    package = importlib.import_module("bot.commands")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"bot.commands.{module.name}")
    return COMMANDS
