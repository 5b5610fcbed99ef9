"""The policy of a taxonomy, .github/espalier.yml on its default branch, as frozen values with upstream's defaults."""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import jsonschema_rs

from schemas.errors import UserError
from schemas.safe_yaml import Loaded, UnreadableYaml, load

_FORMS = {
    "schedule": "five fields of cron, such as 0 3 * * 1",
    "document_hosts": "a host, such as github.com or localhost:8080",
    "teams": "a login, or a team such as @org/name",
}
FILE = ".github/espalier.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaPolicy:
    """Which qna.yaml version changed files must have."""

    required_version: str = "latest"
    """`latest`, `declared`, or a number as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesPolicy:
    """How many seed examples a leaf needs; the taxonomy's defaults since 2024-03-12."""

    skill: int = 5
    knowledge_contexts: int = 5
    knowledge_pairs: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsPolicy:
    """How long texts may be, in words; upstream's documented limits."""

    file: int = 2_300
    """All questions and answers of a file together."""
    context: int = 500
    answer: int = 250
    """A question or an answer on knowledge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DcoPolicy:
    """As the DCO app's own configuration."""

    remediation_individual: bool = False
    remediation_third_party: bool = False
    require_members: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsPolicy:
    """Logins, or `@org/team` names, that hold a role beside the repository permission."""

    triagers: tuple[str, ...] = ()
    approvers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPolicy:
    """When and how builds run."""

    quiet_minutes: float = 30.0
    schedule: str | None = None
    profile: str = "laptop"
    document_hosts: tuple[str, ...] = ("github.com", "gitlab.com", "codeberg.org")


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of the policy; every key has a default."""

    schema: SchemaPolicy = SchemaPolicy()
    examples: ExamplesPolicy = ExamplesPolicy()
    words: WordsPolicy = WordsPolicy()
    dco: DcoPolicy = DcoPolicy()
    teams: TeamsPolicy = TeamsPolicy()
    build: BuildPolicy = BuildPolicy()
    approvals: int = 1
    check_levels: dict[str, str] = field(default_factory=dict)
    """Check id to the most that its findings may weigh: `error`, `warning`, `notice`, or `off`."""
    labels: dict[str, str] = field(default_factory=dict)
    """State to the label's name, where it is not the default."""


def parse_config(text: str | bytes) -> Config:
    """Read a policy file; an empty one is all defaults.

    Raises:
        UserError: if the file is no YAML or breaks the schema; it names every line and key.
    """
    try:
        loaded = load(text.encode() if isinstance(text, str) else text)
    except UnreadableYaml as error:
        raise UserError(f"{FILE}, line {error.position.line}: {error.problem}. Mend the YAML there.") from error
    if loaded.value is None:
        return Config()
    problems = tuple(_problems(loaded))
    if problems:
        raise UserError(f"{FILE} is not a valid policy: {' '.join(problems)}")
    top = _mapping(loaded.value)
    return Config(
        schema=SchemaPolicy(required_version=str(_mapping(top.get("schema")).get("required_version", "latest"))),
        examples=ExamplesPolicy(**_integers(top.get("examples"))),
        words=WordsPolicy(**_integers(top.get("words"))),
        dco=_dco(_mapping(top.get("dco"))),
        teams=TeamsPolicy(**{name: _texts(people) for name, people in _mapping(top.get("teams")).items()}),
        build=_build(_mapping(top.get("build"))),
        approvals=_integers({"approvals": top.get("approvals", 1)})["approvals"],
        check_levels={
            check: str(_mapping(settings).get("level", "error") or "off")
            for check, settings in _mapping(top.get("checks")).items()
        },
        labels={state: str(name) for state, name in _mapping(top.get("labels")).items()},
    )


def _dco(data: Mapping[str, object]) -> DcoPolicy:
    remediation = _mapping(data.get("remediation"))
    return DcoPolicy(
        remediation_individual=remediation.get("individual", False) is True,
        remediation_third_party=remediation.get("third_party", False) is True,
        require_members=data.get("require_members", True) is True,
    )


