"""A GitHub as somebody: how requests are paced and repeated, and one repository opened with a token for it."""

import math
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypedDict

from github import Auth, Github

from bot.events import Place
from bot.github_api.counting import CountingRetry
from bot.github_api.errors import GitHubError
from bot.github_api.repository import Repository
from bot.settings import Settings

PERMISSIONS = {"metadata": "read", "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write"}
"""What a token may do; an App that may do more still gets no more than this for us."""

READ = {"metadata": "read", "contents": "read", "pull_requests": "read"}
"""What a token may do that only looks, or that git is given."""

MEMBERS = {"metadata": "read", "members": "read"}
"""What a token may do that asks who is in a team; an App without this permission cannot honour teams in the policy."""


READERS = 8
"""Threads that read side by side, for all repositories together; GitHub allows 100 requests at a time."""
TIMEOUT = 20
"""Seconds that connecting, and each wait for bytes of an answer, may take; GitHub itself gives up after 10."""
KEPT = 16
"""Connections that are kept for the next delivery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who we are."""

    id: int
    slug: str
    login: str
    """The login that our comments are written under."""


class _Transport(TypedDict):
    base_url: str
    timeout: int
    user_agent: str
    per_page: int
    lazy: bool
    seconds_between_requests: float
    seconds_between_writes: float


class GitHub(ABC):
    """One GitHub, as whoever the subclass is; threads may share it."""

    def __init__(self, settings: Settings) -> None:
        # GitHub asks for at least a second between writes of one client; a server on this machine asks for nothing.
        between, writes = (0.0, 0.0) if settings.loopback else (0.05, 1.0)
        self._transport = _Transport(
            base_url=settings.api_url,
            timeout=TIMEOUT,
            user_agent="espalier",
            per_page=100,
            lazy=True,
            seconds_between_requests=between,
            seconds_between_writes=writes,
        )
        self.remaining: dict[str, int] = {}
        """Requests left in the present hour, by repository; what `/metrics` shows."""
        self._rests: dict[int, float] = {}
        """Until when, by `time.monotonic()`, GitHub wants to be left alone by an installation."""
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._kept: list[tuple[str, Github]] = []
        self._kept_turn = threading.Lock()

    @abstractmethod
    def identity(self) -> Identity:
        """Tell who we are."""

    @abstractmethod
    def token(self, place: Place, permissions: Mapping[str, str]) -> str:
        """Get a token for one repository with these permissions."""

    @contextmanager
    def repository(self, place: Place, *, permissions: Mapping[str, str] = PERMISSIONS) -> Iterator[Repository]:
        """Open a repository with a token that is good for it alone.

        Raises:
            GitHubError: if GitHub asked this installation to wait and it has not yet, or as the block raises it.
        """
        left = self._rests.get(place.installation, 0.0) - time.monotonic()
        if left > 0:
            # Asking on through a limit prolongs it (docs.github.com, "Best practices for using the REST API").
            raise GitHubError(
                f"GitHub wants to be left alone for {left:.0f} s more",
                status=None,
                wait=left,
                limited=True,
                exact=True,
            )
        try:
            lend = partial(self._lend, self.token(place, permissions))
            with lend() as client:
                yield Repository(client, place, own_login=self.identity().login, lend=lend, readers=self._readers)
                self.remaining[place.repository] = client.requester.rate_limiting[0]
        except GitHubError as error:
            if error.limited and error.wait is not None:
                self._rests[place.installation] = time.monotonic() + error.wait
            raise

    def rest_seconds(self) -> dict[str, int]:
        """Give how long GitHub still wants to be left alone, by installation; what `/metrics` shows."""
        now = time.monotonic()
        return {str(installation): math.ceil(until - now) for installation, until in self._rests.items() if until > now}

    def close(self) -> None:
        """Close all connections."""
        self._readers.shutdown()
        with self._kept_turn:
            while self._kept:
                self._kept.pop()[1].close()

    @contextmanager
    def _lend(self, token: str, *, auth: Auth.Auth | None = None) -> Iterator[Github]:
        """Lend a client to one thread; its connection is kept for the next that needs one.

        Args:
            token: The token that it asks with, or a name for what `auth` asks with.
            auth: How it says who asks, where that is no token.
        """
        client = self._take(token) or Github(auth=auth or Auth.Token(token), retry=retry(), **self._transport)
        try:
            yield client
        except BaseException:
            client.close()
            raise
        with self._kept_turn:
            self._kept.append((token, client))
            surplus = self._kept.pop(0)[1] if len(self._kept) > KEPT else None
        if surplus is not None:
            surplus.close()

    def _take(self, token: str) -> Github | None:
        with self._kept_turn:
            for index in reversed(range(len(self._kept))):
                if self._kept[index][0] == token:
                    return self._kept.pop(index)[1]
        return None


def retry() -> CountingRetry:
    """Repeat within seconds what may be repeated: a read, or what comes to the same when it is done twice.

    A POST that was lost on the way back would comment twice, a PATCH may append. A limit is not waited for here,
    where a thread would sleep through it: the delivery is.
    """
    return CountingRetry(
        total=2,
        backoff_factor=0.5,
        backoff_jitter=0.5,
        status_forcelist=frozenset({500, 502, 503, 504}),
        allowed_methods=frozenset({"GET", "HEAD", "PUT", "DELETE"}),
        respect_retry_after_header=False,
        raise_on_status=False,
    )
