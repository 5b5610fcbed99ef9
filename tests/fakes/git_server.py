"""A real Git host on loopback: `git http-backend` behind a small HTTP server, with the ways in which hosts fail."""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

QUIET = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GitServer:
    """A running host and the folder that its repositories stand in."""

    root: Path
    port: int
    requests: list[str]
    headers: list[dict[str, str]]
    """Of each request, by name in lower case."""
    moved_to: list[str]
    """Where `/away/…` redirects to: the last of these."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, name: str) -> str:
        return f"http://{self.host}/{name}"


def git(folder: Path, *arguments: str, stdin: bytes | None = None) -> str:
    """Run git in a folder, free of this machine's configuration."""
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **QUIET}, input=stdin, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def commit_files(
    root: Path, name: str, files: Mapping[str, str | bytes], *, links: Mapping[str, str] | None = None
) -> str:
    """Commit files and symbolic links on top of what the repository holds; give the commit's SHA."""
    folder = root / name
    if not folder.exists():
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
    for path, aim in (links or {}).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).symlink_to(aim)
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "Add files")
    return git(folder, "rev-parse", "HEAD")


class Host(ThreadingHTTPServer):
    """The HTTP server, with what its handler has to know."""

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.root = root
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.moved_to: list[str] = []
        self.ended = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """`/moved/…` and `/away/…` redirect, `/page` is a web page, `/error` 503, `/private` 401, `/slow` late; or git."""

    server: Host

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _answer(self, body: bytes) -> None:
        self.server.requests.append(self.path)
        self.server.headers.append({name.lower(): value for name, value in self.headers.items()})
        path, _, query = self.path.partition("?")
        if path.startswith("/moved/"):
            self._send(301, {"Location": self.path.removeprefix("/moved")}, b"")
        elif path.startswith("/away/"):
            self._send(302, {"Location": self.server.moved_to[-1] + self.path.partition(".git")[2]}, b"")
        elif path.startswith("/error"):
            self._send(503, {}, b"")
        elif path.startswith("/page"):
            self._send(200, {"Content-Type": "text/html"}, b"<p>no repository here")
        elif path.startswith("/slow"):
            self.server.ended.wait(7)
            self._send(503, {}, b"")
        elif path.startswith("/private"):
            self._send(401, {"WWW-Authenticate": 'Basic realm="x"'}, b"")
        else:
            self._send(*self._git(path, query, body))

    def _git(self, path: str, query: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        environment = {
            **os.environ,
            **QUIET,
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], env=environment, input=body, capture_output=True, check=False)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if line)
        return int(fields.pop("Status", "200 OK").split()[0]), fields, content

    def _send(self, status: int, fields: Mapping[str, str], content: bytes) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):  # a client that gave up
            self._write(status, fields, content)

    def _write(self, status: int, fields: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def serving(root: Path) -> Iterator[GitServer]:
    """Serve the repositories below `root`."""
    host = Host(root)
    thread = threading.Thread(target=host.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield GitServer(
            root=root, port=host.server_address[1], requests=host.requests, headers=host.headers, moved_to=host.moved_to
        )
    finally:
        host.ended.set()
        host.shutdown()
        thread.join()
        host.server_close()
