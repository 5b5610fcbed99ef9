"""The registry of checks: how a function becomes one, and how all of them are run over a pull request's facts.

A check's module says beside its function which rules its findings may name, with the most that each weighs and what is
wrong where it stands, in a clause of plain English that begins small and has no full stop:

    RULES: Rules = {
        "missing": (Level.ERROR, "the leaf has no attribution.txt"),
        "restrictive": (Level.WARNING, "the licence forbids what a taxonomy is for"),
    }

    MENDED = frozenset({"missing"})  # those of them that a machine can mend, at least in some cases

The reference of checks and the rules of a SARIF report are made from it.
"""

import importlib
import logging
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bot.facts import PullRequestFacts
from bot.findings import BROKEN, CheckResult, Finding, Level
from bot.leaf_names import looks_like_leaf
from bot.meant import as_meant
from schemas.config import Levels
from schemas.leaf import is_below_trees

log = logging.getLogger(__name__)


class NotLooked(Exception):  # noqa: N818 - what came of it, and no error
    """Raised by a check that found nothing because it could not look; the message is a clause that says why."""


CheckFunction = Callable[[PullRequestFacts], Iterator[Finding]]
Rules = Mapping[str, tuple[Level, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A registered check; its id is the function's name, its summary the docstring's first line."""

    id: str
    summary: str
    run: CheckFunction

    @property
    def rules(self) -> Rules:
        """What the check's module declares as `RULES`; empty where it declares none."""
        rules: Rules = getattr(sys.modules[self.run.__module__], "RULES", {})
        return rules

    @property
    def mended(self) -> frozenset[str]:
        """Those of the rules whose findings may carry a fix that a machine can make."""
        mended: frozenset[str] = getattr(sys.modules[self.run.__module__], "MENDED", frozenset())
        return mended

    @property
    def broken(self) -> tuple[Level, str]:
        """What the check's own failure weighs, and what is wrong then: it blocks where the check could have blocked."""
        blocks = any(level is Level.ERROR for level, _ in self.rules.values())
        return Level.ERROR if blocks else Level.WARNING, "the check itself failed; that is a defect of Espalier"


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


def run_checks(facts: PullRequestFacts) -> tuple[CheckResult, ...]:
    """Run every registered check; one that raises is reported as such, and hides no other.

    The policy may turn a check or one of its rules off, or say how much their findings weigh. Files of a leaf that have
    another name than they should are judged as what they are meant to be. Outside the taxonomy's trees only `dco`
    looks, and `placement` where a leaf is added there.
    """
    touched = any(
        path is not None and is_below_trees(path) for file in facts.files for path in (file.path, file.previous_path)
    )
    anywhere = {"dco", "placement"} if any(looks_like_leaf(file.path) for file in facts.files) else {"dco"}
    meant = as_meant(facts)
    return tuple(
        replace(_run(item, meant, touched=touched or item.id in anywhere), summary=item.summary)
        for item in load_checks()
    )


def _run(item: Check, facts: PullRequestFacts, *, touched: bool) -> CheckResult:
    levels = facts.config.checks.get(item.id, Levels())
    if levels.most == "off":
        return CheckResult(id=item.id, findings=(), skipped="the policy turns this check off")
    if not touched:
        return CheckResult(id=item.id, findings=(), skipped="nothing below the taxonomy's trees changes")
    try:
        findings = tuple(item.run(facts))
    except NotLooked as error:
        return CheckResult(id=item.id, findings=(), skipped=str(error))
    except MemoryError:
        raise  # the whole process is at its end, and that is no defect of this check
    except Exception:
        log.exception("check %s failed on %s#%d at %s", item.id, facts.repository, facts.number, facts.head_sha)
        findings = (_broken(item, levels),)
    weighed = ((one, levels.weight(one.rule, one.level)) for one in findings)
    kept = tuple(replace(one, level=Level(weight)) for one, weight in weighed if weight != "off")
    return CheckResult(id=item.id, findings=kept)


def _broken(item: Check, levels: Levels) -> Finding:
    """Say that a check failed; where the policy lets it block, its failure must not be a way around it."""
    blocks = any(levels.rules.get(rule, level.value) == Level.ERROR for rule, (level, _) in item.rules.items())
    message = (
        f"The check `{item.id}` broke on this pull request, so nobody knows what it would say; that is a defect of "
        "ours and nothing that you could mend, please tell an operator."
    )
    return Finding(rule=BROKEN, level=Level.ERROR if blocks else Level.WARNING, message=message)
