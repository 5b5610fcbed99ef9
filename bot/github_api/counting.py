"""GitHub's answers by status, counted where every request passes, repeated and unanswered ones included."""

from types import TracebackType
from typing import Self

from urllib3 import BaseHTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from bot.numbers import Counts

ANSWERS = Counts()
"""Of this process, by HTTP status; `none` where there was no answer."""


class CountingRetry(Retry):
    """A policy of repeating, which is asked about every answer, and so can count them."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:  # noqa: FBT001, FBT002 - urllib3's own
        """Count an answer, and say whether its request is to be repeated."""
        ANSWERS.add(str(status_code))
        return super().is_retry(method, status_code, has_retry_after)

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Self:
        """Count a request that had no answer, and go on as urllib3 does."""
        if error is not None:
            ANSWERS.add("none")
        return super().increment(method, url, response, error, _pool, _stacktrace)
