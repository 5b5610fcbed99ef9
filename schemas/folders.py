"""Folders that a person names for our use."""

import os
from pathlib import Path

from schemas.errors import UserError


def usable_folder(folder: Path, option: str) -> Path:
    """Make a folder where it is missing, and make sure that files can be written in it.

    Args:
        folder: The folder.
        option: How the person named it, such as `--out`.

    Raises:
        UserError: if it cannot be made, or not be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be made ({error.strerror}): give another with {option}."
        ) from error
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise UserError(f"The folder {folder} may not be written to: give another with {option}, or make it yours.")
    return folder
