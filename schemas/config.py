"""The policy of a taxonomy, .github/espalier.yml on its default branch, as frozen values with upstream's defaults."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.codec import decode
from schemas.config_problems import PolicyProblem, keys_of, problems_of
from schemas.errors import UserError
from schemas.safe_yaml import UnreadableYaml, load

FILE = ".github/espalier.yml"
LEVELS = ("off", "notice", "warning", "error")
"""What a finding may weigh, the least first."""


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
    similarity: float = 0.9
    """Share of common word triples, between 0 and 1, from which on two examples are called near-identical."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsPolicy:
    """How long texts may be, in words; upstream's documented limits."""

    file: int = 2_300
    """All questions and answers of a file together."""
    context: int = 500
    answer: int = 250
    """A question or an answer on knowledge."""
    margin: int = 10
    """Per cent of a limit that is still free when a text is called long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlPolicy:
    """How files are written."""

    line_length: int = 120
    """Characters of a line; upstream's guide asks for it, its linter does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributionPolicy:
    """Which licences a work may have, by SPDX identifier or name, compared without case, spaces and hyphens."""

    licences: tuple[str, ...] = (
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "CC-BY-4.0",
        "CC-BY-SA-4.0",
        "Apache-2.0",
        "MIT",
        "public domain",
    )
    restrictive: tuple[str, ...] = ("NC", "ND", "GPL", "all rights reserved", "proprietary")
    """Words of a licence that forbid what a taxonomy is for, or bind what is made from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPolicy:
    """From where, and how much, knowledge documents are fetched."""

    hosts: tuple[str, ...] = ("github.com", "gitlab.com", "codeberg.org")
    megabytes: int = 20
    """Of the files that the patterns match, together."""
    seconds: int = 30
    """For one fetch."""
    types: tuple[str, ...] = ("md", "pdf")
    """File name endings that are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacementPolicy:
    """Where leaves belong."""

    grounded: str = "compositional_skills/grounded"
    """The folder of skills that answer from a context."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivacyPolicy:
    """What the checks `pii` and `secrets` pass over."""

    allow: tuple[str, ...] = ()
    """Texts that are no finding, such as an address that is meant to be public; compared without case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicsPolicy:
    """What leaves should not be about."""

    avoid: dict[str, tuple[str, ...]] | None = None
    """Topic to the phrases that betray it; None for the built-in list, which a policy replaces as a whole."""
    machine_phrases: tuple[str, ...] | None = None
    """Phrases that betray text of a language model; None for the built-in list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesPolicy:
    """How alike two leaves may be."""

    similarity: float = 0.8
    """Share of common word triples, between 0 and 1, from which on two leaves are called near-duplicates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsPolicy:
    """How many fixes are offered as review suggestions."""

    most: int = 20
    """For one pull request; 0 for none."""


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
    """Five fields of cron, in UTC: releases start then too, where something was merged since the last."""
    profile: str = "laptop"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecheckPolicy:
    """When a precheck says that the current model already can."""

    score: float = 8.0
    """Mean judge's score, from 1 to 10, that the answers to each leaf's seed questions must reach. Eight leaves room
    for other words, and none for an answer that misses the point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotasPolicy:
    """What pull requests may use of the cluster on one day, from midnight to midnight in UTC; releases do not count."""

    author_builds: int = 10
    """Builds of one author's pull requests in this repository, of whatever kind."""
    author_gpu_minutes: int = 240
    """Minutes that those builds run."""
    repository_builds: int = 50
    repository_gpu_minutes: int = 1_440


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """How much the findings of one check weigh: `error`, `warning`, `notice`, or `off`."""

    most: str = "error"
    """The most that any finding of the check may weigh."""
    rules: dict[str, str] = field(default_factory=dict)
    """Rule to what its findings weigh, before `most` is applied."""

    def weight(self, rule: str, own: str) -> str:
        """Give what a finding weighs whose rule weighs `own` by itself."""
        return min(self.rules.get(rule, own), self.most, key=LEVELS.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of the policy; every key has a default."""

    yaml: YamlPolicy = YamlPolicy()
    schema: SchemaPolicy = SchemaPolicy()
    examples: ExamplesPolicy = ExamplesPolicy()
    words: WordsPolicy = WordsPolicy()
    attribution: AttributionPolicy = AttributionPolicy()
    document: DocumentPolicy = DocumentPolicy()
    placement: PlacementPolicy = PlacementPolicy()
    pii: PrivacyPolicy = PrivacyPolicy()
    secrets: PrivacyPolicy = PrivacyPolicy()
    topics: TopicsPolicy = TopicsPolicy()
    duplicates: DuplicatesPolicy = DuplicatesPolicy()
    dco: DcoPolicy = DcoPolicy()
    suggestions: SuggestionsPolicy = SuggestionsPolicy()
    teams: TeamsPolicy = TeamsPolicy()
    build: BuildPolicy = BuildPolicy()
    precheck: PrecheckPolicy = PrecheckPolicy()
    quotas: QuotasPolicy = QuotasPolicy()
    approvals: int = 1
    checks: dict[str, Levels] = field(default_factory=dict)
    """Check id to the levels of its findings, where they are not the check's own."""
    labels: dict[str, str] = field(default_factory=dict)
    """State to the label's name, where it is not the default."""


class PolicyError(UserError):
    """A policy that cannot be taken, with what is wrong line by line."""

    def __init__(self, message: str, problems: tuple[PolicyProblem, ...]) -> None:
        super().__init__(message)
        self.problems = problems


def parse_config(text: str | bytes) -> Config:
    """Read a policy file; an empty one is all defaults.

    Raises:
        PolicyError: if the file is no YAML or breaks the schema; it names every line and key.
    """
    try:
        loaded = load(text.encode() if isinstance(text, str) else text)
    except UnreadableYaml as error:
        problem = PolicyProblem(line=error.position.line, message=f"{error.problem}. Mend the YAML there.")
        raise PolicyError(f"{FILE}, line {problem.line}: {problem.message}", (problem,)) from error
    if loaded.value is None:
        return Config()
    problems = tuple(problems_of(loaded))
    if problems:
        told = " ".join(f"Line {problem.line}: {problem.message}" for problem in problems)
        raise PolicyError(f"{FILE} is not a valid policy: {told}", problems)
    return decode(Config, json.dumps(_as_mirrored(keys_of(loaded.value))))


def _as_mirrored(top: Mapping[str, object]) -> dict[str, object]:
    """Give a valid policy the shape of its mirror: one spelling for each level and version, flat remediation."""
    data = dict(top)
    schema, dco = keys_of(top.get("schema")), keys_of(top.get("dco"))
    if "required_version" in schema:
        data["schema"] = {"required_version": str(schema["required_version"])}
    remediation = {f"remediation_{who}": allowed for who, allowed in keys_of(dco.pop("remediation", None)).items()}
    data["dco"] = {**dco, **remediation}
    data["checks"] = {
        check: {
            "most": _level(keys_of(settings).get("level", "error")),
            "rules": {rule: _level(level) for rule, level in keys_of(keys_of(settings).get("rules")).items()},
        }
        for check, settings in keys_of(top.get("checks")).items()
    }
    return data


def _level(value: object) -> str:
    return str(value or "off")  # YAML 1.1 reads a bare off as false
