"""The released models below the artifacts: a record for each version, and which one is current."""

from dataclasses import dataclass
from pathlib import Path

from bot.dispatch import write_whole
from schemas.codec import decode, encode
from schemas.errors import UserError
from schemas.job import Job, PullRequestPart, ReleasedModel
from schemas.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedModel:
    """models/<version>.json and models/current.json: which build's model a version is."""

    version: str
    repository: str
    build_id: str
    head_sha: str
    model: str
    """The model's folder, relative to the artifacts."""
    model_digest: str
    pull_requests: tuple[PullRequestPart, ...]
    published_at: str


def publish_model(artifacts: Path, job: Job, result: Result, *, at: str) -> None:
    """Write the version's record; it is whole or not there.

    Raises:
        UserError: if the release names no version or no model.
    """
    provenance = result.provenance
    if job.version is None or provenance is None or provenance.model is None:
        raise UserError("The release ended without a model, so no version was published; try `/espalier release`.")
    record = PublishedModel(
        version=job.version,
        repository=job.repository,
        build_id=job.id,
        head_sha=job.head_sha,
        model=f"builds/{job.id}/{provenance.model}",
        model_digest=provenance.model_digest or "",
        pull_requests=job.pull_requests,
        published_at=at,
    )
    folder = artifacts / "models"
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{job.version}.json", encode(record, indent=2))


def is_published(artifacts: Path, version: str) -> bool:
    """Tell whether a version's record and its model are there."""
    record = _read(artifacts / "models" / f"{version}.json")
    return record is not None and (artifacts / record.model).is_dir()


def make_current(artifacts: Path, version: str) -> None:
    """Let current.json name a version that was published; it is whole or as it was."""
    folder = artifacts / "models"
    record, current = _read(folder / f"{version}.json"), _read(folder / "current.json")
    if record is not None and record != current:
        write_whole(folder / "current.json", encode(record, indent=2))


def released_model(artifacts: Path, version: str) -> ReleasedModel | None:
    """Read where a version's model lies; None if its record is gone."""
    record = _read(artifacts / "models" / f"{version}.json")
    if record is None:
        return None
    return ReleasedModel(version=record.version, folder=record.model, digest=record.model_digest)


def _read(path: Path) -> PublishedModel | None:
    try:
        return decode(PublishedModel, path.read_bytes())
    except FileNotFoundError:
        return None
