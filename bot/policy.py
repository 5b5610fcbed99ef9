"""The policy in force: the default branch's alone; a broken one is told of, and the last good one stays."""

import threading
from collections import defaultdict

from bot.apply import apply
from bot.context import Bot
from bot.events import POLICY_ID
from bot.github_api import Repository
from bot.plan import plan_check_runs
from bot.policy_run import NO_FILE, policy_run, problems_of
from bot.settle import settle_check_runs
from schemas.config import FILE, Config, parse_config
from schemas.config_problems import PolicyProblem
from schemas.errors import UserError

VERSIONS = 20
"""Versions of a policy that are looked at for a good one; each costs a request."""
_TURNS: dict[str, threading.Lock] = defaultdict(threading.Lock)
"""By repository, held while its broken policy is told of: many pull requests find it broken at once."""


def policy(bot: Bot, repository: Repository) -> tuple[Config, str | None]:
    """Read the policy from the default branch; a broken one leaves the last good one in force, and says so."""
    try:
        text = repository.file(FILE) or b""
        config = parse_config(text)
    except UserError as error:
        with _TURNS[repository.full_name]:
            good, known = bot.store.pulls.policy(repository.full_name)
            if known != str(error):  # else all of it was done, and there may never have been a good one
                show_policy(bot, repository, repository.branch_head(repository.view().default_branch))
                earlier = None if good else _earlier_policy(repository)
                bot.store.pulls.save_policy(repository.full_name, good=earlier, problem=str(error))
        return last_policy(bot, repository.full_name), str(error)
    if bot.store.pulls.policy(repository.full_name) != (text.decode(), None):
        bot.store.pulls.save_policy(repository.full_name, good=text.decode(), problem=None)
    return config, None


def last_policy(bot: Bot, repository: str) -> Config:
    """Give the last good policy."""
    good, _ = bot.store.pulls.policy(repository)
    return parse_config(good)


def show_policy(bot: Bot, repository: Repository, sha: str) -> None:
    """Say in a check run on a commit of the default branch what becomes of the policy there."""
    run = policy_run(
        _problems_at(repository, sha), head_sha=sha, external_id=POLICY_ID, details_url=bot.address, proposed=False
    )
    standing, own = settle_check_runs(bot, repository, 0, {sha: repository.check_runs(sha)})
    apply(bot, repository, 0, plan_check_runs(standing, (run,), own))


def _problems_at(repository: Repository, sha: str) -> tuple[PolicyProblem, ...]:
    try:
        return problems_of(repository.file(FILE, ref=sha) or b"")
    except UserError:
        return (NO_FILE,)


def _earlier_policy(repository: Repository) -> str | None:
    """Find the last good policy where we remember none: the defaults may be laxer than what a broken one replaced."""
    for sha in repository.file_versions(FILE, limit=VERSIONS)[1:]:
        try:
            text = repository.file(FILE, ref=sha) or b""
            parse_config(text)
        except UserError:
            continue
        return text.decode()
    return None
