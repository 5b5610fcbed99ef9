"""A running forge, the people and Apps in it, and their clones: what the tests of the forge act through."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, TypeAlias

import httpx
import jwt
import uvicorn

from forge.app import create_app
from tests.github.contract import ContractError, check_delivery
from tests.github.watch import watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
PATIENCE = 10.0
# Making one takes longer than most requests here, which need none.
TLS = ssl.create_default_context()
GIT_ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}
ALL_EVENTS = (
    "pull_request", "push", "issue_comment", "pull_request_review", "pull_request_review_comment", "check_suite",
    "check_run", "label", "create", "delete", "issues", "status", "fork",
)  # fmt: skip
ALL_PERMISSIONS = {
    "checks": "write", "contents": "write", "issues": "write", "pull_requests": "write", "statuses": "write",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A webhook as it arrived."""

    event: str
    payload: dict[str, Json]
    headers: dict[str, str]
    body: bytes

    @property
    def name(self) -> str:
        """The event with its action."""
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event


@dataclass(slots=True)
class Mailbox:
    """What an App has received, each delivery held to GitHub's schemas."""

    secret: str | None = None
    received: list[Received] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    status: int = 202
    delay: float = 0.0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Keep a delivery, and what is wrong with it."""
        with self.changed:
            try:
                check_delivery(headers, body, secret=self.secret)
            except ContractError as error:
                self.failures.append(str(error))
            known = {name.lower(): value for name, value in headers.items()}
            event = known["x-github-event"]
            self.received.append(Received(event=event, payload=json.loads(body), headers=known, body=body))
            self.changed.notify_all()

    def wait(self, *names: str) -> list[Received]:
        """Wait for deliveries of these names (each as often as it is named) and give them in this order.

        Raises:
            AssertionError: if they do not all come.
        """
        wanted = Counter(names)
        with self.changed:
            self.changed.wait_for(lambda: not wanted - Counter(item.name for item in self.received), PATIENCE)
            missing = wanted - Counter(item.name for item in self.received)
            assert not missing, f"no {dict(missing)} among {[item.name for item in self.received]}"
            found = []
            for name in names:
                seen = [item for item in self.received if item.name == name and not any(item is one for one in found)]
                found.append(seen[0])
            return found

    def clear(self) -> None:
        """Forget what came so far."""
        with self.changed:
            self.received.clear()


class PostOffice:
    """An HTTP server with a mailbox for each path."""

    def __init__(self) -> None:
        self.boxes: dict[str, Mailbox] = {}
        boxes = self.boxes

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                box = boxes[self.path]
                box.take(dict(self.headers), body)
                time.sleep(box.delay)
                with contextlib.suppress(BrokenPipeError):  # the sender may have given up
                    self.send_response(box.status)
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def open_box(self) -> tuple[str, Mailbox]:
        """Make a mailbox and give its address."""
        path, box = f"/{secrets.token_hex(4)}", Mailbox()
        self.boxes[path] = box
        return f"http://127.0.0.1:{self._server.server_port}{path}", box

    def close(self) -> None:
        """Stop to serve."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user with their token and a client that holds every answer to GitHub's description."""

    login: str
    token: str
    email: str
    api: httpx.Client


@dataclass(slots=True, kw_only=True)
class Robot:
    """An App, its secrets, its mailbox, and clients for itself and its installation."""

    world: World
    id: int
    slug: str
    client_id: str
    pem: str
    box: Mailbox
    installation: int = 0

    def jwt(self, *, issuer: str | None = None, age: int = 30, life: int = 500, key: str | None = None) -> str:
        """Sign a JWT; the defaults make a valid one."""
        now = int(time.time())
        claims = {"iss": issuer or str(self.id), "iat": now - age, "exp": now + life}
        return jwt.encode(claims, key or self.pem, algorithm="RS256")

    @property
    def api(self) -> httpx.Client:
        """A client with the App's own authority."""
        return self.world.client(f"Bearer {self.jwt()}")

    def token(self, **scope: Json) -> str:
        """Get an installation token."""
        answer = self.api.post(f"/app/installations/{self.installation}/access_tokens", json=scope)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    def as_installation(self, **scope: Json) -> httpx.Client:
        """Make a client with the installation's authority, or less."""
        return self.world.client(f"Bearer {self.token(**scope)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A working copy."""

    folder: Path
    person: Person

    def git(self, *arguments: str, code: int = 0) -> str:
        """Run git as the person."""
        identity = {"GIT_AUTHOR_NAME": self.person.login.title(), "GIT_AUTHOR_EMAIL": self.person.email}
        identity |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in identity.items()}
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**GIT_ENVIRONMENT, **identity},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        return done.stdout.strip() if code == 0 else done.stderr

    def commit(self, message: str, **files: str) -> str:
        """Write files (`_` in a name is `.`), commit them, and give the SHA."""
        for name, text in files.items():
            path = self.folder / name.replace("__", "/").replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


