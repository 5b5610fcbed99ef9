"""Measure what judging a qna.yaml costs, against upstream's own linter: CPU seconds over the same real files.

Run `make bench-triage`, or `python scripts/bench_triage.py --corpus FILE`. Upstream is `instructlab-schema` from PyPI
with yamllint, installed into a scratch environment and called as its README says: `TaxonomyParser(...).parse(path)`.
Its optional `yq` is kept off its PATH, which makes it faster. CPU is user and system time of a process and of all its
children, start-up and imports included, over every file of the corpus that has an expectation.

What is held to the wanted ratios, 20 with yamllint's rules and 200 without, is the cost of a file: the CPU of a run
over all files less the CPU of a run over none, divided by their number, taken alike from upstream's process and ours.
The bot judges in a child process that has started long before a pull request comes. The ratio of whole runs, with the
start of both counted in, is printed beside it.

With yamllint, ours is the three checks that ask for what upstream asks for: `yaml`, `schema`, `examples`. Without it,
ours is the rest of upstream's work: to read the file within bounds, with duplicate keys found, and to find each place
that its schema refuses. A file that only yamllint refuses passes then. The three checks do more than that rest: they
make fixes, foresee what a file that cannot be read will be told next, and compare each example with each; what they
cost without yamllint, and what all checks cost, is told below. Upstream cannot leave yamllint out, so that its cost is
the same in every row.

Upstream lints at one version a run: its pull-request CI at the latest, as the bot does unless the policy says
otherwise, and that is what is held. Files that did not change it lints at the version that they declare, without
yamllint where that is 1, as it mostly is: that is told alone. Two ways of running are measured:

* all files in one process, which favours upstream most: its start-up counts once in 484 files;
* a pull request at a time, as each is deployed: upstream's CI starts a process for it, and the bot asks a child process
  that waits for the next one (what starting that costs is measured, and told apart).
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORPUS = Path(os.environ.get("ESPALIER_CORPUS", ROOT.parent / "shared" / "corpus" / "prs.jsonl.gz"))
UPSTREAM = "instructlab-schema==0.4.2"
HELD, *_ = VERSIONS = ("latest", "declared")
STARTS = 3
SHOWN = 3
"""Files that are named of those whose verdict is another than upstream's."""
WITH_YAMLLINT, WITHOUT_YAMLLINT = 20, 200
"""How many times less CPU is wanted."""

OURS = (sys.executable, str(ROOT / "scripts" / "judged_files.py"))
THEIRS = """
import contextlib, io, json, sys
from instructlab.schema.taxonomy import TaxonomyParser, TaxonomyReadingException
parser = TaxonomyParser(schema_version=0 if sys.argv[1] == "declared" else None, message_format="standard")
verdicts = {}
for line in sys.stdin:
    path = line.rstrip("\\n")
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            verdicts[path] = parser.parse(path).errors == 0
        except TaxonomyReadingException:
            verdicts[path] = False
json.dump(verdicts, sys.stdout)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What a run cost, and what it said."""

    seconds: float
    verdicts: dict[str, bool]
    start: float = 0.0
    """Seconds that a run over no files takes."""


def main() -> None:
    """Measure, print a table, and say whether the wanted ratios are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--corpus", type=Path, default=CORPUS, help="pull requests with expectations (default: %(default)s)"
    )
    parser.add_argument("--environment", type=Path, help="folder to keep upstream's environment in (default: none)")
    parser.add_argument("--runs", type=int, default=3, help="runs of ours, of which the median counts (default: 3)")
    options = parser.parse_args()
    if not options.corpus.exists():
        sys.exit(f"There is no corpus at {options.corpus}; name one with --corpus or ESPALIER_CORPUS.")
    with tempfile.TemporaryDirectory() as scratch:
        python = install(options.environment or Path(scratch, "environment"))
        folder = Path(scratch, "files")
        files = unpack(options.corpus, folder)
        describe(python, files, folder)
        for asked in VERSIONS:
            compare(python, folder, files, asked=asked, runs=options.runs)
        compare_pulls(python, folder, files, runs=options.runs)


def install(environment: Path) -> Path:
    """Make upstream's environment, with the yamllint that we use, and give its Python."""
    python = environment / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
        packages = [UPSTREAM, f"yamllint=={version('yamllint')}", f"PyYAML=={version('PyYAML')}"]
        subprocess.run(
            [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages], check=True
        )
    return python


def unpack(corpus: Path, folder: Path) -> list[str]:
    """Write every file that has an expectation below a folder of its pull request, and name them."""
    found = []
    with gzip.open(corpus, "rt", encoding="utf-8") as lines:
        for line in lines:
            pull = json.loads(line)
            for file in pull["files"]:
                if file["path"] in pull["expected"]["schema"]:
                    name = f"{pull['number']}/{file['path']}"
                    (folder / name).parent.mkdir(parents=True, exist_ok=True)
                    text = file.get("content")
                    (folder / name).write_bytes(
                        base64.b64decode(file["content_base64"]) if text is None else text.encode()
                    )
                    found.append(name)
    return found


