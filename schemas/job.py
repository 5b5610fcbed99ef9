"""job.json: what a build was asked to do, from the side that asks to the side that does."""

import re
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import UserError

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")


class BuildKind(StrEnum):
    """A candidate is one pull request at an approved head SHA; a release is all leaves of the default branch."""

    CANDIDATE = "candidate"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestPart:
    """A pull request whose leaves are in the build, so that it can be given its own scores."""

    number: int
    head_sha: str
    leaves: tuple[str, ...]
    """Folder paths of the leaves that this pull request adds or changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """All that the runner knows of its task; it holds no token and asks nobody else."""

    id: str
    """Unique, also the Jobs API's submission id and the folder's name: lower-case letters, digits, and `-` within."""
    kind: BuildKind
    repository: str
    """Full name, `owner/name`."""
    taxonomy_url: str
    """Where the taxonomy is cloned from, without credentials."""
    head_sha: str
    """The commit whose leaves are trained on."""
    pull_requests: tuple[PullRequestPart, ...]
    leaves: tuple[str, ...]
    """Folder paths to train on and to score: the pull request's own, or all leaves of a release."""
    profile: str = "laptop"
    seed: int = 0
    version: str | None = None
    """The version that a release will be published under, such as `v3`."""
    student: str | None = None
    """A folder or Hugging Face id of a causal model; None takes the profile's own."""
    teacher_url: str | None = None
    """Base URL of an OpenAI-compatible endpoint; None takes the profile's own teacher."""
    teacher_model: str | None = None
    document_hosts: tuple[str, ...] = ("github.com", "gitlab.com", "codeberg.org")
    """Hosts, `name` or `name:port`, that documents may be fetched from: by https, or by http where loopback."""

    def __post_init__(self) -> None:
        """Refuse an id that could lead out of its folder or its path; a job may come from where others write.

        Raises:
            UserError: if the id has other characters, or too many.
        """
        if not ID.fullmatch(self.id):
            raise UserError(f"Job.id must be of lower-case letters, digits and `-`, not {self.id[:40]!r}.")
