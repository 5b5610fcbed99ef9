"""Agreement with upstream's linter on files that nobody has seen: `measure_agreement.py --upstream PYTHON`.

Spoils real files of the corpus (ESPALIER_CORPUS) with mistakes from a fixed seed, has instructlab-schema judge each at
the version it declares and at the latest, and compares pass and fail with what our checks say. PYTHON is that of an
environment in which `instructlab-schema==0.4.2` is installed, with yamllint beside it. Run it in the project's folder.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, os.getcwd())  # noqa: PTH109 - the tests of the working tree, which no installation has

from tests.bot.checks.corpus import DECLARED, LATEST, contents, pulls, refusals
from tests.bot.checks.mutations import mutated

SHOWN = 200
# Upstream judges in a process of its own, which only it imports; one line of JSON a file.
WORKER = """
import contextlib, io, json, logging, pathlib, sys
from instructlab.schema.taxonomy import TaxonomyParser
logging.disable(logging.CRITICAL)
parsers = [TaxonomyParser(schema_version=version, message_format="standard") for version in (0, None)]
for parser in parsers:
    parser.yq_available = False
for path in map(str.strip, sys.stdin):
    said = []
    for parser in parsers:
        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                errors = parser.parse(path).errors
        except Exception as error:
            errors = -1
            printed.write(f"ERROR: {error.__cause__!r}")
        kept = [line.split(" ", 2)[-1] for line in printed.getvalue().splitlines() if line.startswith("ERROR")]
        said.append([errors, kept])
    print(json.dumps(said), flush=True)
"""


def main(argv: Sequence[str]) -> int:
    """Judge, compare, and print every difference and the sums; 1 if there is any difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upstream", required=True, type=Path, help="the Python that has instructlab-schema")
    parser.add_argument("--count", type=int, default=500, help="files (default: 500)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the first file (default: 1)")
    parser.add_argument("--save", type=Path, metavar="DIR", help="keep the files that are judged differently")
    options = parser.parse_args(argv)
    real = [(path, content) for pull in pulls() for path, content, _ in contents(pull)]
    seeds = range(options.seed, options.seed + options.count)
    spoiled = [(real[seed * 7919 % len(real)][0], mutated(real[seed * 7919 % len(real)][1], seed)) for seed in seeds]
    differences: Counter[str] = Counter()
    for seed, (path, content), said in zip(seeds, spoiled, _upstream(options.upstream, spoiled), strict=True):
        for name, config, (errors, messages) in zip(("declared", "latest"), (DECLARED, LATEST), said, strict=True):
            ours = refusals(path, content, config)
            if bool(ours) == (errors != 0):
                continue
            why = f"only ours fails it: {', '.join(sorted(ours))}" if ours else f"only upstream's: {messages[:2]}"
            differences[f"{name}: {why}"[:SHOWN]] += 1
            print(f"seed {seed}, {name}, {path}: {why}"[:SHOWN])
            if options.save is not None:
                options.save.mkdir(parents=True, exist_ok=True)
                (options.save / f"{seed}.yaml").write_bytes(content)
    total = 2 * options.count
    print(f"\n{total - differences.total()} of {total} verdicts agree ({options.count} files at two versions)")
    for what, count in differences.most_common():
        print(f"{count:5d}  {what}")
    return 1 if differences else 0


def _upstream(python: Path, files: Sequence[tuple[str, bytes]]) -> list[list[tuple[int, list[str]]]]:
    """Have upstream judge files: for each, errors and messages at the declared version and at the latest."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, (path, content) in enumerate(files):
            # Upstream looks for the last folder with a tree's name, we for the first: let there be one.
            place = Path(folder, str(number), path.split("/", 1)[0], "leaf", "qna.yaml")
            place.parent.mkdir(parents=True)
            place.write_bytes(content)
            paths.append(str(place))
        done = subprocess.run(
            [str(python), "-c", WORKER],
            input="".join(f"{path}\n" for path in paths),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            env={**os.environ, "PATH": f"{python.parent}:{os.environ.get('PATH', '')}"},
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
