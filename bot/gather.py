"""Facts about a pull request at its present head, and what GitHub shows of it, by REST; fetch and translate only."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath

from bot.base_commits import MAX_LOOKED_AT, Trace, held, looked_from, suspects
from bot.command import Role
from bot.events import Place
from bot.facts import Commit, Identity, PullRequestFacts
from bot.gather_files import read_files
from bot.github_api import MEMBERS, GitHub, GitHubError, Repository
from bot.github_values import CheckRunView, CommitView, PullView, Tree
from bot.plan import Current
from schemas.config import Config
from schemas.errors import UserError
from schemas.leaf import TREES

MAX_LISTED = 3_000
"""Files that GitHub lists of a pull request; what comes after them would go unseen."""
MAX_COMMITS = 250
"""Commits that GitHub lists of a pull request."""
ATTEMPTS = 3
REFUSALS = frozenset({403, 422})
"""HTTP statuses of a token or a request that asks for more than the App was granted."""

ROLES = {
    "admin": Role.APPROVER,
    "maintain": Role.APPROVER,
    "write": Role.APPROVER,
    "triage": Role.TRIAGER,
}


def gather(
    repository: Repository,
    number: int,
    config: Config,
    *,
    is_member: Callable[[str], bool],
    first: PullView | None = None,
) -> tuple[PullView, PullRequestFacts]:
    """Read a pull request and the facts at its head, all of one head: it is read again if it moved meanwhile.

    Args:
        repository: Where the pull request is.
        number: Its number.
        config: The policy in force.
        is_member: Whether a login belongs to the organisation; asked only where the policy exempts members.
        first: The pull request as it was read a moment ago, where it was.

    Raises:
        UserError: if the repository is too large to be listed, or the head moves faster than it can be read.
    """
    pull = first or repository.pull(number)
    for _ in range(ATTEMPTS):
        facts = _facts(repository, pull, config, is_member)
        if _is_last(pull.head_sha, facts.commits) and facts.commits_complete:
            return pull, facts
        again = repository.pull(number)
        if again.head_sha == pull.head_sha:
            return again, facts
        pull = again
    raise UserError("This pull request is pushed to faster than it can be read; push once more when it is ready.")


def gather_check_runs(repository: Repository, shas: Iterable[str]) -> dict[str, tuple[CheckRunView, ...]]:
    """Read our own check runs on these commits."""
    return {sha: repository.check_runs(sha) for sha in shas}


def gather_current(repository: Repository, pull: PullView, *, wanted: Iterable[str], on_lines: bool) -> Current:
    """Read what GitHub shows of a pull request beside check runs: labels and comments.

    The repository's labels are listed only where one that is wanted does not stand on the pull request yet.

    Args:
        repository: Where the pull request is.
        pull: The pull request.
        wanted: Labels that should stand.
        on_lines: Whether comments of ours may stand on lines, though the pull request does not count any yet.
    """
    comments = repository.soon(Repository.comments, pull.number)
    asked = on_lines or pull.line_comments > 0
    lines = repository.soon(Repository.line_comments, pull.number) if asked else None
    missing = {name.lower() for name in wanted} - {name.lower() for name in pull.labels}
    known = frozenset(label.name.lower() for label in repository.labels()) if missing else None
    return Current(
        labels=frozenset(pull.labels),
        comments=comments.result(),
        line_comments=() if lines is None else lines.result(),
        known_labels=known,
        check_runs={},
    )


def gather_role(github: GitHub, place: Place, repository: Repository, login: str, config: Config) -> Role:
    """Find a person's role by their permission in the repository and by the policy's teams."""
    role = ROLES.get(repository.role_name(login), Role.ANYONE)
    if role < Role.APPROVER and _is_among(github, place, login, config.teams.approvers):
        return Role.APPROVER
    if role < Role.TRIAGER and _is_among(github, place, login, config.teams.triagers):
        return Role.TRIAGER
    return role


@contextmanager
def open_members(github: GitHub, place: Place) -> Iterator[Repository]:
    """Open a repository to ask who is in its organisation and teams.

    Raises:
        UserError: if the App may not read that; nobody holds a role by a team then.
        GitHubError: for any other refusal, or as the block raises it.
    """
    try:
        with github.repository(place, permissions=MEMBERS) as members:
            yield members
    except GitHubError as error:
        if error.status in REFUSALS:
            raise UserError(
                "The policy names teams or exempts members, but the App may not see who they are: grant it the "
                "permission `Members: read`, or name people by their logins."
            ) from error
        raise


def leaves_of(tree: Tree) -> tuple[str, ...]:
    """Give the folders of all leaves in a commit's tree."""
    paths = (PurePosixPath(path) for path in tree.entries)
    return tuple(sorted(str(path.parent) for path in paths if path.name == "qna.yaml" and path.parts[0] in TREES))


