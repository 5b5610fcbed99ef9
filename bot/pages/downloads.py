"""Files of a build's folder data/ for download: regular files that stand directly in it, reached over no link."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from bot.context import Bot
from schemas.job import ID
from schemas.names import PLAIN

TYPES = {".json": "application/json", ".jsonl": "application/jsonl"}
_BLOCK = 256 * 1024
"""Bytes read at a time, so that a large file takes no memory."""
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A pipe that somebody put there is not waited for."""


def download_routes(bot: Bot) -> APIRouter:
    """Give the route of the downloads."""
    router = APIRouter()

    @router.get("/builds/{build_id}/data/{name}")
    def data(build_id: str, name: str) -> Response:
        known = bot.store.builds.get(build_id) is not None
        file = open_data(bot.settings.artifacts, build_id, name) if known else None
        if file is None:
            return PlainTextResponse("There is no such file.\n", status_code=HTTPStatus.NOT_FOUND)
        headers = {
            "content-disposition": f'attachment; filename="{build_id}-{name}"',
            "content-length": str(os.fstat(file.fileno()).st_size),
            "cache-control": "private, no-cache",
        }
        return StreamingResponse(
            _blocks(file), media_type=TYPES.get(Path(name).suffix, "application/octet-stream"), headers=headers
        )

    return router


def open_data(artifacts: Path, build_id: str, name: str) -> BinaryIO | None:
    """Open a file of a build's folder data/; None unless it is a regular file there, reached over no link.

    Args:
        artifacts: Where builds are kept.
        build_id: The build's id.
        name: The file's name, without any folder.
    """
    if not ID.fullmatch(build_id) or not PLAIN.fullmatch(name):
        return None
    try:
        with _folder(artifacts / "builds" / build_id) as build, _folder("data", within=build) as data:
            handle = os.open(name, _FILE, dir_fd=data)
    except OSError:
        return None
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        os.close(handle)
        return None
    return os.fdopen(handle, "rb")


@contextmanager
def _folder(path: Path | str, *, within: int | None = None) -> Iterator[int]:
    handle = os.open(path, _FOLDER, dir_fd=within)
    try:
        yield handle
    finally:
        os.close(handle)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while block := file.read(_BLOCK):
            yield block
