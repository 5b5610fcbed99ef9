"""Jobs out and their traces in: the Jobs API over plain HTTP, and a build's folder below the artifacts."""

import os
import shlex
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from bot.payload import Payload
from bot.records import Build
from bot.settings import Settings
from schemas.codec import decode, encode
from schemas.errors import UserError
from schemas.job import Job
from schemas.progress import Progress
from schemas.result import FAILURE_LOG, Result

NOT_FOUND = 404
REFUSED = frozenset({401, 403})
LAST_BYTES = 64 * 1024
"""Bytes from the end of events.jsonl that hold its last line for sure."""


class ClusterError(Exception):
    """The Jobs API did not answer as it should; trying again may help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a cluster takes jobs."""

    address: str
    token_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStatus:
    """What the Jobs API says of a job."""

    state: str
    """PENDING, RUNNING, STOPPED, SUCCEEDED or FAILED."""
    message: str

    @property
    def ended(self) -> bool:
        """Whether the job runs no more."""
        return self.state in {"STOPPED", "SUCCEEDED", "FAILED"}


class JobsApi:
    """A cluster's Jobs API."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def submit(self, build_id: str, entrypoint: str) -> None:
        """Give the cluster a job, unless it has one of this id: a duplicate would be answered with 500.

        Raises:
            ClusterError: if the cluster does not take it.
        """
        if self.status(build_id) is not None:
            return
        answer = self._send("POST", "/api/jobs/", {"entrypoint": entrypoint, "submission_id": build_id})
        if not answer.is_success:
            raise ClusterError(f"the cluster did not take the job ({answer.status_code}): {_last_line(answer.text)}")

    def status(self, build_id: str) -> JobStatus | None:
        """Ask how a job does; None if the cluster does not know it.

        Raises:
            ClusterError: if the cluster does not answer, or something else does in its place.
        """
        answer = self._send("GET", f"/api/jobs/{build_id}")
        if answer.status_code == NOT_FOUND:
            return None
        if not answer.is_success:
            raise ClusterError(f"the cluster does not tell of the job ({answer.status_code})")
        try:
            told = Payload(answer.json())
        except ValueError as error:
            raise ClusterError("what answers in the cluster's place is no Jobs API") from error
        return JobStatus(state=told.text("status") or "", message=told.text("message") or "")

    def stop(self, build_id: str) -> None:
        """Ask the cluster to end a job; that it does not know it is fine.

        Raises:
            ClusterError: if the cluster does not do so.
        """
        answer = self._send("POST", f"/api/jobs/{build_id}/stop")
        if not answer.is_success and answer.status_code != NOT_FOUND:
            raise ClusterError(f"the cluster did not stop the job ({answer.status_code})")

    def _send(self, verb: str, path: str, body: dict[str, str] | None = None) -> httpx.Response:
        headers = {}
        try:
            if self._endpoint.token_file is not None:
                # Read anew each time: a token may be renewed, and must not linger here.
                headers["Authorization"] = f"Bearer {self._endpoint.token_file.read_text(encoding='ascii').strip()}"
            answer = httpx.request(
                verb, f"{self._endpoint.address}{path}", json=body, headers=headers, timeout=30, trust_env=False
            )
        except httpx.HTTPError as error:
            raise ClusterError(f"the cluster does not answer: {type(error).__name__}") from error
        except OSError as error:
            raise ClusterError(f"the cluster's token cannot be read ({error.strerror})") from error
        if answer.status_code in REFUSED:
            raise ClusterError(f"the cluster refuses our token ({answer.status_code})")
        return answer


def entrypoint(settings: Settings, build_id: str) -> str:
    """Give the command that the cluster runs for a build."""
    words = (
        settings.cluster_python, "-m", "runner", "run", "--artifacts", str(settings.artifacts), "--id", build_id,
        "--cache", str(settings.cache),
    )  # fmt: skip
    return shlex.join(words)


def build_folder(artifacts: Path, build_id: str) -> Path:
    """Give a build's folder."""
    return artifacts / "builds" / build_id


def write_job(artifacts: Path, job: Job) -> None:
    """Write job.json into a new build's folder."""
    folder = build_folder(artifacts, job.id)
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / "job.json", encode(job, indent=2))


def read_progress(artifacts: Path, build_id: str) -> Progress | None:
    """Read the last whole line of a build's events; None before the first."""
    lines = _lines(build_folder(artifacts, build_id) / "events.jsonl", last_bytes=LAST_BYTES)
    return decode(Progress, lines[-1]) if lines else None


def read_events(artifacts: Path, build_id: str) -> tuple[Progress, ...]:
    """Read all whole lines of a build's events."""
    lines = _lines(build_folder(artifacts, build_id) / "events.jsonl", last_bytes=None)
    return tuple(decode(Progress, line) for line in lines)


def read_result(artifacts: Path, build_id: str) -> Result | None:
    """Read a build's result; None before there is one.

    Raises:
        UserError: if it is broken, of another build, or names files outside the build's folder.
    """
    try:
        text = (build_folder(artifacts, build_id) / "result.json").read_bytes()
    except FileNotFoundError:
        return None
    result = decode(Result, text)
    if result.job_id != build_id:
        raise UserError(f"The result of this build names another job, {result.job_id[:40]!r}; ask for another build.")
    return result


def ran_seconds(build: Build, result: Result | None, *, until: datetime) -> float:
    """Tell for how many wall seconds a job ran: as it measured itself, but no longer than it had the slot.

    A job that left no result, or no time in it, is held to have run for as long as it had the slot; one that the
    cluster was never given did not run at all.
    """
    if build.started_at is None or not build.submissions:
        return 0.0
    slot = max((until - datetime.fromisoformat(build.started_at)).total_seconds(), 0.0)
    measured = 0.0 if result is None else result.seconds
    return min(measured, slot) if measured > 0 else slot


def failure_log(artifacts: Path, build_id: str) -> Path | None:
    """Find the traceback that a build left which ended by a defect of the program."""
    path = build_folder(artifacts, build_id) / FAILURE_LOG
    return path if path.is_file() else None


def write_whole(path: Path, text: str) -> None:
    """Write a file that is whole or not there."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _lines(path: Path, *, last_bytes: int | None) -> list[bytes]:
    """Read whole lines; one that is being written is left for the next time."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = 0 if last_bytes is None else max(size - last_bytes, 0)
            file.seek(start)
            data = file.read()
    except FileNotFoundError:
        return []
    lines = data.split(b"\n")[:-1]
    return [line for line in (lines[1:] if start else lines) if line.strip()]


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no reason given"])[-1][:300]


def gist(message: str) -> str:
    """Give a job message's first line, and the last one, which is the last that the job itself said."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    if not lines:
        return "The cluster gives no reason."
    first = lines[0].partition(", last available logs")[0].rstrip(".")
    return f"{first[:160]}." if len(lines) == 1 else f"{first[:160]}; its last words: {lines[-1][:200]}"