def _is_among(github: GitHub, place: Place, login: str, people: tuple[str, ...]) -> bool:
    if login.lower() in {person.lower().removeprefix("@") for person in people}:
        return True
    teams = [person.removeprefix("@").split("/", 1) for person in people if "/" in person]
    if not teams:
        return False
    with open_members(github, place) as members:
        return any(members.in_team(login, organisation=organisation, team=team) for organisation, team in teams)


def _facts(
    repository: Repository, pull: PullView, config: Config, is_member: Callable[[str], bool]
) -> PullRequestFacts:
    whole = repository.soon(Repository.tree, pull.head_sha)
    listed = repository.pull_files(pull.number)
    # Commits are asked for after the files: where the head is still the last of them, the files were this head's.
    following = repository.soon(Repository.pull_commits, pull.number)
    tree = whole.result()
    if not tree.complete:
        raise UserError("This repository has more files than GitHub lists (100,000); espalier cannot work on it.")
    if len(listed) >= MAX_LISTED:
        raise UserError(f"This pull request changes {MAX_LISTED:,} files or more, and GitHub lists no more; split it.")
    files, leaves = read_files(repository, listed, tree)
    commits = following.result()
    return PullRequestFacts(
        repository=repository.full_name,
        number=pull.number,
        author=pull.author,
        title=pull.title,
        body=pull.body,
        base_ref=pull.base_ref,
        base_sha=pull.base_sha,
        head_sha=pull.head_sha,
        files=files,
        leaves=leaves,
        commits=tuple(
            _commit(commit, member=_exempt(commit, config) and is_member(commit.login or "")) for commit in commits
        ),
        commits_complete=len(commits) < MAX_COMMITS,
        config=config,
        base_commits=_base_commits(repository, pull, commits),
        url=pull.url,
    )


def _base_commits(repository: Repository, pull: PullView, commits: tuple[CommitView, ...]) -> frozenset[str]:
    """Look on the base branch for commits that somebody else wrote; where there are none nothing is asked."""
    found = suspects([_trace(commit) for commit in commits], pull.author)
    if not found:
        return frozenset()
    base = repository.branch_commits(pull.base_ref, since=looked_from(found), most=MAX_LOOKED_AT)
    return held(found, map(_trace, base))


def _trace(commit: CommitView) -> Trace:
    return Trace(
        sha=commit.sha,
        author_name=commit.author_name,
        author_email=commit.author_email,
        authored=commit.authored,
        subject=commit.message.partition("\n")[0],
        author_login=commit.login,
        merge=len(commit.parents) > 1,
    )


def _is_last(sha: str, commits: tuple[Commit, ...]) -> bool:
    """Tell whether a listing ends with this commit: it is there, and none stands on it."""
    return any(commit.sha == sha for commit in commits) and all(sha not in commit.parents for commit in commits)


def _exempt(commit: CommitView, config: Config) -> bool:
    """Tell whether it matters if the author is a member: the DCO app exempts members for verified commits only."""
    return not config.dco.require_members and commit.verified and commit.login is not None


def _commit(commit: CommitView, *, member: bool) -> Commit:
    return Commit(
        sha=commit.sha,
        parents=commit.parents,
        author=Identity(name=commit.author_name, email=commit.author_email),
        committer=Identity(name=commit.committer_name, email=commit.committer_email),
        message=commit.message,
        author_login=commit.login,
        author_is_bot=commit.is_bot,
        verified=commit.verified,
        author_is_member=member,
    )
