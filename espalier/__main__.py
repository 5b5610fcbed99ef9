"""The `espalier` command: sends each subcommand to the package that owns it."""

import importlib
import sys
from importlib.metadata import version

# Lazily imported: `espalier check` must not pay for torch, nor `espalier build` for a web server.
OWNERS = {
    "serve": "bot.__main__",
    "check": "bot.__main__",
    "replay": "bot.__main__",
    "deliveries": "bot.__main__",
    "handle": "bot.__main__",
    "build": "runner.__main__",
    "generate": "runner.__main__",
    "train": "runner.__main__",
    "evaluate": "runner.__main__",
    "base": "runner.__main__",
    "head": "runner.__main__",
    "run": "runner.__main__",
    "forge": "forge.__main__",
    "demo": "espalier.demo.__main__",
}
ABOUT = {
    "demo": "play the whole loop on this machine, from a pull request to measured scores on it",
    "check": "run the checks on a local checkout of a taxonomy",
    "serve": "run the bot, a GitHub App",
    "deliveries": "list what the bot was sent and could not handle, have it tried again, or dismiss it",
    "build": "build leaves of a taxonomy on this machine, without the bot: data, training, scores",
    "generate": "write the data of leaves of a taxonomy on this machine, and nothing more",
    "train": "train on the data in a build's folder, and nothing more",
    "evaluate": "measure what was trained in a build's folder, and nothing more",
    "forge": "serve a small GitHub on this machine",
    "head": "start a Ray on this machine, which ends with this command",
    "base": "make the base student, unless the cache has it",
    "run": "do one build on a cluster, as the bot orders it",
    "handle": "handle one delivery, in a run of a GitHub workflow",
    "replay": "run the checks over past pull requests",
}
USAGE = f"usage: espalier {{{','.join(OWNERS)}}} …\nAdd --help after one of them to see its options.\n"


def main() -> int:
    """Run the subcommand named first in argv; its own `main(argv)` gives the exit code.

    Returns:
        The subcommand's exit code, or 2 if there is no such subcommand.
    """
    first = sys.argv[1] if len(sys.argv) > 1 else ""
    if first in {"-h", "--help", "help"}:
        width = max(map(len, ABOUT))
        rows = "".join(f"  {name:{width}}  {about}\n" for name, about in ABOUT.items())
        sys.stdout.write(f"{USAGE}\n{rows}\n  --version shows the version.\n")
        return 0
    if first in {"-V", "--version"}:
        sys.stdout.write(f"espalier {version('espalier')}\n")
        return 0
    if first not in OWNERS:
        named = f"espalier: there is no subcommand {first!r}; `espalier --help` lists them.\n" if first else ""
        sys.stderr.write(f"{USAGE}{named}")
        return 2
    owner = importlib.import_module(OWNERS[first])
    code: int = owner.main(sys.argv[1:])
    return code


if __name__ == "__main__":
    sys.exit(main())
