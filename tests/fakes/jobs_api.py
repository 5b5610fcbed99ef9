"""A small cluster: Ray's Jobs API over HTTP with token authentication, running a tiny build in place of a real one."""

import json
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUILD = Path(__file__).with_name("tiny_build.py")
TOKEN = "cluster-token"


@dataclass(slots=True, kw_only=True)
class Job:
    """A submitted job and its process."""

    entrypoint: str
    process: subprocess.Popen[bytes]
    stopped: bool = False

    @property
    def status(self) -> str:
        code = self.process.poll()
        if code is None:
            return "RUNNING"
        if self.stopped:
            return "STOPPED"
        return "SUCCEEDED" if code == 0 else "FAILED"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """The cluster's state; `behaviour` says what the next jobs do: succeed, fail, die, or wait for `go`."""

    address: str = ""
    token_file: Path = Path()
    behaviour: str = "succeed"
    jobs: dict[str, Job] = field(default_factory=dict)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, build_id: str, entrypoint: str) -> int:
        with self.turn:
            if build_id in self.jobs:
                return 500  # as Ray answers a duplicate
            words = shlex.split(entrypoint)
            artifacts = Path(words[words.index("--artifacts") + 1])
            folder = artifacts / "builds" / words[words.index("--id") + 1]
            process = subprocess.Popen([sys.executable, str(BUILD), str(folder), self.behaviour])
            self.jobs[build_id] = Job(entrypoint=entrypoint, process=process)
            return 200

    def stop(self, build_id: str) -> None:
        job = self.jobs[build_id]
        if job.process.poll() is None:
            job.stopped = True
            job.process.send_signal(signal.SIGTERM)

    def forget(self) -> None:
        """Lose all jobs, as a cluster does that was started anew."""
        self.end()
        self.jobs.clear()

    def end(self) -> None:
        for job in self.jobs.values():
            job.process.kill()
            job.process.wait()


@contextmanager
def jobs_api(folder: Path) -> Iterator[Cluster]:
    """Run a cluster until the block ends."""
    cluster = Cluster(token_file=folder / "ray-token")
    cluster.token_file.write_text(TOKEN, encoding="ascii")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/api/version":
                self.answer(200, {"ray_version": "2.60.0"})
                return
            job = cluster.jobs.get(self.path.rsplit("/", 1)[-1])
            if job is None:
                self.answer(404, "Job does not exist")
                return
            self.answer(200, {"type": "SUBMISSION", "status": job.status, "message": f"Job {job.status.lower()}."})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            if self.path == "/api/jobs/":
                asked = json.loads(body)
                self.answer(cluster.submit(asked["submission_id"], asked["entrypoint"]), {"job_id": None})
            elif self.path.split("/")[3] in cluster.jobs:
                cluster.stop(self.path.split("/")[3])
                self.answer(200, {"stopped": True})
            else:
                self.answer(404, "Job does not exist")

        def answer(self, status: int, data: object) -> None:
            if self.headers.get("authorization") != f"Bearer {TOKEN}":
                status, data = 401, "Unauthorized"
            text = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    cluster.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        cluster.end()
