"""A real PostgreSQL server for tests: one that the environment names, or Debian's, started in a folder of its own."""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

NAMED = "ESPALIER_TEST_POSTGRES_URL"
"""A server's URL, of a role that may make databases; its own database is not touched."""
DEBIAN = Path("/usr/lib/postgresql")
OWNER = "postgres"
"""Whom the server runs as where the tests run as root, whom PostgreSQL refuses; Debian's package makes it."""


class NoPostgresError(Exception):
    """There is no PostgreSQL here; the message says what would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    url: str
    process: "subprocess.Popen[bytes] | None" = None

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make a database for as long as the block lasts; gives its URL."""
        name = f"espalier_{secrets.token_hex(6)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'".encode())
        parts = psycopg.conninfo.conninfo_to_dict(self.url)
        try:
            yield _url({**parts, "dbname": name})
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[Server]:
    """Give the server that the environment names, or start one for as long as the block lasts.

    Args:
        durable: Whether it waits for the disk. Nobody pulls this machine's plug, so that what a test shows by killing
            processes holds without.

    Raises:
        NoPostgresError: if there is neither.
    """
    named = os.environ.get(NAMED)
    if named:
        yield Server(url=named)
        return
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="espalier-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, OWNER, OWNER)
        data = folder / "data"
        _run([programs / "initdb", "--auth=trust", f"--username={OWNER}", "--encoding=UTF8", "--no-sync", "-D", data])
        command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses="]
        command += [] if durable else ["-c", "fsync=off"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(_as_owner(command), stdout=log, stderr=log, cwd=folder)
        try:
            server = Server(url=_url({"user": OWNER, "dbname": "postgres", "host": str(folder)}), process=process)
            _await(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    newest = sorted(DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if newest:
        return newest[-1].parent
    found = shutil.which("initdb")
    if found is None:
        raise NoPostgresError(f"install Debian's postgresql, or set {NAMED} to a server's URL")
    return Path(found).parent


def _as_owner(command: list[Path | str]) -> list[str]:
    arguments = [str(part) for part in command]
    if os.geteuid() != 0:
        return arguments
    # Not runuser: it stands between us and the server, and would not pass a signal on.
    return ["setpriv", f"--reuid={OWNER}", f"--regid={OWNER}", "--clear-groups", *arguments]


def _run(command: list[Path | str]) -> None:
    done = subprocess.run(_as_owner(command), capture_output=True, text=True, check=False, cwd="/")
    if done.returncode:
        raise NoPostgresError(f"{command[0]} failed: {done.stderr.strip()}")


def _await(server: Server, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise NoPostgresError(f"the server ended: {log.read_text()[-2000:]}")
        try:
            psycopg.connect(server.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            # Its socket is not there yet.
            try:
                process.wait(timeout=0.1)
            except subprocess.TimeoutExpired:
                continue
        else:
            return
    raise NoPostgresError(f"the server does not answer: {log.read_text()[-2000:]}")


def _url(parts: dict[str, object]) -> str:
    """Write a URL; the folder of a socket, or a host, goes into its query, where libpq takes either."""
    rest = "&".join(f"{name}={value}" for name, value in parts.items() if name != "dbname")
    return f"postgresql:///{parts['dbname']}?{rest}"
