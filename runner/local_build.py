"""A build on this machine without the bot: its job planned from a clone, sent to a Ray of its own, and followed."""

import json
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx

from runner.artifacts import build_folder, read_result, write_job
from runner.sources import Taxonomy, read_taxonomy, taxonomy_address
from schemas.codec import decode
from schemas.errors import UserError
from schemas.job import BuildKind, Job
from schemas.progress import Progress
from schemas.result import Result
from sources.git_refusals import FetchError
from sources.revisions import resolve, resolve_remote

END_SECONDS = 20.0
"""How long a Ray head may take to end; it kills what will not after 5."""
_POLL_SECONDS = 0.3

Ended = Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the command line asks for."""

    taxonomy: str
    base: str | None
    head: str
    leaves: tuple[str, ...]
    profile: str
    seed: int
    student: str | None
    teacher_url: str | None
    teacher_model: str | None
    document_hosts: tuple[str, ...]
    kind: BuildKind | None = None
    """None takes a release where all leaves are meant, else a candidate."""


def plan_job(wish: Wish, cache: Path) -> Job:
    """Turn a wish into a job: revisions into SHAs, and a range of commits into the leaves that it changed.

    Raises:
        UserError: if a revision or a leaf is not there, or nothing changed.
    """
    address, protocol = taxonomy_address(wish.taxonomy)
    head = _sha(address, protocol, wish.head)
    taxonomy = read_taxonomy(address, head, cache)
    for leaf in wish.leaves:
        taxonomy.leaf(leaf)
    leaves = wish.leaves
    if not leaves and wish.base is not None:
        leaves = _changed(read_taxonomy(address, _sha(address, protocol, wish.base), cache), taxonomy)
        if not leaves:
            raise UserError(f"No leaf changed between {wish.base} and {wish.head}: name one with --leaf.")
    every = not leaves
    if every and not taxonomy.leaves:
        raise UserError(f"The taxonomy holds no leaf at {wish.head}: add a qna.yaml below compositional_skills/.")
    job = Job(
        id=f"local-{datetime.now(UTC):%Y%m%d-%H%M%S}",
        kind=wish.kind or (BuildKind.RELEASE if every else BuildKind.CANDIDATE),
        repository="/".join(Path(address.removesuffix(".git")).parts[-2:]),
        taxonomy_url=address,
        head_sha=head,
        pull_requests=(),
        leaves=tuple(sorted(taxonomy.leaves)) if every else leaves,
        profile=wish.profile,
        seed=wish.seed,
        version="local" if every else None,
        student=wish.student,
        teacher_url=wish.teacher_url,
        teacher_model=wish.teacher_model,
    )
    return replace(job, document_hosts=(*job.document_hosts, *wish.document_hosts))


def build_here(job: Job, out: Path, cache: Path, *, with_ray: bool, told: Callable[[Progress], None]) -> Result:
    """Run a job on this machine to its end.

    Args:
        job: What to build.
        out: Where builds/<id>/ is made.
        cache: The folder that builds share.
        with_ray: Whether a Ray is started for it, which ends with it.
        told: Shows a line of events.

    Returns:
        How the build ended.

    Raises:
        UserError: if Ray cannot start, or the build ended without a result.
    """
    folder = build_folder(str(out), job.id)
    write_job(folder, job)
    command = [sys.executable, "-m", "runner", "run", "--artifacts", str(out.absolute()), "--id", job.id]
    command += ["--cache", str(cache.absolute())]
    with _ray_job(command, job.id, out / ".head") if with_ray else _process(command, folder) as ended:
        lines = 0
        while not (over := ended()) or lines < len(_events(folder)):
            for event in _events(folder)[lines:]:
                lines += 1
                told(event)
            if not over:
                time.sleep(_POLL_SECONDS)
    if not (folder / "result.json").exists():
        raise UserError(f"The build ended without a result: look at {folder / 'log.txt'}.")
    return read_result(folder)


def _sha(address: str, protocol: str, revision: str) -> str:
    if protocol == "file":
        return resolve(Path(address.removeprefix("file://")), revision)
    try:
        return resolve_remote(address, revision, protocols=[protocol])
    except FetchError as error:
        raise UserError(
            f"The taxonomy {address} {error}. Give --taxonomy a folder or an address that `git clone` takes."
        ) from error


def _changed(base: Taxonomy, head: Taxonomy) -> tuple[str, ...]:
    return tuple(sorted(path for path in head.leaves if base.blobs.get(path) != head.blobs[path]))


def _events(folder: Path) -> list[Progress]:
    with suppress(FileNotFoundError):
        return [decode(Progress, line) for line in (folder / "events.jsonl").read_bytes().split(b"\n")[:-1]]
    return []


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[Ended]:
    with (folder / "log.txt").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield lambda: process.poll() is not None
        finally:
            _end(process)


@contextmanager
def _ray_job(command: list[str], job_id: str, data: Path) -> Iterator[Ended]:
    head = subprocess.Popen(
        [sys.executable, "-m", "runner", "head", "--data", str(data)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        line = head.stdout.readline() if head.stdout is not None else b""
        if not line:
            said = head.communicate()[1].decode(errors="replace").strip()
            raise UserError(
                said.splitlines()[-1] if said else "Ray ended at once: build again, or without it by --no-ray."
            )
        place: dict[str, str] = json.loads(line)
        headers = {"Authorization": f"Bearer {Path(place['token_file']).read_text()}"}
        with httpx.Client(base_url=place["address"], headers=headers, trust_env=False, timeout=30) as jobs:
            body = {"entrypoint": shlex.join(command), "submission_id": job_id}
            jobs.post("/api/jobs/", json=body).raise_for_status()
            yield lambda: _job_ended(jobs, job_id)
            _keep_log(jobs, job_id, Path(command[command.index("--artifacts") + 1]) / "builds" / job_id)
    except httpx.HTTPError as error:
        raise UserError(
            f"Ray stopped answering ({type(error).__name__}): build again; what was done is kept."
        ) from error
    finally:
        _end(head)


def _job_ended(jobs: httpx.Client, job_id: str) -> bool:
    state: dict[str, str] = jobs.get(f"/api/jobs/{job_id}").raise_for_status().json()
    return state["status"] in {"SUCCEEDED", "FAILED", "STOPPED"}


def _keep_log(jobs: httpx.Client, job_id: str, folder: Path) -> None:
    logs: dict[str, str] = jobs.get(f"/api/jobs/{job_id}/logs").json()
    (folder / "log.txt").write_text(logs.get("logs") or "", encoding="utf-8")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