def _build(data: Mapping[str, object]) -> BuildPolicy:
    default = BuildPolicy()
    quiet, schedule = data.get("quiet_minutes", default.quiet_minutes), data.get("schedule")
    return BuildPolicy(
        quiet_minutes=float(quiet) if isinstance(quiet, int | float) else default.quiet_minutes,
        schedule=schedule if isinstance(schedule, str) else None,
        profile=str(data.get("profile", default.profile)),
        document_hosts=_texts(data["document_hosts"]) if "document_hosts" in data else default.document_hosts,
    )


def _mapping(data: object) -> Mapping[str, object]:
    return {str(key): value for key, value in data.items()} if isinstance(data, Mapping) else {}


def _integers(data: object) -> dict[str, int]:
    return {key: value for key, value in _mapping(data).items() if isinstance(value, int)}


def _texts(data: object) -> tuple[str, ...]:
    return tuple(str(item) for item in data) if isinstance(data, Sequence) else ()


@cache
def _validator() -> jsonschema_rs.Draft202012Validator:
    path = Path(__file__).with_name("config.v1.json")
    return jsonschema_rs.Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def _problems(loaded: Loaded) -> Iterator[str]:
    """Say what breaks the schema, one sentence each, in the order of the text."""
    for duplicate in loaded.duplicates():
        yield f"Line {duplicate.position.line}: {duplicate.key} stands twice; keep one."
    try:
        errors = list(_validator().iter_errors(loaded.value))
    except ValueError:
        yield "Line 1: a key or a value is no plain text or number; put it in quotes."
        return
    found = [sentence for error in errors for sentence in _sentences(error, loaded)]
    yield from (text for _, text in sorted(found))


def _sentences(error: jsonschema_rs.ValidationError, loaded: Loaded) -> Iterator[tuple[int, str]]:
    path = list(error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        unknown = list(error.kind.unexpected)
    elif isinstance(error.kind, jsonschema_rs.ValidationErrorKind.PropertyNames):
        unknown = [str(error.kind.error.instance)]
    else:
        line = loaded.key_position(path).line
        yield line, f"Line {line}: {_dotted(path)} {_demand(error)}."
        return
    for key in unknown:
        line = loaded.key_position([*path, key]).line
        yield line, f"Line {line}: there is no key {_dotted([*path, key[:60]])}{_hint(key[:60])}."


def _demand(error: jsonschema_rs.ValidationError) -> str:
    kinds = jsonschema_rs.ValidationErrorKind
    if isinstance(error.kind, kinds.Enum):
        options = dict.fromkeys(str(option or "off") for option in error.kind.options)
        return f"must be one of {', '.join(options)}"
    if isinstance(error.kind, kinds.Type):
        names = {"object": "a group of keys", "array": "a list", "string": "text", "integer": "a whole number"}
        wanted = " or ".join(names.get(kind, kind) for kind in error.kind.types)
        return f"must be {wanted.replace('boolean', 'true or false')}"
    if isinstance(error.kind, kinds.Pattern):
        return f"must be {next((form for key, form in _FORMS.items() if key in error.instance_path), 'a plain name')}"
    return f"is not allowed: {error.message}"


def _hint(key: str) -> str:
    schema: Mapping[str, object] = json.loads(Path(__file__).with_name("config.v1.json").read_text(encoding="utf-8"))
    near = difflib.get_close_matches(key, sorted(_key_names(schema)), n=1)
    return f" (did you mean {near[0]}?)" if near else ""


def _key_names(schema: object) -> set[str]:
    if not isinstance(schema, Mapping):
        return set()
    own = _mapping(schema.get("properties"))
    names = set(own).union(*(_key_names(child) for child in own.values()))
    options = _mapping(schema.get("propertyNames")).get("enum")
    return names | set(_texts(options or ()))


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path) or "the file"
