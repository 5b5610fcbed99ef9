"""How long a push waits for its triage check run, and where the time goes: forge and bot together on two cores.

A fork pushes to pull requests that are open: one at a time, and then ten at once. The clock runs from the webhook's
arrival at the bot to the answer to the request that completes the triage check run. Run on an idle machine: the load
is printed, and the best block of pushes is what the program needs, the others what the machine gave it.
"""

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from espalier.demo.controls import Controls
from espalier.demo.github import Clone, Person, clone
from espalier.demo.options import free_port
from espalier.demo.processes import Children, children

RUN = "espalier / triage"
TAXONOMY = "orchard/taxonomy"
TARGET_ALONE, TARGET_TEN = 0.250, 1.5
PATIENCE = 60.0
KINDS = (
    (r"POST .*/check-runs", "write the check run"),
    (r"PATCH .*/check-runs/.*", "write the check run"),
    (r"GET .*/check-runs", "list check runs"),
    (r"GET .*/comments", "list comments"),
    (r"(POST|PATCH) .*/comments(/.*)?", "write the report"),
    (r"GET .*/contents/.*", "policy"),
    (r"GET /repos/[^/]+/[^/]+$", "repository"),
    (r"GET .*/pulls/\d+$", "pull request"),
    (r"GET .*/pulls/\d+/files", "files"),
    (r"GET .*/pulls/\d+/commits", "commits"),
    (r"GET .*/git/trees/.*", "tree"),
    (r"GET .*/git/blobs/.*", "blobs"),
    (r"GET .*/compare/.*", "compare"),
    (r"GET .*/labels", "list labels"),
    (r"GET .*/git/ref/.*", "base branch's head"),
    (r"(POST|DELETE) .*labels.*", "write labels"),
    (r"POST /app/.*", "token"),
    (r"GET /app", "identity"),
)
LICENCE = "Title of work: Quay\nLink to work: -\nLicense of the work: CC-BY-4.0\nCreator names: June Tallow\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One push's way: seconds from the webhook to the finished check run, and what they were spent on."""

    sha: str
    seconds: float
    parts: dict[str, float]
    after: float
    """Seconds from the check run to the delivery's end: labels and report."""
    requests: int


def main(argv: Sequence[str]) -> int:
    """Measure and print.

    Returns:
        0 if both targets are met in the best block, else 1.
    """
    options = _parser().parse_args(argv)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    with tempfile.TemporaryDirectory(prefix="espalier-bench-") as name, children(Path(name) / "logs") as family:
        bench = _set_up(Path(name), family)
        before = _cpu(family)
        alone = [
            [_push(bench, [index % bench.pulls], number=block * 1000 + index + 1)[0] for index in range(options.pushes)]
            for block in range(options.blocks)
        ]
        pushes = options.pushes * options.blocks
        cpu = {name: (seconds - before[name]) / pushes for name, seconds in _cpu(family).items()}
        together = [_push(bench, range(10), number=90_000 + number) for number in range(options.rounds)]
    return _print(alone, together, cpu)


