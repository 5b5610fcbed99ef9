"""The policy of a taxonomy, .github/espalier.yml on its default branch, as frozen values with upstream's defaults."""

from dataclasses import dataclass, field


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
    dco: DcoPolicy = DcoPolicy()
    teams: TeamsPolicy = TeamsPolicy()
    build: BuildPolicy = BuildPolicy()
    approvals: int = 1
    check_levels: dict[str, str] = field(default_factory=dict)
    """Check id to `error`, `warning`, `notice` or `off`."""
    labels: dict[str, str] = field(default_factory=dict)
    """State to the label's name, where it is not the default."""