def describe(python: Path, files: list[str], folder: Path) -> None:
    """Print what is measured, and where."""
    size = sum((folder / name).stat().st_size for name in files)
    asked = (
        "import importlib.metadata as m; print(*(f'{n} {m.version(n)}' for n in ('yamllint','PyYAML','jsonschema')))"
    )
    theirs = subprocess.run([str(python), "-c", asked], check=True, capture_output=True, text=True).stdout.strip()
    print(f"{len(files)} files of {size:,} bytes in all; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{platform.machine()} {processor()}, Python {platform.python_version()}")
    print(f"upstream: {UPSTREAM}, {theirs}; ours: yamllint {version('yamllint')}, PyYAML {version('PyYAML')}")


def processor() -> str:
    """Name the processor."""
    try:
        rows = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((row.partition(":")[2].strip() for row in rows if row.startswith("model name")), "")


def compare(python: Path, folder: Path, files: list[str], *, asked: str, runs: int) -> None:
    """Measure upstream and us at one version over all files in one process, and print a table."""
    upstream = [str(python), "-c", THEIRS, asked]
    theirs = started(upstream, folder, files, runs=1)
    print(f"\nall files in one process, {asked} version     start s  ms a file  times less  whole run  same verdicts")
    row("upstream", theirs, theirs, len(files))
    held = asked == HELD
    for title, way, wanted in (
        ("ours, with yamllint", ["same"], WITH_YAMLLINT if held else None),
        ("ours, all checks with yamllint", ["all"], None),
        ("ours, upstream's work without yamllint", ["schema"], WITHOUT_YAMLLINT if held else None),
        ("ours, the three checks without yamllint", ["same", "--no-yamllint"], None),
        ("ours, all checks without yamllint", ["all", "--no-yamllint"], None),
    ):
        ours = started([*OURS, *way, "--version", asked], folder, files, runs=runs)
        row(title, ours, theirs, len(files), wanted=wanted)


def compare_pulls(python: Path, folder: Path, files: list[str], *, runs: int) -> None:
    """Measure upstream and us over pull requests, one after the other, as each is deployed."""
    pulls: dict[str, list[str]] = {}
    for name in files:
        number, path = name.split("/", 1)
        pulls.setdefault(number, []).append(path)
    upstream = [str(python), "-c", THEIRS, "latest"]
    theirs = sum(
        measure(upstream, folder, [f"{number}/{path}" for path in paths]).seconds for number, paths in pulls.items()
    )
    rows = ["\t".join((number, *paths)) for number, paths in pulls.items()]
    print(f"\n{len(pulls)} pull requests, one at a time, latest version   CPU s  ms a pull request  times less")
    print(f"{'upstream, a process each':44s}{theirs:9.2f}{1000 * theirs / len(pulls):19.2f}")
    ran = started([*OURS, "pulls"], folder, rows, runs=runs)
    ours, start = ran.seconds - ran.start, ran.start
    ratio = theirs / ours
    title, verdict = "ours, all checks, in the waiting child", said(ratio, WITH_YAMLLINT)
    print(f"{title:44s}{ours:9.2f}{1000 * ours / len(pulls):19.2f}{ratio:12.1f}{verdict}")
    print(f"the child takes {start:.2f} s to start")


def measure(arguments: list[str], folder: Path, files: list[str]) -> Measured:
    """Run a command over files, and count the CPU seconds of it and its children."""
    path = str(Path(arguments[0]).parent)  # yamllint, and no yq
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        arguments,
        input="".join(f"{name}\n" for name in files),
        cwd=folder,
        env={"PATH": path, "PYTHONPATH": str(ROOT) if arguments[0] == sys.executable else "", "LC_ALL": "C.UTF-8"},
        check=False,
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        sys.exit(done.stderr)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(seconds=seconds, verdicts=json.loads(done.stdout))


def started(arguments: list[str], folder: Path, files: list[str], *, runs: int) -> Measured:
    """Give the run over files whose time is the median, and the median of what a run over none takes."""
    measured = [measure(arguments, folder, files) for _ in range(runs)]
    middle = statistics.median_low(each.seconds for each in measured)
    start = statistics.median_low(measure(arguments, folder, []).seconds for _ in range(max(runs, STARTS)))
    return replace(next(each for each in measured if each.seconds == middle), start=start)


def row(title: str, measured: Measured, theirs: Measured, files: int, *, wanted: int | None = None) -> None:
    """Print one row: what a file costs, and how many times less that and a whole run are than upstream's."""
    other = [name for name, passes in theirs.verdicts.items() if measured.verdicts[name] != passes]
    same = len(theirs.verdicts) - len(other)
    ratio = (theirs.seconds - theirs.start) / (measured.seconds - measured.start)
    whole = theirs.seconds / measured.seconds
    verdict = "" if wanted is None else said(ratio, wanted)
    cost = 1000 * (measured.seconds - measured.start) / files
    print(f"{title:42s}{measured.start:8.2f}{cost:11.2f}{ratio:12.1f}{whole:11.1f}{same:8d} of {files}{verdict}")
    for name in other[:SHOWN]:
        print(f"  upstream {'passes' if theirs.verdicts[name] else 'refuses'} {name}")


def said(ratio: float, wanted: int) -> str:
    """Say whether a ratio is what is wanted."""
    return f"   {'met' if ratio >= wanted else 'below'} {wanted}"


if __name__ == "__main__":
    main()
