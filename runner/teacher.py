"""The teacher: who writes questions and answers; the only caller of a model endpoint."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Protocol

import httpx

from schemas.errors import UserError

_TIMEOUT = httpx.Timeout(300.0, connect=10.0)
_ATTEMPTS = 4
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
_PARALLEL = 8
_BUSY = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_TOO_MUCH = frozenset({400, 413, 422})
_OF_LENGTH = re.compile(r"context|too long|length|tokens", re.IGNORECASE)
_FEWEST_TOKENS = 64
"""A reply of fewer tokens is not worth the asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a chat."""

    role: str
    """system, user or assistant."""
    content: str


class Refused(Exception):  # noqa: N818 - it is an answer, and ends nothing
    """The endpoint will not answer this one prompt, such as one that is longer than its context."""


class Teacher(Protocol):
    """Answers chats; a model behind an endpoint, or rules."""

    @property
    def name(self) -> str:
        """What the provenance calls it."""

    @property
    def parallel(self) -> int:
        """How many chats it can answer at once."""

    def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
        """Answer the chat's last message.

        Raises:
            Refused: if this prompt cannot be answered, while others may.
            UserError: if no prompt can be answered.
        """


class EndpointTeacher:
    """A model behind an OpenAI-compatible `/v1/chat/completions`."""

    def __init__(
        self,
        *,
        url: str,
        model: str,
        key: str | None = None,
        parallel: int = _PARALLEL,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """Name the endpoint; nothing is sent yet.

        Args:
            url: Base URL, with or without `/v1`, such as `http://127.0.0.1:8000/v1`.
            model: The model's name at that endpoint.
            key: Bearer token, where the endpoint wants one.
            parallel: How many requests may be under way at once.
            pause: Waits between two attempts.
        """
        base = url.rstrip("/").removesuffix("/chat/completions")
        self._url = f"{base if base.endswith('/v1') else f'{base}/v1'}/chat/completions"
        self._shown = _public(self._url)
        self._model = model
        self._parallel = parallel
        self._pause = pause
        self._under_way = BoundedSemaphore(parallel)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=parallel)
        self._client = httpx.Client(timeout=_TIMEOUT, headers=headers, limits=limits, trust_env=False)

    @property
    def name(self) -> str:
        """What the provenance calls it."""
        return f"{self._model} at {self._shown.removesuffix('/chat/completions').removesuffix('/v1')}"

    @property
    def parallel(self) -> int:
        """How many requests may be under way at once."""
        return self._parallel

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def chat(self, messages: Sequence[Message], *, seed: int, max_tokens: int) -> str:
        """Ask the endpoint, again where it is busy, and for less where its context holds no reply that long.

        Raises:
            Refused: if the endpoint calls this prompt too long or malformed.
            UserError: if it cannot be reached, lets nobody in, has no such model, or answers with something else.
        """
        body = {
            "model": self._model,
            "messages": [{"role": message.role, "content": message.content} for message in messages],
            "seed": seed,
            "max_tokens": max_tokens,
            "temperature": 0.7,
            "stream": False,
        }
        with self._under_way:
            response = self._send(body)
            while max_tokens > _FEWEST_TOKENS and _is_of_length(response):
                max_tokens = max(max_tokens // 2, _FEWEST_TOKENS)
                response = self._send({**body, "max_tokens": max_tokens})
        if response.status_code in _TOO_MUCH:
            raise Refused(_said(response))
        if response.status_code in {401, 403}:
            raise UserError(
                f"The teacher at {self._shown} lets nobody in without a valid key: set ESPALIER_TEACHER_KEY."
            )
        if response.status_code == 404:  # noqa: PLR2004 - not found
            raise UserError(
                f"The teacher at {self._shown} does not know the model {self._model}, or has no chat completions: "
                "check --teacher-url and --teacher-model."
            )
        if response.status_code != 200:  # noqa: PLR2004 - success
            raise UserError(
                f"The teacher at {self._shown} answered {response.status_code} {_ATTEMPTS} times at most: "
                f"look at its log, then build again. It said: {_said(response)}"
            )
        return _answer(response, self._shown)

    def _send(self, body: Mapping[str, object]) -> httpx.Response:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                response = self._client.post(self._url, json=dict(body))
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise UserError(f"{self._shown} is not an HTTP URL: check --teacher-url.") from error
            except httpx.TransportError as error:
                if attempt == _ATTEMPTS:
                    raise UserError(
                        f"The teacher at {self._shown} cannot be reached ({type(error).__name__}): "
                        "start it, or check --teacher-url."
                    ) from error
                self._pause(_wait(attempt, None))
                continue
            if response.status_code not in _BUSY or attempt == _ATTEMPTS:
                return response
            self._pause(_wait(attempt, response.headers.get("Retry-After")))
        raise AssertionError("the loop returns or raises at its last attempt")


def _public(url: str) -> str:
    """Give a URL without what may be a secret in it: user, password and query."""
    try:
        return str(httpx.URL(url).copy_with(userinfo=b"", query=None, fragment=None))
    except httpx.InvalidURL:
        return "What --teacher-url names"


def _wait(attempt: int, asked: str | None) -> float:
    if asked is not None and asked.isdigit():
        return min(float(asked), _LONGEST_PAUSE)
    return min(_FIRST_PAUSE * 2.0 ** (attempt - 1), _LONGEST_PAUSE)


def _is_of_length(response: httpx.Response) -> bool:
    """Tell whether prompt and reply together were too long; servers say so in words of their own."""
    return response.status_code in _TOO_MUCH and bool(_OF_LENGTH.search(response.text))


def _said(response: httpx.Response) -> str:
    return " ".join(response.text.split())[:200] or "nothing"


def _answer(response: httpx.Response, url: str) -> str:
    junk = UserError(
        f"The teacher at {url} answered something that is not a chat completion: check that --teacher-url names an "
        f"OpenAI-compatible server. It said: {_said(response)}"
    )
    try:
        data: object = response.json()
    except ValueError:
        raise junk from None
    choices = data.get("choices") if isinstance(data, dict) else None
    first: object = choices[0] if isinstance(choices, list) and choices else None
    message: object = first.get("message") if isinstance(first, dict) else None
    if not isinstance(message, dict) or "content" not in message:
        raise junk
    content: object = message["content"]
    if content is None:
        return ""
    if not isinstance(content, str):
        raise junk
    return content
