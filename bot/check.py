"""The registry of checks: how a function becomes one, and how all of them are run over a pull request's facts."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.facts import PullRequestFacts
from bot.findings import Finding

CheckFunction = Callable[[PullRequestFacts], Iterator[Finding]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A registered check; its id is the function's name, its summary the docstring's first line."""

    id: str
    summary: str
    run: CheckFunction


CHECKS: dict[str, Check] = {}


def check(function: CheckFunction) -> CheckFunction:
    """Register a function as the check of its own name.

    Raises:
        ValueError: if the name is taken or the docstring is missing.
    """
    name = getattr(function, "__name__", "")
    if name in CHECKS or not function.__doc__:
        raise ValueError(f"check {name!r} is registered already or has no docstring")
    CHECKS[name] = Check(id=name, summary=function.__doc__.splitlines()[0], run=function)
    return function


def load_checks() -> tuple[Check, ...]:
    """Import every module below bot/checks and give the registered checks by id."""
    package = importlib.import_module("bot.checks")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"bot.checks.{module.name}")
    return tuple(CHECKS[key] for key in sorted(CHECKS))
