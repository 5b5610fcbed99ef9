"""Names of files and folders that one side writes down and the other opens: plain, so that none leads elsewhere."""

import re

from schemas.errors import UserError

PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def require_plain(name: str, what: str) -> None:
    """Refuse a name that could lead out of the folder it belongs in; names come from where others write too.

    Args:
        name: The name, without any folder.
        what: What the message calls it.

    Raises:
        UserError: if it holds more than letters, digits, hyphens, dots and underscores, or begins with a dot or hyphen.
    """
    if not PLAIN.fullmatch(name):
        raise UserError(f"{what} must be a plain name within the build's own folder, not {name[:80]!r}.")
