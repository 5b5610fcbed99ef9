"""Whether a request, a response or a webhook is one that GitHub's own descriptions allow."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import uuid
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import jsonschema_rs

from tests.github.slices import ContractError, Operation, find_operation, read_slice, validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.github.slices import Json, Node

NO_BODY = frozenset({204, 205, 304})
REDIRECTS = frozenset({301, 302, 307, 308})
RATE_LIMIT_HEADERS = tuple(f"x-ratelimit-{name}" for name in ("limit", "remaining", "reset", "used", "resource"))
RAW_MEDIA = re.compile(r"application/vnd\.github\.[\w.+-]*(raw|diff|patch|html|sha)\b|text/plain")
REPORTED = 12
MESSAGE_LENGTH = 300
ALTERNATIVES = (
    jsonschema_rs.ValidationErrorKind.AnyOf,
    jsonschema_rs.ValidationErrorKind.OneOfNotValid,
)


def _shorten(message: str) -> str:
    """Leave out the middle of a long message: it begins with the value, and ends with what is wrong with it."""
    return message if len(message) <= MESSAGE_LENGTH else f"{message[:80]} … {message[80 - MESSAGE_LENGTH :]}"


def _describe(error: jsonschema_rs.ValidationError) -> Iterator[str]:
    """Yield what is wrong; where no alternative fits, what is wrong with the one that comes closest."""
    kind = error.kind
    if isinstance(kind, ALTERNATIVES) and kind.context:
        closest = min(kind.context, key=len)
        for inner in closest:
            yield from _describe(inner)
    else:
        yield f"  at /{'/'.join(map(str, error.instance_path))}: {_shorten(error.message)}"


def _complain(where: str, errors: Iterable[jsonschema_rs.ValidationError]) -> None:
    found = [line for error in errors for line in _describe(error)]
    if found:
        more = [f"  and {len(found) - REPORTED} more"] if len(found) > REPORTED else []
        raise ContractError("\n".join((where, *found[:REPORTED], *more)))


def _parse(where: str, body: bytes | Json) -> Json:
    if not isinstance(body, bytes):
        return body
    try:
        value: Json = json.loads(body)
    except ValueError as error:
        raise ContractError(f"{where}: the body is not JSON: {error}") from error
    return value


def check_response(method: str, url_path: str, status: int, headers: Mapping[str, str], body: bytes | Json) -> None:
    """Hold a response of the REST API to GitHub's description.

    Args:
        method: The request's method.
        url_path: The request's path, with or without `/api/v3`.
        status: The response's status code.
        headers: The response's headers.
        body: The response's body, as bytes or parsed; empty bytes or None where there is none.

    Raises:
        ContractError: if the operation or status is not described, a header that GitHub always sends is missing,
            or the body has another shape.
    """
    operation, _ = find_operation(method, url_path)
    where = f"the answer {status} to {method.upper()} {url_path}"
    _check_headers(where, status, {name.lower(): value for name, value in headers.items()}, body)
    at: tuple[str, ...] = ("paths", operation.template, operation.method, "responses", str(status))
    described = read_slice("openapi")["paths"][operation.template][operation.method]["responses"]
    common = read_slice("openapi")["common"]
    if described.get(str(status)) is None and str(status) in common:
        # Either not described with the operation, or described without its body, which is the one of every error.
        at, described = ("common", str(status)), common
    if str(status) not in described:
        raise ContractError(f"{where}: GitHub documents no such status for {operation.template}")
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    if status in NO_BODY or (status in REDIRECTS and not body) or RAW_MEDIA.match(kind):
        return
    if described[str(status)] is None:
        if body:
            raise ContractError(f"{where}: GitHub sends no JSON here")
        return
    _complain(where, validator("openapi", at).iter_errors(_parse(where, body)))


def _check_headers(where: str, status: int, headers: Mapping[str, str], body: bytes | Json) -> None:
    missing = [name for name in ("x-github-request-id", *RATE_LIMIT_HEADERS) if name not in headers]
    if missing:
        raise ContractError(f"{where}: headers are missing: {', '.join(missing)}")
    if status in NO_BODY and body:
        raise ContractError(f"{where}: there must be no body")
    kind = headers.get("content-type", "")
    if body and status not in NO_BODY and not kind.startswith("application/json") and not RAW_MEDIA.match(kind):
        raise ContractError(f"{where}: the content type is {kind or 'missing'}, not application/json")


def check_request(method: str, url_path: str, query: str | Mapping[str, str], body: bytes | Json) -> None:
    """Hold a request to GitHub's description, more strictly than GitHub does: it ignores misspelt names, this does not.

    Args:
        method: The request's method.
        url_path: The request's path, with or without `/api/v3`.
        query: The query, as a string or by name.
        body: The request's body, as bytes or parsed; empty bytes or None where there is none.

    Raises:
        ContractError: if the operation is not described, a parameter is unknown, missing or of another type, or the
            body has another shape.
    """
    operation, in_path = find_operation(method, url_path)
    where = f"the request {method.upper()} {url_path}"
    described = read_slice("openapi")["paths"][operation.template][operation.method]
    in_query = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else dict(query)
    known = {(each["in"], each["name"]): index for index, each in enumerate(described["parameters"])}
    for place, given in (("path", in_path), ("query", in_query)):
        for name, value in given.items():
            if (place, name) not in known:
                raise ContractError(f"{where}: GitHub knows no {place} parameter {name}")
            _check_parameter(where, operation, known[place, name], value)
    for place, name in known:
        required = described["parameters"][known[place, name]].get("required", False)
        if place == "query" and required and name not in in_query:
            raise ContractError(f"{where}: the query lacks {name}")
    _check_body(where, operation, described.get("requestBody"), body)


def _check_parameter(where: str, operation: Operation, index: int, text: str) -> None:
    """Check a parameter's text as the type that its schema asks for."""
    pointer = ("paths", operation.template, operation.method, "parameters", str(index), "schema")
    validating = validator("openapi", pointer)
    readings: list[Json] = [text]
    with contextlib.suppress(ValueError):  # a plain word reads as nothing but itself
        readings.append(json.loads(text))
    if not any(validating.is_valid(reading) for reading in readings):
        _complain(f"{where}: a parameter", validating.iter_errors(text))


