"""The build's folder and the cache: the only reader and writer of what stages leave behind.

Layout of `<artifacts>/builds/<id>/`: `job.json`, `events.jsonl`, `result.json`, `failure.log` (the traceback of a build
that ended by a defect of the program), `data/<n>.json` (one leaf each),
`outcomes/<name>.json` (what stages hand over as values), `model/` (Hugging Face layout). Layout of the cache:
`stages/<stage>/<digest>/`, each a finished output that is never written to again. Whatever writes raises `UserError`
where the disk is full, and whatever reads raises it where the file is missing or broken.
"""

import errno
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from runner.disk import new_folder, saying_full, write_atomically
from runner.samples import LeafData
from schemas.codec import decode, encode
from schemas.errors import UserError
from schemas.job import Job
from schemas.names import PLAIN
from schemas.progress import Progress
from schemas.result import FAILURE_LOG, Result

T = TypeVar("T")

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_KEPT_DAYS = 30
_LONGEST_LINE = 64 * 1024
"""Bytes, of a line of progress."""


def build_folder(artifacts: str, job_id: str) -> Path:
    """Find a build's folder below the artifacts URL; it need not exist.

    Args:
        artifacts: A folder's path, or its `file://` URL.
        job_id: The build's id, `[a-z0-9-]+`.

    Raises:
        UserError: if the URL is of another scheme, or the id could leave the folder.
    """
    if not _ID.fullmatch(job_id):
        raise UserError(f"{job_id!r} cannot be a build's id: use lower-case letters, digits and hyphens only.")
    return local_folder(artifacts) / "builds" / job_id


def local_folder(artifacts: str) -> Path:
    """Turn the artifacts URL into a folder of this machine.

    Raises:
        UserError: if it is empty, or of a scheme that is no local folder.
    """
    if not artifacts:
        raise UserError("Say where builds are kept: set ESPALIER_ARTIFACTS to a folder or a file:// URL.")
    parts = urlsplit(artifacts)
    if parts.scheme == "file" and parts.netloc in {"", "localhost"}:
        return Path(unquote(parts.path))
    if "://" in artifacts:
        raise UserError(
            f"{parts.scheme}:// is not supported for artifacts yet: set ESPALIER_ARTIFACTS to a folder or a file:// "
            "URL that the bot and every Ray node can reach, such as a mounted bucket or network share."
        )
    return Path(artifacts).expanduser().absolute()


def read_job(folder: Path) -> Job:
    """Read what the build was asked to do."""
    return _read(Job, folder / "job.json")


def write_job(folder: Path, job: Job) -> None:
    """Write job.json, for builds that are started without the bot."""
    write_atomically(folder / "job.json", encode(job, indent=1))


def write_result(folder: Path, result: Result) -> None:
    """Write result.json, which ends the build for all who wait for it."""
    write_atomically(folder / "result.json", encode(result, indent=1))


def write_failure_log(folder: Path, traceback: str) -> None:
    """Keep a defect's traceback for the operator; it stands in nobody's way who reads the result."""
    write_atomically(folder / FAILURE_LOG, traceback)


def read_result(folder: Path) -> Result:
    """Read how the build ended."""
    return _read(Result, folder / "result.json")


