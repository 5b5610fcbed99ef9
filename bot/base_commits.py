"""Commits of a pull request that its base branch holds already: what a bad rebase leaves behind."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_LOOKED_AT = 300
"""Commits of the base branch that are looked at; what a rebase brings in is among its newest."""

_SKEW = timedelta(days=1)
"""How far the clock of a committer may be behind that of an author."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What stays of a commit when it is rebased."""

    sha: str
    author_name: str
    author_email: str
    authored: datetime
    subject: str
    """First line of the message; a sign-off that is added later leaves it alone."""
    author_login: str | None = None
    merge: bool = False

    @property
    def lasting(self) -> tuple[str, str, datetime, str]:
        """Give what a commit and its copy have in common."""
        return self.author_name, self.author_email.lower(), self.authored, self.subject.strip()


def suspects(commits: Sequence[Trace], author: str) -> tuple[Trace, ...]:
    """Give the commits that somebody else seems to have written, by login or, where that is unknown, by address.

    Args:
        commits: The pull request's, oldest first; its last one is taken for its author's own.
        author: Login of the pull request's author; empty where it is unknown.
    """
    own = {commits[-1].author_email.lower()} if commits else set()
    own |= {each.author_email.lower() for each in commits if author and _is(each.author_login, author)}
    return tuple(each for each in commits if not each.merge and each.author_email.lower() not in own)


def looked_from(found: Sequence[Trace]) -> datetime:
    """Give the time from which on the base branch may hold these commits, of which there is at least one."""
    return min(each.authored for each in found) - _SKEW


def held(found: Iterable[Trace], base: Iterable[Trace]) -> frozenset[str]:
    """Give the SHAs of those commits that the base branch holds, under the same or another SHA."""
    known = list(base)
    shas, lasting = {each.sha for each in known}, {each.lasting for each in known}
    return frozenset(each.sha for each in found if each.sha in shas or each.lasting in lasting)


def _is(login: str | None, author: str) -> bool:
    return login is not None and login.lower() == author.lower()
