"""The qna.yaml schemas of each kind and version, and every place in a file that breaks them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path

import jsonschema_rs
import yaml

from schemas.leaf import Kind
from schemas.safe_yaml import Loaded, Position

LATEST_VERSION = 3
MAX_PROBLEMS = 200
"""The worst real file has 144; each one's place is looked up."""
MINIMUM_VERSION = {Kind.SKILL: 1, Kind.KNOWLEDGE: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaProblem:
    """One thing that the schema refuses."""

    keyword: str
    """JSON Schema's word for it: type, required, minItems, unevaluatedProperties, …"""
    path: tuple[str | int, ...]
    """Keys and indices from the top of the file to the offending node; a missing or unexpected key is its last part."""
    position: Position
    expected: tuple[str, ...] = ()
    """Types that are allowed, for `type`; keys that are allowed, for `unevaluatedProperties`."""
    limit: int | None = None
    """For `minItems` and `minLength`."""

    @property
    def where(self) -> str:
        """Write the path as people do: `seed_examples[0].answer`."""
        parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path]
        return "".join(parts).removeprefix(".") or "the file"


def problems(kind: Kind, version: int, loaded: Loaded) -> tuple[SchemaProblem, ...]:
    """List what the schema of a kind and version refuses in a file, at most `MAX_PROBLEMS`, in the order of the text.

    Raises:
        KeyError: if there is no schema of that version.
    """
    if not MINIMUM_VERSION[Kind.SKILL] <= version <= LATEST_VERSION:
        raise KeyError(version)
    validator = _validator(kind, version)
    view = loaded.value if loaded.tree.plain or loaded.node is None else _json_view(loaded.node)
    found = (problem for error in validator.iter_errors(view) for problem in _problems(error, loaded, kind, version))
    return tuple(sorted(islice(found, MAX_PROBLEMS), key=lambda problem: problem.position))


def allowed_keys(kind: Kind, version: int, path: tuple[str | int, ...]) -> tuple[str, ...]:
    """Give the keys that the schema knows at a path; none where it says nothing."""
    return _keys(kind, version, tuple("items" if isinstance(part, int) else part for part in path))


@lru_cache(maxsize=256)
def _keys(kind: Kind, version: int, path: tuple[str, ...]) -> tuple[str, ...]:
    schema: object = _schema(kind, version)
    for part in path:
        schema = _below(kind, version, schema, part)
    properties = schema.get("properties") if isinstance(schema, dict) else None
    return tuple(properties) if isinstance(properties, dict) else ()


def _below(kind: Kind, version: int, schema: object, part: str) -> object:
    if not isinstance(schema, dict):
        return None
    properties = schema.get("properties")
    child = schema.get("items") if part == "items" else (properties or {}).get(part)
    reference = child.get("$ref") if isinstance(child, dict) else None
    if isinstance(reference, str):
        definitions = _schema(kind, version)["$defs"]
        child = definitions[reference.rsplit("/", 1)[-1]] if isinstance(definitions, dict) else None
    return child


@cache
def _schema(kind: Kind, version: int) -> dict[str, object]:
    path = Path(__file__).parent / "qna" / f"{kind.value}.v{version}.json"
    data: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return data


@cache
def _validator(kind: Kind, version: int) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema(kind, version))


def _problems(
    error: jsonschema_rs.ValidationError, loaded: Loaded, kind: Kind, version: int
) -> Iterator[SchemaProblem]:
    path = tuple(error.instance_path)
    what = error.kind
    keyword = str(what.name)
    if isinstance(what, jsonschema_rs.ValidationErrorKind.UnevaluatedProperties):
        known = allowed_keys(kind, version, path)
        for key in what.unexpected:
            place = (*path, key)
            yield SchemaProblem(keyword=keyword, path=place, position=loaded.key_position(place), expected=known)
        return
    if isinstance(what, jsonschema_rs.ValidationErrorKind.Required):
        place = (*path, str(what.property))
        yield SchemaProblem(keyword=keyword, path=place, position=loaded.position(path))
        return
    expected: tuple[str, ...] = ()
    limit = None
    if isinstance(what, jsonschema_rs.ValidationErrorKind.Type):
        expected = tuple(what.types)
    elif isinstance(what, jsonschema_rs.ValidationErrorKind.MinItems | jsonschema_rs.ValidationErrorKind.MinLength):
        limit = what.limit
    yield SchemaProblem(keyword=keyword, path=path, position=loaded.key_position(path), expected=expected, limit=limit)


def _json_view(node: yaml.Node) -> object:
    """Give the JSON that a schema may judge: keys are text as written, and a date is a value that no type takes."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _json_view(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_json_view(item) for item in node.value]
    if node.tag == "tag:yaml.org,2002:str":
        return node.value
    value: object = yaml.constructor.SafeConstructor().construct_object(node)
    if isinstance(value, bool | int) or value is None:
        return value
    return 0.5  # a float, infinity, or a date: never text, never an integer
