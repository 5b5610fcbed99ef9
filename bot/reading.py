"""A qna.yaml as all checks see it: read once, at the version that the policy asks for."""

from collections.abc import Mapping
from functools import lru_cache

from schemas.config import SchemaPolicy
from schemas.qna_schema import LATEST_VERSION
from schemas.safe_yaml import Loaded, UnreadableYaml, load


@lru_cache(maxsize=64)
def read(content: bytes) -> Loaded | UnreadableYaml:
    """Read a file, or say why it cannot be read; several checks ask for the same one."""
    try:
        return load(content)
    except UnreadableYaml as error:
        # The trace would keep the file's text alive as long as the cache does.
        return UnreadableYaml(error.cause, error.problem, error.position, error.context)


def declared_version(loaded: Loaded) -> int | None:
    """Give the version that a file declares: 1 where it declares none, None where it is no number."""
    if not isinstance(loaded.value, Mapping):
        return None
    version: object = loaded.value.get("version", 1)
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