def _check_body(where: str, operation: Operation, described: Node | None, body: bytes | Json) -> None:
    empty = body is None or body == b""
    if described is None:
        if not empty and _parse(where, body) not in ({}, None):
            raise ContractError(f"{where}: GitHub takes no body here")
        return
    if empty:
        if described["required"]:
            raise ContractError(f"{where}: a body is required")
        return
    value = _parse(where, body)
    pointer = ("paths", operation.template, operation.method, "requestBody", "schema")
    _complain(where, validator("openapi", pointer).iter_errors(value))
    names = described["schema"].get("properties") if isinstance(described["schema"], dict) else None
    unknown = sorted(set(value) - set(names)) if names and isinstance(value, dict) else []
    if unknown:
        raise ContractError(f"{where}: GitHub knows no {', '.join(unknown)} in this body")


def check_webhook(event: str, body: bytes | Json) -> None:
    """Hold a webhook's payload to GitHub's schema of its event and action.

    Raises:
        ContractError: if the event or action is not described, or the payload has another shape.
    """
    where = f"the webhook {event}"
    value = _parse(where, body)
    actions = read_slice("webhooks")["events"].get(event)
    if actions is None:
        raise ContractError(f"GitHub describes no event {event} (or the slice lacks it)")
    action = "" if "" in actions else (value.get("action") if isinstance(value, dict) else None)
    if action not in actions:
        raise ContractError(f"{where}: GitHub describes no action {action!r}")
    _complain(f"{where} {action}".rstrip(), validator("webhooks", ("events", event, action)).iter_errors(value))


def check_delivery(headers: Mapping[str, str], body: bytes, *, secret: str | None = None) -> None:
    """Hold a delivery to what GitHub sends: its headers, its signature if the secret is given, and its payload.

    Raises:
        ContractError: if any of them is missing or wrong.
    """
    given = {name.lower(): value for name, value in headers.items()}
    patterns = {
        "content-type": r"application/json",
        "user-agent": r"GitHub-Hookshot/\w+",
        "x-github-event": r"[a-z_]+",
        "x-github-hook-id": r"\d+",
        "x-github-hook-installation-target-id": r"\d+",
        "x-github-hook-installation-target-type": r"integration|repository|organization",
        "x-github-delivery": r"[0-9a-f-]{36}",
    }
    wrong = [name for name, pattern in patterns.items() if not re.fullmatch(pattern, given.get(name, ""))]
    if wrong:
        raise ContractError(f"headers of a delivery are missing or wrong: {', '.join(wrong)}")
    uuid.UUID(given["x-github-delivery"])
    if secret is not None:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"sha256={digest}", given.get("x-hub-signature-256", "")):
            raise ContractError("x-hub-signature-256 does not match the body")
    check_webhook(given["x-github-event"], body)