def append_progress(folder: Path, progress: Progress) -> None:
    """Add one whole line to events.jsonl; on a full disk the file ends where it ended before.

    Raises:
        OSError: if the line could not be written for any reason but space.
    """
    line = encode(progress).encode() + b"\n"
    with saying_full(folder):
        handle = os.open(folder / "events.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            size = _whole_lines(handle)
            os.ftruncate(handle, size)  # a writer that was killed within its line left half of it
            if os.write(handle, line) != len(line):
                os.ftruncate(handle, size)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        finally:
            os.close(handle)


def write_leaf_data(folder: Path, leaves: Sequence[LeafData]) -> None:
    """Replace data/ by one file for each leaf, all of them or none."""
    with new_folder(folder / "data") as fresh:
        for number, leaf in enumerate(leaves):
            write_atomically(fresh / f"{number:04}.json", encode(leaf))


def read_leaf_data(folder: Path) -> tuple[LeafData, ...]:
    """Read what generation wrote, in its order.

    Raises:
        UserError: if a file is broken, or generation has not written anything yet.
    """
    if not (folder / "data").is_dir():
        raise UserError(f"{folder} holds no data yet: run the generate stage first.")
    return tuple(_read(LeafData, path) for path in data_files(folder))


def model_folder(folder: Path) -> Path:
    """Name the folder for the published model."""
    return folder / "model"


def data_files(folder: Path) -> tuple[Path, ...]:
    """List what generation wrote, in the order of `read_leaf_data`."""
    return tuple(sorted((folder / "data").glob("*.json")))


def released_folder(folder: Path, model: str) -> Path | None:
    """Find a released model below the artifacts that a build's folder is in; None unless it is a folder itself.

    Args:
        folder: The build's folder.
        model: `builds/<id>/<name>`, as `ReleasedModel.folder` holds it; no link may lead elsewhere on the way.
    """
    artifacts = folder.absolute().parents[1].resolve()
    found = artifacts / model
    return found if found.is_dir() and found.resolve() == found else None


def write_value(folder: Path, name: str, value: object) -> None:
    """Hand a dataclass value over to later stages as outcomes/<name>.json."""
    write_atomically(_outcome(folder, name), encode(value))


def read_value(kind: type[T], folder: Path, name: str) -> T:
    """Read what `write_value` wrote under that name."""
    return _read(kind, _outcome(folder, name))


def has_value(folder: Path, name: str) -> bool:
    """Tell whether a stage has handed over a value under that name."""
    return _outcome(folder, name).is_file()


def digest_of(*inputs: object) -> str:
    """Name inputs by a SHA-256 of their JSON: texts, numbers, lists, dicts, and our dataclasses."""
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=False, default=_plain_value)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_folder(folder: Path, pattern: str = "*") -> str:
    """Name a folder's content by a SHA-256 over its files' paths and bytes; `pattern` says of which names.

    Raises:
        FileNotFoundError: if there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(folder)
    whole = hashlib.sha256()
    for path in sorted(path for path in folder.rglob(pattern) if path.is_file()):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        whole.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return whole.hexdigest()


def cached(stage: str, digest: str, *, cache: Path, make: Callable[[Path], None]) -> Path:
    """Find a stage's output by the digest of its inputs, or make it: a repeated build redoes nothing.

    Args:
        stage: Name of the stage, or of what is kept.
        digest: From `digest_of`, over all that the output depends on.
        cache: The folder that builds share, `Build.cache`.
        make: Fills the empty folder that it is given; called only where nothing is kept. If it raises, nothing is kept.

    Returns:
        The folder with the output; read from it, never write to it. What nobody asked for in 30 days is forgotten.
    """
    kept = cache / "stages" / _plain_name(stage) / _plain_name(digest)
    if kept.is_dir():
        os.utime(kept)
        return kept
    _forget_old(kept.parent)
    with new_folder(kept) as fresh:
        make(fresh)
    return kept


def _whole_lines(handle: int) -> int:
    """Give how many bytes of a file are whole lines."""
    size = os.fstat(handle).st_size
    start = max(size - _LONGEST_LINE, 0)
    return size if size == 0 else start + os.pread(handle, _LONGEST_LINE, start).rfind(b"\n") + 1


def _forget_old(kept: Path) -> None:
    limit = time.time() - _KEPT_DAYS * 24 * 3600
    for path in kept.glob("*"):
        with suppress(FileNotFoundError):  # another build forgot it, or finished it under its own name
            if path.stat().st_mtime < limit:
                shutil.rmtree(path, ignore_errors=True)


def _outcome(folder: Path, name: str) -> Path:
    return folder / "outcomes" / f"{_plain_name(name)}.json"


def _plain_name(name: str) -> str:
    if not PLAIN.fullmatch(name):
        raise UserError(f"{name!r} cannot name an artifact: use letters, digits, hyphens, dots and underscores only.")
    return name


def _plain_value(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    raise TypeError(f"{value!r} has no JSON form, so that no digest can be made of it")


def _read(kind: type[T], path: Path) -> T:
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        raise UserError(
            f"{path} is missing: the step that writes it has not run, or its folder was moved. Run that step, or bring "
            "the folder back."
        ) from None
    try:
        return decode(kind, text)
    except UserError as error:
        raise UserError(f"{path}: {error} Mend it there, or run the step again that writes it.") from error
