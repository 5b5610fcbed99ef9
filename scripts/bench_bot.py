"""What a delivery costs: accepted durably against Probot's no-op, handled, taken over from a replica that was killed.

Every server runs on this machine, on two cores, on loopback. Probot and GitHub's own example payloads come from npm.
Probot keeps nothing; the bot answers once a delivery is on the disk. CPU seconds are those of a server with all that it
started, the database's included. Run on an idle machine: the load is printed.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench_handling import drain, take_over
from bench_servers import PACKAGES, SECRET, Server, accepting_bot, install, noop_probot

from espalier.demo.processes import children
from tests.bot.postgres import NoPostgresError, postgres_server

HERE = Path(__file__).parent
CORES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of deliveries at one server."""

    sent: int
    cpu: float
    seconds: float
    p50: float
    p99: float

    @property
    def per_cpu_second(self) -> float:
        """Deliveries accepted for each second of CPU."""
        return self.sent / self.cpu


def main(argv: Sequence[str]) -> int:
    """Measure and print.

    Returns:
        0 if the bot on SQLite accepts at least as many deliveries for a second of CPU as Probot, else 1.
    """
    options = _parser().parse_args(argv)
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    print(f"{platform.machine()}, {_processor()}, {len(os.sched_getaffinity(0))} cores used; Python", end=" ")
    print(f"{platform.python_version()}; load of the machine: {os.getloadavg()[0]:.2f}")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="espalier-bench-")))
        family = stack.enter_context(children(folder / "logs"))
        node = options.node or install(folder / "node")
        payloads = node / "node_modules/@octokit/webhooks-examples/api.github.com/index.json"
        servers = [
            stack.enter_context(noop_probot(node)),
            accepting_bot(family, folder / "sqlite", "the bot on SQLite"),
        ]
        try:
            postgres = stack.enter_context(postgres_server(durable=True))
        except NoPostgresError as error:
            print(f"without PostgreSQL: {error}")
        else:
            url = stack.enter_context(postgres.database())
            own = () if postgres.process is None else (postgres.process.pid,)
            bot = accepting_bot(family, folder / "postgresql", "the bot on PostgreSQL", database=url, also=own)
            servers.append(bot)
        probot, sqlite = _accept(servers, payloads, options)
        _hold(servers[1], payloads, options)
        print(f"\nhandled on the forge: {drain(folder / 'drain', rounds=options.looks)}")
        if len(servers) > 2:  # noqa: PLR2004 - PostgreSQL is there
            with postgres.database() as url:
                print(f"taken over: {take_over(folder / 'takeover', database=url)}")
    print(f"\nthe bot on SQLite accepts {sqlite / probot:.2f} times as many for a second of CPU (wanted: at least 1)")
    return 0 if sqlite >= probot else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="of each server, in turn (default: 5)")
    parser.add_argument("--count", type=int, default=4000, help="deliveries in a round (default: 4000)")
    parser.add_argument("--connections", type=int, default=50, help="open at once (default: 50)")
    parser.add_argument("--seconds", type=float, default=60.0, help="of the load, and of its memory (default: 60)")
    parser.add_argument("--looks", type=int, default=8, help="at each pull request, handled at once (default: 8)")
    parser.add_argument("--node", type=Path, help=f"a folder with node_modules of {' and '.join(PACKAGES)}")
    return parser


def _accept(servers: Sequence[Server], payloads: Path, options: argparse.Namespace) -> tuple[float, float]:
    """Let every server accept the same deliveries in turn; gives the first two's medians."""
    print(f"\naccepted for a second of CPU, {options.rounds} rounds of {options.count} deliveries in turn:")
    for server in servers:
        _drive(server, payloads, count=1000, connections=options.connections)  # warm
    rounds: dict[str, list[Round]] = {server.name: [] for server in servers}
    for _ in range(options.rounds):
        for server in servers:
            rounds[server.name].append(_drive(server, payloads, count=options.count, connections=options.connections))
    medians = []
    for name, done in rounds.items():
        median = statistics.median(each.per_cpu_second for each in done)
        medians.append(median)
        spread = f"{min(each.per_cpu_second for each in done):,.0f} to {max(each.per_cpu_second for each in done):,.0f}"
        wall = statistics.median(each.sent / each.seconds for each in done)
        print(f"  {median:7,.0f}  {name} ({spread}); {1000 / median:.3f} CPU-ms each; {wall:,.0f} a second of time")
    return medians[0], medians[1]


def _hold(server: Server, payloads: Path, options: argparse.Namespace) -> None:
    """Keep a server under load for a while, and look at how long its answers take and at its memory."""
    print(f"\n{server.name} with {options.connections} open connections for {options.seconds:.0f} s:")
    samples = [server.memory()]
    left = options.seconds
    done: list[Round] = []
    while left > 0:
        done.append(_drive(server, payloads, seconds=min(left, options.seconds / 6), connections=options.connections))
        left -= done[-1].seconds
        samples.append(server.memory())
    sent = sum(each.sent for each in done)
    p50, p99 = statistics.median(each.p50 for each in done), max(each.p99 for each in done)
    print(f"  {sent:,} accepted, {sent / sum(each.seconds for each in done):,.0f} a second; ", end="")
    print(f"p50 {p50 * 1000:.1f} ms, p99 of the worst sixth {p99 * 1000:.1f} ms")
    print("  memory in MiB, before and after each sixth: " + " ".join(f"{sample:.0f}" for sample in samples))


def _drive(
    server: Server, payloads: Path, *, connections: int, count: int | None = None, seconds: float | None = None
) -> Round:
    bound = ["--count", str(count)] if count is not None else ["--seconds", str(seconds)]
    command = [
        sys.executable,
        str(HERE / "hook_driver.py"),
        server.url,
        "--secret",
        SECRET,
        "--payloads",
        str(payloads),
    ]
    before = server.cpu()
    done = subprocess.run(
        [*command, "--connections", str(connections), *bound], capture_output=True, text=True, check=False
    )
    cpu = server.cpu() - before
    if done.returncode:
        raise SystemExit(f"{server.name} did not accept all: {done.stdout}{done.stderr}")
    told = json.loads(done.stdout)
    return Round(sent=told["sent"], cpu=cpu, seconds=told["seconds"], p50=told["p50"], p99=told["p99"])


def _processor() -> str:
    names = {
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if "model name" in line
    }
    return ", ".join(sorted(names)) or "an unknown processor"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