class World:
    """A forge that serves on loopback, with whoever is needed in it."""

    def __init__(self, data: Path, scratch: Path) -> None:
        self._scratch = scratch
        self.admin_token = secrets.token_hex(8)
        self.post = PostOffice()
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.data = data
        self.app = create_app(data=data, address=self.address, admin_token=self.admin_token)
        config = uvicorn.Config(self.app, log_level="warning", access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],), daemon=True)
        self._clients: list[httpx.Client] = []

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()
        deadline = time.monotonic() + PATIENCE
        while not self._server.started:
            assert time.monotonic() < deadline, "the forge does not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """End everything."""
        for client in self._clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(PATIENCE)
        self._listener.close()
        self.post.close()

    def client(self, authorization: str | None = None) -> httpx.Client:
        """Make a client of the REST API that holds every answer to GitHub's description."""
        headers = {} if authorization is None else {"Authorization": authorization}
        base = f"{self.address}/api/v3"
        client = watch(httpx.Client(base_url=base, headers=headers, timeout=PATIENCE, verify=TLS))
        self._clients.append(client)
        return client

    def control(self, method: str, path: str, **body: Json) -> dict[str, Json]:
        """Use the forge's own controls."""
        headers = {"Authorization": f"Bearer {self.admin_token}"}
        answer = httpx.request(method, f"{self.address}/_forge/{path}", json=body, headers=headers, verify=TLS)
        assert answer.is_success, answer.text
        content: dict[str, Json] = answer.json() if answer.content else {}
        return content

    def person(self, name: str = "pat", kind: str = "User") -> Person:
        """Make a user whose login starts with a name."""
        login = f"{name}-{secrets.token_hex(3)}"
        email = f"{login}@example.org"
        made = self.control("POST", "users", login=login, name=name.title(), email=email, type=kind)
        token = str(made["token"])
        return Person(login=login, token=token, email=email, api=self.client(f"token {token}"))

    def robot(
        self,
        owner: Person,
        *,
        permissions: Mapping[str, str] | None = None,
        events: tuple[str, ...] = ALL_EVENTS,
        install: bool = True,
    ) -> Robot:
        """Register an App with a mailbox, and install it on all repositories of its owner."""
        address, box = self.post.open_box()
        manifest: dict[str, Json] = {
            "name": f"Robot {secrets.token_hex(3)}",
            "url": "https://robot.example.org",
            "hook_attributes": {"url": address},
            "default_permissions": dict(ALL_PERMISSIONS if permissions is None else permissions),
            "default_events": list(events),
        }
        code = self.control("POST", "manifests", owner=owner.login, manifest=manifest)["code"]
        answer = self.client().post(f"/app-manifests/{code}/conversions")
        assert answer.status_code == 201, answer.text
        made = answer.json()
        box.secret = made["webhook_secret"]
        robot = Robot(
            world=self, id=made["id"], slug=made["slug"], client_id=made["client_id"], pem=made["pem"], box=box
        )
        if install:
            installed = self.control("POST", "installations", app_id=robot.id, account=owner.login)
            robot.installation = int(str(installed["id"]))
        return robot

    def repository(self, owner: Person, name: str | None = None) -> str:
        """Make an empty repository and give `owner/name`."""
        answer = owner.api.post("/user/repos", json={"name": name or f"trees-{secrets.token_hex(3)}"})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["full_name"])

    def url(self, repository: str, person: Person | None = None) -> str:
        """Give the address to clone from, with a person's token."""
        host = self.address.removeprefix("http://")
        return f"http://{f'{person.login}:{person.token}@' if person else ''}{host}/{repository}.git"

    def clone(self, repository: str, person: Person) -> Clone:
        """Clone a repository."""
        folder = self._scratch / secrets.token_hex(4)
        folder.mkdir()
        copy = Clone(folder=folder, person=person)
        copy.git("clone", "--quiet", self.url(repository, person), ".")
        return copy

    def seeded(self, owner: Person) -> tuple[str, Clone]:
        """Make a repository with a first commit on `main`."""
        repository = self.repository(owner)
        copy = self.clone(repository, owner)
        copy.git("checkout", "--quiet", "-B", "main")
        copy.commit("Begin", README_md="# Trees\n", leaf__qna_yaml="version: 3\n" + "line\n" * 20)
        copy.git("push", "--quiet", "origin", "main")
        return repository, copy

    def branch(self, copy: Clone, name: str = "feature", **files: str) -> str:
        """Push a branch with one commit off `main` and give its SHA."""
        copy.git("checkout", "--quiet", "-B", name, "main")
        sha = copy.commit(f"Work on {name}", **(files or {"new_txt": "one\ntwo\n"}))
        copy.git("push", "--quiet", "--force", "origin", name)
        return sha

    def pull(self, repository: str, person: Person, head: str = "feature", **more: Json) -> dict[str, Json]:
        """Open a pull request."""
        body: dict[str, Json] = {"title": "A leaf", "head": head, "base": "main", "body": "Please.", **more}
        answer = person.api.post(f"/repos/{repository}/pulls", json=body)
        assert answer.status_code == 201, answer.text
        content: dict[str, Json] = answer.json()
        return content


@contextlib.contextmanager
def running_world(data: Path, scratch: Path) -> Iterator[World]:
    """Run a forge for as long as the block lasts."""
    world = World(data, scratch)
    world.start()
    try:
        yield world
    finally:
        world.stop()
