"""A full disk, however it is told, and what to say of it."""

import errno
import re
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# torch and safetensors say it in words of their own, without an errno: the text of strerror, or Rust's "code: 28".
_FULL_WORDS = re.compile(
    r"no space left on device|disk quota exceeded|file too large|\bcode: (28|122)\b", re.IGNORECASE
)
_LINKS = 20
"""How far back an error's causes are followed; a guard against rings."""


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