def _cpu(family: Children) -> dict[str, float]:
    """Give the seconds of CPU that each server took so far, with all that it started."""
    seconds = {}
    for name, child in family.running.items():
        server = psutil.Process(child.pid)
        times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
        seconds[name] = sum(time.user + time.system + time.children_user + time.children_system for time in times)
    return seconds


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pushes", type=int, default=20, help="pushes in a block, one at a time (default: 20)")
    parser.add_argument("--blocks", type=int, default=3, help="blocks of pushes (default: 3)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of ten pushes at once (default: 5)")
    return parser


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What stands once all is set up."""

    fork: Clone
    record: Path
    pulls: int


def _set_up(folder: Path, family: Children) -> Bench:
    told = family.start_server("forge", ["-m", "forge", "--data", str(folder / "forge"), "--port", "0"], env={})
    controls = Controls(forge=told["address"], token=told["admin_token"])
    owner, june = (controls.join(login, login.title()) for login in ("orchard", "june"))
    owner.post("/user/repos", name="taxonomy")
    home = clone(owner, TAXONOMY, folder / "home")
    home.write(
        {"README.md": "# A taxonomy\n"}
        | {
            f"compositional_skills/old/leaf{number}/{name}": text
            for number in range(200)
            for name, text in _leaf(number).items()
        }
    )
    home.commit("Plant the tree", "--signoff")
    home.git("push", "--quiet", "origin", "HEAD:main")
    record = folder / "record.jsonl"
    _start_bot(folder, family, controls, owner, record)
    june.post(f"/repos/{TAXONOMY}/forks")
    fork = clone(june, "june/taxonomy", folder / "fork")
    bench = Bench(fork=fork, record=record, pulls=10)
    for index in range(bench.pulls):
        fork.git("checkout", "--quiet", "-B", f"leaf{index}", "origin/main")
        sha = _commit(fork, index, number=0)
        fork.git("push", "--quiet", "origin", f"leaf{index}")
        title, head = f"Add leaf {index}", f"june:leaf{index}"
        june.post(f"/repos/{TAXONOMY}/pulls", title=title, body="A leaf.", head=head, base="main")
        _await(bench, [sha])
    return bench


def _start_bot(folder: Path, family: Children, controls: Controls, owner: Person, record: Path) -> None:
    port = free_port()
    app = controls.register_app(owner, bot_port=port)
    key = folder / "app.pem"
    key.write_text(str(app["pem"]), encoding="ascii")
    family.start_server(
        "bot",
        [str(Path(__file__).with_name("timed_bot.py")), str(record)],
        env={
            "ESPALIER_GITHUB_API_URL": f"{controls.forge}/api/v3",
            "ESPALIER_APP_ID": str(app["id"]),
            "ESPALIER_PRIVATE_KEY_FILE": str(key),
            "ESPALIER_WEBHOOK_SECRET": str(app["webhook_secret"]),
            "ESPALIER_DATA_DIR": str(folder / "bot"),
            "ESPALIER_PORT": str(port),
            "ESPALIER_RAY_ADDRESS": "http://127.0.0.1:9",  # no build is asked for
        },
    )
    controls.install_app(app, account="orchard")


def _push(bench: Bench, indexes: Sequence[int], *, number: int) -> list[Timed]:
    """Push to pull requests at once, and wait until all have their check run."""
    shas = []
    for index in indexes:
        bench.fork.git("checkout", "--quiet", f"leaf{index}")
        shas.append(_commit(bench.fork, index, number=number))
    bench.fork.git("push", "--quiet", "origin", *(f"leaf{index}" for index in indexes))
    return _await(bench, shas)


def _commit(fork: Clone, index: int, *, number: int) -> str:
    fork.write({f"compositional_skills/new/leaf{index}/{name}": text for name, text in _leaf(number + index).items()})
    return fork.commit(f"Write leaf {index} anew, for the {number}th time", "--signoff")


def _leaf(number: int) -> dict[str, str]:
    rows = "".join(
        f"  - question: How does keeper {n} of quay {number} greet a boat at dusk?\n    answer: |\n"
        f"      Fair tide to thee, boat {n} of quay {number}, and a lantern for thy way home.\n"
        for n in range(6)
    )
    head = f"version: 3\ntask_description: Greet boats at quay {number}\ncreated_by: june\nseed_examples:\n"
    return {"qna.yaml": head + rows, "attribution.txt": LICENCE}


def _await(bench: Bench, shas: Sequence[str]) -> list[Timed]:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        time.sleep(0.05)  # seldom: looking takes processor time from what is measured
        timed = list(_timed(_records(bench), shas)) if bench.record.exists() else []
        if len(timed) == len(shas):
            return timed
    raise SystemExit(f"{len(shas)} check runs did not come within {PATIENCE:.0f} s")


Record = dict[str, object]


def _records(bench: Bench) -> list[Record]:
    text = bench.record.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()[-1500:] if line.endswith("}")]


def _timed(records: Sequence[Record], shas: Sequence[str]) -> Iterator[Timed]:
    for sha in shas:
        mine = [item for item in records if item.get("sha") == sha]
        arrived = min((_seconds(item, "began") for item in mine if item["what"] == "webhook"), default=None)
        delivery = next((item for item in mine if item["what"] == "delivery"), None)
        done = [
            _seconds(item, "ended")
            for item in records
            if (item.get("name"), item.get("head_sha"), item.get("status")) == (RUN, sha, "completed")
        ]
        if arrived is None or delivery is None or not done:
            continue
        began, ended = _seconds(delivery, "began"), _seconds(delivery, "ended")
        parts: dict[str, float] = defaultdict(float)
        parts["wait for a worker"] = began - arrived
        inside = [item for item in records if _within(item, delivery)]
        for item in inside:
            if item["what"] in {"request", "judge"} and _seconds(item, "ended") <= done[0]:
                kind = _kind(item) if item["what"] == "request" else "judge"
                parts[kind] += _seconds(item, "ended") - _seconds(item, "began")
        requests = sum(item["what"] == "request" for item in inside)
        yield Timed(sha=sha, seconds=done[0] - arrived, parts=dict(parts), after=ended - done[0], requests=requests)


def _within(item: Record, delivery: Record) -> bool:
    """Tell whether something was done for a delivery: in its thread, or in one that reads for it meanwhile."""
    of_thread = item["thread"] == delivery["thread"] or str(item["thread"]).startswith("reader")
    return of_thread and _seconds(delivery, "began") <= _seconds(item, "began") <= _seconds(delivery, "ended")


def _seconds(item: Record, name: str) -> float:
    value = item[name]
    return value if isinstance(value, float) else 0.0


def _kind(item: Record) -> str:
    asked = f"{item['method']} {str(item['path']).partition('?')[0]}"
    return next((kind for pattern, kind in KINDS if re.fullmatch(pattern, asked)), asked)


def _print(alone: Sequence[Sequence[Timed]], together: Sequence[Sequence[Timed]], cpu: Mapping[str, float]) -> int:
    print(f"load of the machine: {os.getloadavg()[0]:.1f}, cores used: {len(os.sched_getaffinity(0))}")
    medians = [statistics.median(one.seconds for one in block) for block in alone]
    best = alone[medians.index(min(medians))]
    print(f"\none pull request alone, {len(best)} pushes a block; median of each block in ms:")
    print(
        "  " + "  ".join(f"{median * 1000:.0f}" for median in medians) + f"   (wanted: below {TARGET_ALONE * 1000:.0f})"
    )
    print("\nhow the time of the best block divides, mean ms (parallel requests overlap):")
    kinds = sorted({kind for one in best for kind in one.parts})
    means = {kind: statistics.fmean(one.parts.get(kind, 0.0) for one in best) for kind in kinds}
    for kind, mean in sorted(means.items(), key=lambda item: -item[1]):
        print(f"  {mean * 1000:7.1f}  {kind}")
    print(f"  {statistics.fmean(one.seconds for one in best) * 1000:7.1f}  from webhook to check run")
    print(f"  {statistics.fmean(one.after for one in best) * 1000:7.1f}  labels and report, after it")
    print(f"  {statistics.fmean(one.requests for one in best):7.1f}  requests for a push")
    for name, seconds in cpu.items():
        print(f"  {seconds * 1000:7.1f}  CPU of the {name} for a push, all of it: hooks, labels and report too")
    last = [max(one.seconds for one in block) for block in together]
    print("\nten at once; ms until the last has its check run, by round:")
    print("  " + "  ".join(f"{seconds * 1000:.0f}" for seconds in last) + f"   (wanted: below {TARGET_TEN * 1000:.0f})")
    return 0 if min(medians) < TARGET_ALONE and min(last, default=0.0) < TARGET_TEN else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
