"""What can go wrong between us and GitHub, as one error that says whether waiting helps."""

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import requests
import urllib3
from github import GithubException, RateLimitExceededException

P = ParamSpec("P")
T = TypeVar("T")

SERVER_ERROR = 500
TOO_MANY = 429
SECONDARY_WAIT = 60.0
"""Seconds to wait at least after a rate limit without Retry-After (docs.github.com, "Best practices")."""


class GitHubError(Exception):
    """GitHub refused a request, or did not answer."""

    def __init__(self, message: str, *, status: int | None, wait: float | None) -> None:
        super().__init__(message)
        self.status = status
        """HTTP status; None where there was no answer."""
        self.wait = wait
        """Seconds after which trying again makes sense; None where it does not."""


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
            raise GitHubError(message, status=None, wait=5.0) from error

    return call


def _of_answer(error: GithubException, verb: str) -> GitHubError:
    said = error.data.get("message") if isinstance(error.data, dict) else None
    message = f"GitHub answered {error.status} ({verb}): {said or error.message or 'no reason given'}"
    if isinstance(error, RateLimitExceededException) or error.status == TOO_MANY:
        after = (error.headers or {}).get("retry-after", "")
        return GitHubError(message, status=error.status, wait=float(after) if after.isdecimal() else SECONDARY_WAIT)
    return GitHubError(message, status=error.status, wait=5.0 if error.status >= SERVER_ERROR else None)
