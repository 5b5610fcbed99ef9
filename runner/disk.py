"""Files and folders that appear whole or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import UserError
from sources.full_disk import full_disk, is_full_disk

_RESERVED = 128 * 1024
"""Bytes: several times a failed build's result.json."""


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
