"""What breaks the schema of a policy: on which line, and what is taken there, one sentence each."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jsonschema_rs import Draft202012Validator, ValidationError, ValidationErrorKind

from schemas.cron import problem_of
from schemas.safe_yaml import Loaded

_FORMS = {
    "schedule": "five fields of cron, such as 0 3 * * 1",
    "hosts": "a host, such as github.com or localhost:8080",
    "teams": "a login, or a team such as @org/name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProblem:
    """What is wrong on one line of a policy."""

    line: int
    message: str


def problems_of(loaded: Loaded) -> Iterator[PolicyProblem]:
    """Say what breaks the schema, one sentence each, in the order of the text."""
    for duplicate in loaded.duplicates():
        yield PolicyProblem(line=duplicate.position.line, message=f"{duplicate.key} stands twice; keep one.")
    try:
        errors = list(_validator().iter_errors(loaded.value))
    except ValueError:
        yield PolicyProblem(line=1, message="a key or a value is no plain text or number; put it in quotes.")
        return
    found = [sentence for error in errors for sentence in _sentences(error, loaded)]
    schedule = keys_of(keys_of(loaded.value).get("build")).get("schedule")
    problem = problem_of(schedule) if isinstance(schedule, str) and not found else None
    if problem is not None:
        found.append((loaded.key_position(["build", "schedule"]).line, f"build.schedule {problem}."))
    found.sort()
    yield from (PolicyProblem(line=line, message=text) for line, text in found)


def keys_of(data: object) -> dict[str, object]:
    """Give a group of keys as a dictionary, and an empty one for anything else."""
    return {str(key): value for key, value in data.items()} if isinstance(data, Mapping) else {}


def _sentences(error: ValidationError, loaded: Loaded) -> Iterator[tuple[int, str]]:
    path = list(error.instance_path)
    if isinstance(error.kind, ValidationErrorKind.AdditionalProperties):
        unknown = list(error.kind.unexpected)
    elif isinstance(error.kind, ValidationErrorKind.PropertyNames):
        unknown = [str(error.kind.error.instance)]
    else:
        line = loaded.key_position(path).line
        yield line, f"{_dotted(path)} {_demand(error)}."
        return
    for key in unknown:
        line = loaded.key_position([*path, key]).line
        yield line, f"there is no key {_dotted([*path, key[:60]])}{_hint(key[:60])}."


def _demand(error: ValidationError) -> str:
    match error.kind:
        case ValidationErrorKind.Enum(options=options):
            texts = dict.fromkeys(str(option or "off") for option in options)
            wanted = f"{'one of ' if len(texts) > 1 else ''}{', '.join(texts)}"
        case ValidationErrorKind.Constant(expected_value=value):
            wanted = f"{value}"
        case ValidationErrorKind.Type(types=types):
            names = {"object": "a group of keys", "array": "a list", "string": "text", "integer": "a whole number"}
            wanted = " or ".join(names.get(kind, kind) for kind in types).replace("boolean", "true or false")
        case ValidationErrorKind.Pattern():
            wanted = next((form for key, form in _FORMS.items() if key in error.instance_path), "a plain name")
        case ValidationErrorKind.Minimum(limit=limit):
            wanted = f"{limit} or more"
        case ValidationErrorKind.ExclusiveMinimum(limit=limit):
            wanted = f"more than {limit}"
        case ValidationErrorKind.Maximum(limit=limit):
            wanted = f"{limit} or less"
        case ValidationErrorKind.MinLength(limit=count):
            wanted = f"text of {count} or more characters"
        case ValidationErrorKind.MaxLength(limit=count):
            wanted = f"text of {count} or fewer characters"
        case _:
            return f"is not allowed: {error.message}"
    return f"must be {wanted}"


def _hint(key: str) -> str:
    schema: Mapping[str, object] = json.loads(Path(__file__).with_name("config.v1.json").read_text(encoding="utf-8"))
    near = difflib.get_close_matches(key, sorted(_key_names(schema)), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _key_names(schema: object) -> set[str]:
    if not isinstance(schema, Mapping):
        return set()
    own = keys_of(schema.get("properties"))
    names = set(own).union(*(_key_names(child) for child in own.values()))
    options = keys_of(schema.get("propertyNames")).get("enum")
    return names | set(_texts(options or ()))


def _texts(data: object) -> tuple[str, ...]:
    return tuple(str(item) for item in data) if isinstance(data, Sequence) else ()


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path) or "the file"


@cache
def _validator() -> Draft202012Validator:
    path = Path(__file__).with_name("config.v1.json")
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))
