"""Fixes written into a working tree: below the taxonomy's trees, through no symbolic link, each file at once or not."""

import os
import stat
import tempfile
from pathlib import Path, PurePosixPath

from bot.findings import Fix
from bot.mend import Mend, mended
from schemas.errors import UserError
from schemas.leaf import is_below_trees


def refusal(root: Path, fix: Fix) -> str | None:
    """Say why a fix cannot be made in a working tree, or None if it can."""
    try:
        for path in {each.path for each in fix.replacements}:
            mended(_read(root, path), [each for each in fix.replacements if each.path == path])
        for each in fix.renames:
            _renaming(root, each.path, each.to)
    except (UserError, ValueError) as error:
        return str(error)
    return None


def write(root: Path, mend: Mend) -> None:
    """Make the fixes of one round: first the replacements, then the renames.

    Nothing is written unless everything may be.

    Raises:
        UserError: if a path is not below the trees, leads through a symbolic link, or is not a regular file; if a name
            is taken already; or if the file system refuses.
    """
    contents = {
        _inside(root, path): mended(_read(root, path), found) for path, found in sorted(mend.replacements.items())
    }
    renames = [_renaming(root, path, to) for path, to in sorted(mend.renames.items())]
    try:
        for path, content in contents.items():
            _replace(path, content)
        for source, target in renames:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            _prune(root, source.parent)
    except OSError as error:
        raise UserError(f"{error.filename} cannot be written: {error.strerror}.") from error


def _renaming(root: Path, path: str, to: str) -> tuple[Path, Path]:
    source, target = _inside(root, path), _inside(root, to)
    if not source.is_file():
        raise UserError(f"There is no file {source} to rename.")
    if os.path.lexists(target) and not source.samefile(target):  # case alone may differ
        raise UserError(f"{target} is there already; {source.name} cannot be given its name.")
    return source, target


def _inside(root: Path, path: str) -> Path:
    parts = PurePosixPath(path).parts
    if not is_below_trees(path) or ".." in parts or "\\" in path:
        raise UserError(f"{path!r} is not below the taxonomy's trees; nothing is written there.")
    place = root
    for part in parts:
        place /= part
        if place.is_symlink():
            raise UserError(f"{place} is a symbolic link; nothing is written through it.")
    return place


def _read(root: Path, path: str) -> bytes:
    """Give a file's bytes, none where it is yet to be made.

    Raises:
        UserError: if it may not be read, or is no regular file.
    """
    place = _inside(root, path)
    try:
        if not stat.S_ISREG(place.lstat().st_mode):
            raise UserError(f"{place} is no regular file; nothing is written there.")
        return place.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise UserError(f"{place} cannot be read: {error.strerror}.") from error


def _replace(path: Path, content: bytes) -> None:
    mode = stat.S_IMODE(path.lstat().st_mode) if path.exists() else 0o666 & ~_umask()
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=".espalier-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _prune(root: Path, folder: Path) -> None:
    """Remove the folders that a rename left empty, up to the tree's own."""
    while folder.parent not in {root, folder} and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
