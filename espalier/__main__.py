"""The `espalier` command: sends each subcommand to the package that owns it."""

import importlib
import sys

# Lazily imported: `espalier check` must not pay for torch, nor `espalier build` for a web server.
OWNERS = {
    "serve": "bot.__main__",
    "check": "bot.__main__",
    "replay": "bot.__main__",
    "handle": "bot.__main__",
    "build": "runner.__main__",
    "base": "runner.__main__",
    "head": "runner.__main__",
    "run": "runner.__main__",
    "forge": "forge.__main__",
    "demo": "espalier.demo.__main__",
}


def main() -> int:
    """Run the subcommand named first in argv; its own `main(argv)` gives the exit code.

    Returns:
        The subcommand's exit code, or 2 if there is no such subcommand.
    """
    if len(sys.argv) < 2 or sys.argv[1] not in OWNERS:  # noqa: PLR2004 - program name and subcommand
        sys.stderr.write(
            f"usage: espalier {{{','.join(OWNERS)}}} …\nAdd --help after one of them to see its options.\n"
        )
        return 2
    owner = importlib.import_module(OWNERS[sys.argv[1]])
    code: int = owner.main(sys.argv[1:])
    return code


if __name__ == "__main__":
    sys.exit(main())
