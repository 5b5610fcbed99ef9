"""Answers of the REST API, and how they go out: as JSON, with GitHub's headers."""

import hashlib
import itertools
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from fastapi import Request, Response

REQUESTS = itertools.count(secrets.randbelow(0xFFFF))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back: JSON unless `text` is given."""

    status: int = HTTPStatus.OK
    content: object = None
    text: str | bytes | None = None
    media_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def created(content: object) -> Answer:
    """Answer that something is new."""
    return Answer(status=HTTPStatus.CREATED, content=content)


def no_content() -> Answer:
    """Answer that it is done, and nothing more."""
    return Answer(status=HTTPStatus.NO_CONTENT)


def seal(request: Request, answer: Answer, limits: Mapping[str, str]) -> Response:
    """Write an answer as a response; a client that has it already is told so in place of it."""
    headers = {
        "X-GitHub-Api-Version-Selected": "2022-11-28",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "X-GitHub-Request-Id": f"{next(REQUESTS) & 0xFFFF:04X}:{secrets.token_hex(3).upper()}:{int(time.time()):X}",
        **limits,
        **answer.headers,
    }
    if answer.status == HTTPStatus.NO_CONTENT:
        return Response(status_code=answer.status, headers=headers)
    body = _body(answer)
    if request.method == "GET" and answer.status == HTTPStatus.OK:
        headers["ETag"] = f'W/"{hashlib.sha256(body).hexdigest()}"'
        headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
        if request.headers.get("if-none-match") == headers["ETag"]:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, status_code=answer.status, headers=headers, media_type=answer.media_type)


def _body(answer: Answer) -> bytes:
    if answer.text is None:
        return json.dumps(answer.content, separators=(",", ":")).encode()
    return answer.text if isinstance(answer.text, bytes) else answer.text.encode()
