"""A qna.yaml as all checks see it: read once, at the version that the policy asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from bot.facts import PullRequestFacts
from bot.yaml_drafts import mended
from schemas.config import SchemaPolicy
from schemas.leaf import Kind, kind_of
from schemas.qna_schema import LATEST_VERSION, MINIMUM_VERSION
from schemas.safe_yaml import Cause, Loaded, UnreadableYaml, load
from schemas.yaml_scan import decode

SLIPS = frozenset({Cause.SYNTAX, Cause.DOCUMENTS, Cause.TAG, Cause.VALUE})
"""Why a file cannot be read that a person only wrote wrongly; the other causes are not mended."""
UNREAD = "the YAML has to be readable first"


@lru_cache(maxsize=64)
def read(content: bytes) -> Loaded | UnreadableYaml:
    """Read a file, or say why it cannot be read; several checks ask for the same one."""
    try:
        return load(content)
    except UnreadableYaml as error:
        # The trace would keep the file's text alive as long as the cache does.
        return UnreadableYaml(error.cause, error.problem, error.position, error.context)


@lru_cache(maxsize=64)
def read_mended(content: bytes) -> Loaded | UnreadableYaml:
    """Read a file as it will be once its slips are mended, with the places of the file as it is."""
    loaded = read(content)
    if not isinstance(loaded, UnreadableYaml) or loaded.cause not in SLIPS:
        return loaded
    draft = mended(decode(content), loaded)
    if draft is None:
        return loaded
    return replace(load(draft.text.encode()), origins=draft.origins)


def readable(facts: PullRequestFacts, *, foreseen: bool = False) -> Iterator[tuple[str, Kind, Loaded]]:
    """Give path, kind and content of every changed qna.yaml that can be read; the `yaml` check says of the others.

    Args:
        facts: The pull request.
        foreseen: Whether to give a file that cannot be read as it will be when it is mended as the `yaml` check
            proposes, so that its author learns at once what would be said then. Its text is not the file's: places in
            it are true, but no fix may be made from it.
    """
    for leaf in facts.leaves:
        kind = kind_of(leaf.folder)
        if leaf.qna is None or leaf.qna.content is None or kind is None:
            continue
        loaded = read_mended(leaf.qna.content) if foreseen else read(leaf.qna.content)
        if isinstance(loaded, Loaded):
            yield leaf.qna.path, kind, loaded


def all_readable(facts: PullRequestFacts, *, foreseen: bool = False) -> bool:
    """Tell whether every changed qna.yaml can be read."""
    return sum(leaf.qna is not None for leaf in facts.leaves) == sum(1 for _ in readable(facts, foreseen=foreseen))


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
