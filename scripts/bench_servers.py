"""The servers that `bench_bot.py` compares: Probot with an app that does nothing, and the bot's web side and store."""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from espalier.demo.options import free_port
from espalier.demo.processes import Children

HERE = Path(__file__).parent
PACKAGES = ("probot@14.3.2", "@octokit/webhooks-examples@7.6.1")
SECRET = secrets.token_hex(20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that takes webhooks."""

    name: str
    url: str
    pids: tuple[int, ...]

    def cpu(self) -> float:
        """Give the seconds of CPU that it took so far, with all that it started."""
        total = 0.0
        for pid in self.pids:
            process = psutil.Process(pid)
            for each in (process, *process.children(recursive=True)):
                times = each.cpu_times()
                total += times.user + times.system
            times = process.cpu_times()
            total += times.children_user + times.children_system
        return total

    def memory(self) -> float:
        """Give its resident memory in MiB."""
        return psutil.Process(self.pids[0]).memory_info().rss / 2**20


def install(folder: Path) -> Path:
    """Install Probot and GitHub's example payloads.

    Raises:
        SystemExit: if there is no npm.
    """
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is needed, for Probot and for GitHub's example payloads; install Node.js 20 or later.")
    folder.mkdir()
    subprocess.run([npm, "install", "--silent", "--no-audit", "--prefix", str(folder), *PACKAGES], check=True)
    return folder


@contextmanager
def noop_probot(node: Path) -> Iterator[Server]:
    """Run Probot until the block ends.

    Raises:
        SystemExit: if it does not start.
    """
    key = node / "app.pem"
    key.write_text(_private_key(), encoding="ascii")
    env = {
        "APP_ID": "7", "PRIVATE_KEY_PATH": str(key), "WEBHOOK_SECRET": SECRET, "HOST": "127.0.0.1",
        "PORT": str(free_port()), "NODE_ENV": "production",
    }  # fmt: skip
    command = ["node", str(HERE / "probot_noop.mjs")]
    with subprocess.Popen(command, env={**os.environ, **env}, cwd=node, stdout=subprocess.PIPE) as process:
        try:
            line = process.stdout.readline() if process.stdout is not None else b""
            if not line:
                raise SystemExit("Probot did not start; what it says stands above.")
            url = f"{json.loads(line)['address']}/api/github/webhooks"
            yield Server(name="Probot, which keeps nothing", url=url, pids=(process.pid,))
        finally:
            process.terminate()


def accepting_bot(
    family: Children, data: Path, name: str, *, database: str | None = None, also: Sequence[int] = ()
) -> Server:
    """Start the bot's web side and store; `also` are the processes of its database."""
    env = {
        "ESPALIER_APP_ID": "7",
        "ESPALIER_PRIVATE_KEY": _private_key(),
        "ESPALIER_WEBHOOK_SECRET": SECRET,
        "ESPALIER_GITHUB_API_URL": "http://127.0.0.1:9/api/v3",  # nobody is asked
        "ESPALIER_DATA_DIR": str(data),
        "ESPALIER_DATABASE_URL": database or "",
        "ESPALIER_PORT": "0",
    }
    told = family.start_server(data.name, [str(HERE / "accepting_bot.py")], env=env)
    pids = (family.running[data.name].pid, *also)
    return Server(name=name, url=f"{told['address']}/webhooks/github", pids=pids)


def _private_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(kind, form, serialization.NoEncryption()).decode()
