"""What can go wrong between us and GitHub, as one error that says whether waiting helps, and for how long."""

import functools
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ParamSpec, TypeVar

import requests
import urllib3
from github import GithubException

P = ParamSpec("P")
T = TypeVar("T")

CLIENT_ERROR, SERVER_ERROR = 400, 500
TOO_MANY = 429
LIMITS = frozenset({403, TOO_MANY})
"""Statuses that GitHub answers with where a limit is reached."""
SECONDARY_WAIT = 60.0
"""Seconds to wait at least after a limit without Retry-After (docs.github.com, "Rate limits for the REST API")."""
REPEAT_SECONDS = 0.5
SERVER_WAIT = 5.0
"""Seconds after which a GitHub that failed or did not answer is asked again; whoever waits does so longer each time."""


class GitHubError(Exception):
    """GitHub refused a request, or did not answer."""

    def __init__(
        self, message: str, *, status: int | None, wait: float | None, limited: bool = False, exact: bool = False
    ) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; None where there was no answer."""
        self.wait = wait
        """Seconds after which trying again makes sense; None where it does not."""
        self.limited = limited
        """Whether a limit is reached: until the wait is over, nothing of this installation is to be asked at all."""
        self.exact = exact
        """Whether GitHub said itself when the limit is over, so that nobody has to guess, and longer each time."""

    @property
    def refused(self) -> bool:
        """Whether GitHub said no, so that what it was asked for was certainly not done."""
        return self.status is not None and CLIENT_ERROR <= self.status < SERVER_ERROR


def translate(function: Callable[P, T]) -> Callable[P, T]:
    """Turn the client library's errors into `GitHubError`, without tokens or bodies in the message."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except GithubException as error:
            raise _of_answer(error, function.__name__) from error
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            message = f"GitHub did not answer ({function.__name__}): {type(error).__name__}"
            raise GitHubError(message, status=None, wait=SERVER_WAIT) from error

    return call


def repeated(function: Callable[P, T]) -> Callable[P, T]:
    """Send once more what says the same when it is sent twice, where GitHub failed or its answer was lost."""

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except GitHubError as error:
            if error.refused or error.limited:
                raise
            time.sleep(REPEAT_SECONDS * (1.0 + random.random()))  # noqa: S311 - spreads load, guards nothing
            return function(*args, **kwargs)

    return call


def _of_answer(error: GithubException, verb: str) -> GitHubError:
    words = error.data.get("message") if isinstance(error.data, dict) else None
    told = str(words or error.message or "no reason given")
    message = f"GitHub answered {error.status} ({verb}): {told}"
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status in LIMITS:
        said = _said_wait(headers)
        limit = said if said is not None else _guessed_wait(told, error.status)
        return GitHubError(message, status=error.status, wait=limit, limited=limit is not None, exact=said is not None)
    if error.status >= SERVER_ERROR:
        return GitHubError(message, status=error.status, wait=_retry_after(headers) or SERVER_WAIT)
    return GitHubError(message, status=error.status, wait=None)


def _said_wait(headers: Mapping[str, str]) -> float | None:
    """Give the seconds until a limit is over where GitHub says it, in the order that it documents.

    docs.github.com, "Rate limits for the REST API", "Exceeding the rate limit".
    """
    after = _retry_after(headers)
    reset = headers.get("x-ratelimit-reset", "")
    if after is None and headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(float(reset) - time.time(), 0.0) + 1.0  # the reset falls somewhere within its second
    return after


def _guessed_wait(told: str, status: int) -> float | None:
    """Give the least seconds to wait for a limit that GitHub only names; None for a refusal of another kind."""
    words = told.lower()
    return SECONDARY_WAIT if status == TOO_MANY or "rate limit" in words or "abuse" in words else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After: seconds, or a date (RFC 9110, 10.2.3)."""
    value = headers.get("retry-after", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
