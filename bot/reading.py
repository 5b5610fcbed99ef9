"""A qna.yaml as all checks see it: read once, at the version that the policy asks for."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from bot.facts import PullRequestFacts
from schemas.config import SchemaPolicy
from schemas.leaf import Kind, kind_of
from schemas.qna_schema import LATEST_VERSION, MINIMUM_VERSION
from schemas.safe_yaml import Loaded, UnreadableYaml, load


@lru_cache(maxsize=64)
def read(content: bytes) -> Loaded | UnreadableYaml:
    """Read a file, or say why it cannot be read; several checks ask for the same one."""
    try:
        return load(content)
    except UnreadableYaml as error:
        # The trace would keep the file's text alive as long as the cache does.
        return UnreadableYaml(error.cause, error.problem, error.position, error.context)


UNREAD = "the YAML has to be readable first"


def readable(facts: PullRequestFacts) -> Iterator[tuple[str, Kind, Loaded]]:
    """Give path, kind and content of every changed qna.yaml that can be read; the `yaml` check says of the others."""
    for leaf in facts.leaves:
        kind = kind_of(leaf.folder)
        loaded = read(leaf.qna.content) if leaf.qna is not None and leaf.qna.content is not None else None
        if leaf.qna is not None and kind is not None and isinstance(loaded, Loaded):
            yield leaf.qna.path, kind, loaded


def all_readable(facts: PullRequestFacts) -> bool:
    """Tell whether every changed qna.yaml can be read."""
    return sum(leaf.qna is not None for leaf in facts.leaves) == sum(1 for _ in readable(facts))


def declared_version(loaded: Loaded) -> int | None:
    """Give the version that a file declares: 1 where it declares none, None where it is no number."""
    if not isinstance(loaded.value, Mapping):
        return None
    version: object = loaded.value.get("version", 1)
    if isinstance(version, float) and version.is_integer():  # JSON Schema takes 3.0 for an integer
        return int(version)
    return version if isinstance(version, int) and not isinstance(version, bool) else None


def required_version(policy: SchemaPolicy) -> int:
    """Give the lowest version that the policy lets a changed file have."""
    if policy.required_version == "latest":
        return LATEST_VERSION
    return 1 if policy.required_version == "declared" else int(policy.required_version)


def judged_version(loaded: Loaded, policy: SchemaPolicy) -> int:
    """Give the version that a file is judged at: its own, but no lower than required and none that does not exist."""
    declared = declared_version(loaded)
    if declared is None or not 1 <= declared <= LATEST_VERSION:
        return LATEST_VERSION
    return max(declared, required_version(policy))


def missing_version(loaded: Loaded) -> bool:
    """Tell whether a file has keys, but none for its version."""
    return isinstance(loaded.value, Mapping) and "version" not in loaded.value


def version_to_write(kind: Kind, loaded: Loaded, policy: SchemaPolicy) -> int | None:
    """Give the version that a file has to name and does not; None where it is right, or where that alone mends nothing.

    Knowledge from before version 3 is of another shape: only where its keys are those of today the number is all
    that is missing.
    """
    if not isinstance(loaded.value, Mapping):
        return None
    declared = declared_version(loaded)
    if declared is None or not 1 <= declared <= LATEST_VERSION:
        return LATEST_VERSION
    asked = max(required_version(policy), MINIMUM_VERSION[kind])
    if declared < MINIMUM_VERSION[kind]:
        return asked if "document_outline" in loaded.value else None
    return asked if declared < asked or (asked > 1 and missing_version(loaded)) else None
