"""Peak memory of a command and all that it starts: `measure_tree.py [--every 0.5] [--limit-mib 4096] -- COMMAND…`.

Sums PSS (each shared page is counted once over all processes, proc(5) smaps_rollup), and RSS for comparison, over the
process tree, orphans included; prints the peaks and what stood at the peak on standard error. Or `--pid PID`.
"""

import argparse
import ctypes
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence

import psutil

PR_SET_CHILD_SUBREAPER = 36  # include/uapi/linux/prctl.h
MIB = 2**20


def main(argv: Sequence[str]) -> int:
    """Run or watch, and print the peak; the command's own exit code, or 3 if it went over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two samples")
    parser.add_argument("--limit-mib", type=float, help="exit with 3 if the sum of PSS was ever above this")
    parser.add_argument("--pid", type=int, help="watch this process and its descendants until it ends")
    parser.add_argument("command", nargs="*")
    arguments = parser.parse_args(argv)
    if (arguments.pid is None) == (not arguments.command):
        parser.error("give either --pid or a command")
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    process = None if arguments.command == [] else subprocess.Popen(arguments.command)
    root = psutil.Process(arguments.pid if process is None else process.pid)
    peak_pss = peak_rss = 0
    names: Counter[str] = Counter()
    began = time.monotonic()
    try:
        while (
            root.is_running() and root.status() != psutil.STATUS_ZOMBIE and (process is None or process.poll() is None)
        ):
            pss, rss, now = sample(root if process is None else psutil.Process())
            peak_rss = max(peak_rss, rss)
            if pss > peak_pss:
                peak_pss, names = pss, now
            time.sleep(arguments.every)
    except (KeyboardInterrupt, psutil.NoSuchProcess):
        pass
    report(peak_pss, peak_rss, names, time.monotonic() - began)
    if arguments.limit_mib is not None and peak_pss > arguments.limit_mib * MIB:
        return 3
    return 0 if process is None else process.wait()


def sample(root: psutil.Process) -> tuple[int, int, Counter[str]]:
    """Sum PSS and RSS in bytes over a tree; the measuring process itself is left out."""
    pss = rss = 0
    names: Counter[str] = Counter()
    for process in [root, *root.children(recursive=True)]:
        try:
            if process.pid == psutil.Process().pid:
                continue
            memory = process.memory_full_info()
            own = getattr(memory, "pss", memory.rss)
            name = " ".join(process.cmdline())[:100]
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        pss += own
        rss += memory.rss
        names[name] += own
    return pss, rss, names


def report(pss: int, rss: int, names: Counter[str], seconds: float) -> None:
    """Print the peaks, and who had how much then."""
    print(f"peak: {pss / MIB:,.0f} MiB PSS, {rss / MIB:,.0f} MiB RSS, watched {seconds:.1f} s", file=sys.stderr)
    for name, own in names.most_common(25):
        print(f"{own / MIB:8,.0f} MiB  {name}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
