"""Files and folders that appear whole or not at all, and a full disk said in words."""

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import UserError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# torch and safetensors say it in words of their own, without an errno: the text of strerror, or Rust's "code: 28".
_FULL_WORDS = re.compile(
    r"no space left on device|disk quota exceeded|file too large|\bcode: (28|122)\b", re.IGNORECASE
)
_RESERVED = 128 * 1024
"""Bytes: several times a failed build's result.json."""
_LINKS = 20
"""How far back an error's causes are followed; a guard against rings."""


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by this text, so that a reader finds the old text or the new one and nothing between."""
    with saying_full(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        fresh = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(text.encode())
                file.flush()
                os.fsync(file.fileno())
            fresh.chmod(0o644)
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)


def copy_folder(source: Path, target: Path) -> None:
    """Replace `target` by a copy of `source`, all of it or nothing."""
    with new_folder(target) as fresh:
        shutil.copytree(source, fresh, dirs_exist_ok=True)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """Give an empty folder that takes the place of `target` when the block ends well, and vanishes when it raises."""
    with saying_full(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as fresh,
            tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as old,
        ):
            content = Path(fresh) / "new"
            content.mkdir()
            yield content
            if target.exists():
                target.replace(Path(old) / "old")
            _move(content, target)


def _move(content: Path, target: Path) -> None:
    try:
        content.replace(target)
    except OSError as error:
        # Another build made the same output meanwhile, from the same inputs: theirs is as good as ours.
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
            raise


@contextmanager
def reserve(folder: Path) -> Iterator[None]:
    """Hold some space while the block fills the disk, and free it after: so that there is room to say what happened."""
    held = folder / ".reserve"
    write_atomically(held, " " * _RESERVED)
    try:
        yield
    finally:
        held.unlink(missing_ok=True)


@contextmanager
def saying_full(where: Path) -> Iterator[None]:
    """Turn a full disk into words for the operator.

    Raises:
        UserError: if the block failed for want of space, whoever's error told of it.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        if is_full_disk(error):
            raise UserError(full_disk(where)) from error
        raise


def full_disk(where: Path) -> str:
    """Say that the disk below a folder is full."""
    return f"The disk that holds {where} is full: free some space there, then start the build again."


def is_full_disk(error: BaseException) -> bool:
    """Tell whether an error, or one that it came from, is a disk without space."""
    link: BaseException | None = error
    for _ in range(_LINKS):
        if link is None:
            return False
        if (isinstance(link, OSError) and link.errno in _FULL) or _FULL_WORDS.search(str(link)):
            return True
        link = link.__cause__ or link.__context__
    return False
