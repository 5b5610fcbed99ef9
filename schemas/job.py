"""job.json: what a build was asked to do, from the side that asks to the side that does."""

import re
from dataclasses import dataclass
from enum import StrEnum

from schemas.errors import UserError

ID = re.compile(r"[a-z0-9][a-z0-9-]{0,99}")
SHA = re.compile(r"[0-9a-f]{40}")
RELEASED = re.compile(r"builds/[a-z0-9][a-z0-9-]{0,99}/[A-Za-z0-9_][A-Za-z0-9_-]{0,99}")


class BuildKind(StrEnum):
    """What is asked of a build: all of the way for a pull request or a release, or a part of it."""

    CANDIDATE = "candidate"
    """One pull request at an approved head SHA: data, training, scores."""
    RELEASE = "release"
    """All leaves of the default branch at a commit; its model becomes the current one."""
    PRECHECK = "precheck"
    """The current model is asked one pull request's seed questions; nothing is generated, nothing is trained."""
    GENERATE = "generate"
    """One pull request's data alone, which a candidate of the same head takes over."""

    @property
    def bound(self) -> bool:
        """Whether it is of one pull request, at exactly the head that was named, and ends where that head moves."""
        return self is not BuildKind.RELEASE

    @property
    def needs_approval(self) -> bool:
        """Whether it is given to the cluster only while that head is approved."""
        return self is BuildKind.CANDIDATE


@dataclass(frozen=True, slots=True, kw_only=True)
class PullRequestPart:
    """A pull request whose leaves are in the build, so that it can be given its own scores."""

    number: int
    head_sha: str
    leaves: tuple[str, ...]
    """Folder paths of the leaves that this pull request adds or changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedModel:
    """The current model of a repository, as a release published it."""

    version: str
    """Such as `v3`."""
    folder: str
    """Below the artifacts: `builds/<id>/model`."""
    digest: str
    """sha256 over its weights and configuration, as the release gave it."""

    def __post_init__(self) -> None:
        """Refuse a folder that is none of a build's own.

        Raises:
            UserError: if it could lead elsewhere.
        """
        if not RELEASED.fullmatch(self.folder):
            raise UserError(f"ReleasedModel.folder must be builds/<id>/<name>, not {self.folder[:80]!r}.")


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
    """Full SHA of the commit whose leaves are read, and no other."""
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
    model: ReleasedModel | None = None
    """Whom a precheck asks; None takes the base, because nothing was released yet."""
    capable_score: float = 8.0
    """Mean judge's score, from 1 to 10, from which on a precheck says of a leaf that the model already can."""

    def __post_init__(self) -> None:
        """Refuse an id that could lead out of its folder or its path, and a head that could move under the build.

        Raises:
            UserError: if the id has other characters, or too many, or the head is no full SHA.
        """
        if not SHA.fullmatch(self.head_sha):
            raise UserError(f"Job.head_sha must be a full SHA of 40 hexadecimal digits, not {self.head_sha[:50]!r}.")
        if not ID.fullmatch(self.id):
            raise UserError(f"Job.id must be of lower-case letters, digits and `-`, not {self.id[:40]!r}.")
