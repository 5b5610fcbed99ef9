"""The bot's labels: names, colours, descriptions, and which of them a pull request's paths ask for."""

from collections.abc import Iterable

from bot.report_status import TriageState
from schemas.config import Config
from schemas.leaf import kind_of

DOCUMENTATION = "documentation"
CI = "ci"
PRECHECK = "precheck-generate-ready"
BUILD_READY = "community-build-ready"
SDG_FAILED = "sdg-unsuccessful"
TOPIC = "topic-failure"
HOLD = "on-hold"

DECIDED = (TriageState.REJECTED, TriageState.UNCERTAIN)
"""Triage states that people decide on, by command or by setting the label, the gravest first."""

COLOURS = {
    "skill": "1d76db",
    "knowledge": "5319e7",
    "documentation": "0075ca",
    "ci": "bfdadc",
    "triage-needed": "fbca04",
    "triage-requested-changes": "d93f0b",
    "triage-follow-up": "c5def5",
    "triage-approved": "0e8a16",
    "triage-uncertain": "d4c5f9",
    "triage-rejected": "b60205",
    "on-hold": "000000",
    "precheck-generate-ready": "bfd4f2",
    "community-build-ready": "0e8a16",
    "sdg-unsuccessful": "e99695",
    "topic-failure": "d93f0b",
}
DESCRIPTIONS = {
    "skill": "Adds or changes a skill",
    "knowledge": "Adds or changes knowledge",
    "documentation": "Changes documentation",
    "ci": "Changes how this repository is checked",
    "triage-needed": "Waits for a first look by a triager",
    "triage-requested-changes": "Waits for its author to make changes",
    "triage-follow-up": "Was changed after a triager or a check asked for it; waits for another look",
    "triage-approved": "A triager approved this head; the next push takes it back",
    "triage-uncertain": "People have to talk about it before it is decided",
    "triage-rejected": "People decided against it; the report says why",
    "on-hold": "Not built, approved or released until a triager writes `/espalier unhold`",
    "precheck-generate-ready": "Approved, all checks pass, and no build has looked at this head",
    "community-build-ready": "A build of this head succeeded, and a leaf improved",
    "sdg-unsuccessful": "The newest build of this head failed while it generated data",
    "topic-failure": "A check found a topic that leaves should not be about",
}


def label_name(key: str, config: Config) -> str:
    """Give the label for a state or kind, as the policy names it."""
    return config.labels.get(key, key)


def path_labels(paths: Iterable[str]) -> frozenset[str]:
    """Tell which of the labels by path a change asks for, by their keys."""
    keys = set()
    for path in paths:
        kind = kind_of(path)
        if kind is not None:
            keys.add(kind.value)
        elif path.startswith((".github/", ".ci/")) or path in {
            ".yamllint.yaml",
            ".yamllint",
            ".pre-commit-config.yaml",
        }:
            keys.add(CI)
        elif path.startswith("docs/") or path.lower().endswith((".md", ".rst")):
            keys.add(DOCUMENTATION)
    return frozenset(keys)


def triage_names(config: Config) -> dict[str, TriageState]:
    """Give the triage labels by name."""
    return {label_name(state, config): state for state in TriageState}
