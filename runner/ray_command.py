"""Ray's own command line, as a process that is lighter than usual and does not outlive the one that started it.

`python -m runner.ray_command PARENT_PID start --head …`
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


def main() -> None:
    """Die with the parent, hide what a head has no need of, and hand over to Ray."""
    parent = int(sys.argv.pop(1))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)  # it was gone before the kernel was asked
    # The command imports Ray Serve, and with it pandas and FastAPI, for `ray serve` alone; without them it says so in
    # its debug log and takes 90 MB less for as long as the head lives.
    sys.modules["ray.serve"] = None  # type: ignore[assignment] # Python's own way of saying: not to be imported
    from ray.scripts.scripts import main as ray  # noqa: PLC0415 - only after the line above

    sys.argv[0] = "ray"
    ray()  # type: ignore[no-untyped-call] # click's


if __name__ == "__main__":
    main()
