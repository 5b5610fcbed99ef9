"""The slices of GitHub's descriptions: their operations, and a validator for each place in them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

import jsonschema_rs

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Node: TypeAlias = dict[str, Any]  # as JSON comes: what it holds is for the validators to say

HERE = Path(__file__).parent
API_PREFIX = "/api/v3"
MANY_SEGMENTS = frozenset({"path", "ref", "basehead", "branch", "name"})


class ContractError(AssertionError):
    """Say where what was sent departs from what GitHub describes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of the description: how its paths look, and where it stands in the slice."""

    method: str
    template: str
    pattern: re.Pattern[str]
    literals: int


@cache
def read_slice(name: str) -> Node:
    """Read `openapi` or `webhooks`."""
    value: Node = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    return value


@cache
def _registry(name: str) -> jsonschema_rs.Registry:
    draft = jsonschema_rs.Draft202012 if name == "openapi" else jsonschema_rs.Draft7
    return jsonschema_rs.Registry([(f"urn:{name}", read_slice(name))], draft=draft)


@cache
def validator(name: str, pointer: tuple[str, ...]) -> jsonschema_rs.Validator:
    """Give the validator of the schema at `pointer` in the slice `name`."""
    kind = jsonschema_rs.Draft202012Validator if name == "openapi" else jsonschema_rs.Draft7Validator
    escaped = (key.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D") for key in pointer)
    return kind({"$ref": f"urn:{name}#/{'/'.join(escaped)}"}, registry=_registry(name), validate_formats=True)


@cache
def _operations() -> tuple[Operation, ...]:
    found = []
    for template, methods in read_slice("openapi")["paths"].items():
        parts = [part for part in re.split(r"(/?\{\w+\})", template) if part]
        pattern = "".join(_part(part) for part in parts)
        literals = sum(len(part) for part in parts if "{" not in part)
        found += [
            Operation(method=method, template=template, pattern=re.compile(pattern), literals=literals)
            for method in methods
        ]
    return tuple(sorted(found, key=lambda operation: -operation.literals))


def _part(part: str) -> str:
    """Turn one part of a path template into a pattern: a path and a ref may hold slashes, and a path may be empty."""
    if "{" not in part:
        return re.escape(part)
    name = part.strip("/{}")
    if name == "path":
        return "(?:/(?P<path>.*))?"
    return f"/(?P<{name}>{'.+' if name in MANY_SEGMENTS else '[^/]+'})"


def find_operation(method: str, url_path: str) -> tuple[Operation, dict[str, str]]:
    """Find the described operation that a request reaches, and the parameters in its path.

    Args:
        method: The HTTP method, in any case.
        url_path: The path as it went over the wire, with or without `/api/v3`.

    Raises:
        ContractError: if the slice describes no such operation.
    """
    path = url_path.removeprefix(API_PREFIX)
    for operation in _operations():
        match = operation.pattern.fullmatch(path)
        if match and operation.method == method.lower():
            return operation, {name: unquote(value) for name, value in match.groupdict("").items()}
    raise ContractError(f"GitHub describes no {method.upper()} {path} (or the slice lacks it)")


def describe() -> int:
    """Compile the validator of every parameter, body, response and webhook, and count them.

    A reference that leads nowhere ends in an error of jsonschema-rs.
    """
    pointers: list[tuple[str, tuple[str, ...]]] = []
    for template, methods in read_slice("openapi")["paths"].items():
        for method, described in methods.items():
            at = ("paths", template, method)
            pointers += [
                ("openapi", (*at, "parameters", str(i), "schema")) for i in range(len(described["parameters"]))
            ]
            pointers += [("openapi", (*at, "requestBody", "schema"))] if described.get("requestBody") else []
            pointers += [
                ("openapi", (*at, "responses", status)) for status, each in described["responses"].items() if each
            ]
    for event, actions in read_slice("webhooks")["events"].items():
        pointers += [("webhooks", ("events", event, action)) for action in actions]
    return len([validator(name, pointer) for name, pointer in pointers])
