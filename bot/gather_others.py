"""The leaves that a pull request might repeat: those of its base branch, read by git, and of other open ones."""

import base64
import logging
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from bot.facts import OtherLeaf, PullRequestFacts
from bot.github_api import GitHubError, Repository
from bot.github_values import PullView
from bot.neighbours import print_of, prints
from bot.store import Leaves
from schemas.errors import UserError
from schemas.leaf import kind_of
from sources.git_cache import Bounds, Entry, blobs, entries, fetch

log = logging.getLogger(__name__)

MAX_LEAF = 1024 * 1024
"""Bytes of a leaf that is sketched, as of a file that checks are given."""
MAX_LEAVES = 20_000
SECONDS = 20.0
"""How long the look at a pull request, whose check run is yet to come, waits for the tree of its base."""
FORGET_FAILURE = 300.0
"""Seconds after which a tree that could not be read is tried again."""
NOT_FOUND = 404


def gather_others(
    known: Leaves, repository: Repository, pull: PullView, facts: PullRequestFacts, *, token: str, cache: Path
) -> tuple[OtherLeaf, ...] | None:
    """Give the leaves elsewhere that share something with an open pull request's; and note what this one proposes.

    Args:
        known: What is remembered of leaves.
        repository: Where the pull request is.
        pull: The pull request.
        facts: Its facts so far.
        token: Good for reading the repository by git.
        cache: Where Git objects are kept.

    Returns:
        The leaves; None where nobody can say, because the pull request is closed or the base cannot be read now.

    Raises:
        GitHubError: if GitHub does not answer.
    """
    if pull.state != "open":
        return None
    own = prints(facts)
    known.save_pull(facts.repository, pull.base_ref, pull.number, own)
    if not own:
        return ()
    try:
        tip = repository.branch_head(pull.base_ref)
        if not _catch_up(known, repository, pull.base_ref, tip, token=token, cache=cache):
            return None
    except GitHubError as error:
        if error.status != NOT_FOUND:
            raise
        return None
    return known.near(facts.repository, pull.base_ref, pull.number, own, page=pull.url)


def _catch_up(known: Leaves, repository: Repository, branch: str, tip: str, *, token: str, cache: Path) -> bool:
    """Learn a branch's leaves at its tip; False if they cannot be had soon, or could not be a while ago."""
    name = repository.full_name
    turn = known.turn(name)
    if not turn.acquire(timeout=SECONDS):
        return False
    try:
        if known.tip(name, branch) == tip:
            return True
        if known.is_put_off(name, branch):
            return False
        _read_tree(known, repository, branch, tip, token=token, cache=cache)
    except (UserError, OSError) as error:
        log.warning("the leaves of %s at %s cannot be read: it %s", name, branch, error)
        known.put_off(name, branch, seconds=FORGET_FAILURE)
        return False
    finally:
        turn.release()
    return True


def _read_tree(known: Leaves, repository: Repository, branch: str, tip: str, *, token: str, cache: Path) -> None:
    """Fetch a commit's files and sketch the leaves that are new."""
    url = repository.view().clone_url
    header = "Authorization: Basic " + base64.b64encode(f"x-access-token:{token}".encode()).decode()
    protocols, bounds = [urlsplit(url).scheme], Bounds(seconds=SECONDS)
    folder = fetch(url, tip, cache=cache, protocols=protocols, public=False, bounds=bounds, header=header)
    files = [entry for entry in entries(folder, tip) if _is_leaf(entry)][:MAX_LEAVES]
    wanted = known.unknown(entry.blob for entry in files)
    contents = blobs(folder, sorted(wanted))
    places = {entry.blob: str(PurePosixPath(entry.path).parent) for entry in files}
    known.save_tree(
        repository.full_name,
        branch,
        tip,
        leaves={str(PurePosixPath(entry.path).parent): entry.blob for entry in files},
        fresh=[print_of(places[blob], content) for blob, content in contents.items()],
    )


def _is_leaf(entry: Entry) -> bool:
    found = entry.regular and entry.size <= MAX_LEAF and entry.path.endswith("/qna.yaml")
    return found and kind_of(entry.path) is not None
