"""The world the bot lives in, for tests: a real forge, real pushes, a real bot process, and a tiny cluster."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import httpx
import uvicorn
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.store import Store, open_database
from forge.app import create_app
from forge.limits import KNOWN, Limits
from tests.fakes.faults import Faults, Lines
from tests.fakes.jobs_api import Cluster
from tests.fakes.relay import Relay, relay
from tests.github.watch import Watched

Json = dict[str, object]
ADMIN = "admin-token"
SECRET = "It's a Secret to Everybody"
PATIENCE = 40.0
QUIET_GIT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}

ATTRIBUTION = """Title of work: Words of the quay
Link to work: https://example.org/quay
License of the work: CC-BY-4.0
Creator names: June Tallow
"""


def skill(*, examples: int = 5, trailing: str = "", word: str = "lantern") -> str:
    """Give a skill's qna.yaml."""
    rows = "".join(
        f"  - question: Greet keeper {number} in the manner of the {word}.{trailing}\n"
        f"    answer: Fair tide to thee, keeper {number} of the {word}.\n"
        for number in range(examples)
    )
    return f"version: 3\ntask_description: Greet a {word} keeper\ncreated_by: june\nseed_examples:\n{rows}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account and a token."""

    login: str
    token: str
    api: str

    def ask(self, verb: str, path: str, **body: object) -> object:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/vnd.github+json"}
        answer = httpx.request(
            verb, f"{self.api}{path}", json=body or None, headers=headers, timeout=30, trust_env=False
        )
        if not answer.is_success:
            raise AssertionError(f"{verb} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def get(self, path: str) -> Json:
        return cast("Json", self.ask("GET", path))

    def items(self, path: str) -> list[Json]:
        return cast("list[Json]", self.ask("GET", f"{path}?per_page=100"))

    def post(self, path: str, **body: object) -> Json:
        return cast("Json", self.ask("POST", path, **body))


@dataclass(slots=True, kw_only=True)
class Forge:
    """A forge in a thread, all of whose REST traffic is held to GitHub's descriptions."""

    address: str
    folder: Path
    faults: Faults

    @property
    def api(self) -> str:
        return f"{self.address}/api/v3"

    def control(self, path: str, *, verb: str = "POST", **body: object) -> Json:
        headers = {"Authorization": f"Bearer {ADMIN}"}
        url = f"{self.address}/_forge/{path}"
        answer = httpx.request(verb, url, json=body, headers=headers, timeout=30, trust_env=False)
        if not answer.is_success:
            raise AssertionError(f"{path}: {answer.status_code} {answer.text}")
        return cast("Json", answer.json()) if answer.content else {}

    def person(self, login: str) -> Person:
        told = self.control("users", login=login, name=login.title(), email=f"{login}@example.org")
        return Person(login=login, token=str(told["token"]), api=self.api)


@contextmanager
def forge_server(folder: Path, *, hourly: int = KNOWN) -> Iterator[Forge]:
    """Serve a forge until the block ends; then all of its REST traffic must have been as GitHub describes it.

    Args:
        folder: Where it keeps its data.
        hourly: Requests that each caller may make in an hour.

    Raises:
        AssertionError: if a request of the bot, or an answer of the forge, was not.
    """
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(data=folder, address=address, admin_token=ADMIN)
    app.state.limits = Limits(known=hourly)
    watched = Watched(app=app)
    lines = Lines()
    faults = Faults(app=watched, lines=lines)
    config = uvicorn.Config(faults, http=lines.protocol(), log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait(lambda: server.started, what="the forge")
    try:
        yield Forge(address=address, folder=folder, faults=faults)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
    if watched.failures:
        raise AssertionError("\n".join(watched.failures))


@dataclass(slots=True, kw_only=True)
class BotProcess:
    """`espalier serve` as a process of its own."""

    environment: dict[str, str]
    log: Path
    address: str = ""
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"],
                env={**os.environ, **self.environment},
                stdout=subprocess.PIPE,
                stderr=log,
            )
        line = self.process.stdout.readline() if self.process.stdout else b""
        if not line:
            self.process.wait()
            raise AssertionError(f"the bot did not start: {self.log.read_text()}")
        self.address = json.loads(line)["address"]

    def end(self, *, kill: bool = False) -> int:
        if self.process is None:
            return 0
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        code = self.process.wait(timeout=30)
        if self.process.stdout:
            self.process.stdout.close()
        self.process = None
        return code

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.address}{path}", timeout=30, trust_env=False)


@dataclass(slots=True, kw_only=True)
class World:
    """Everything together: people, App, bot, cluster."""

    forge: Forge
    bot: BotProcess
    cluster: Cluster
    artifacts: Path
    work: Path
    owner: Person
    contributor: Person
    triager: Person
    installation: int
    relay: Relay | None = None
    """The road that webhooks take, where a test asked for one of its own."""
    names: Iterator[str] = field(default_factory=lambda: (f"taxonomy{number}" for number in range(1000)))

    @contextmanager
    def store(self) -> Iterator[Store]:
        """Open the bot's database beside it, to read."""
        file = f"sqlite:///{self.bot.environment['ESPALIER_DATA_DIR']}/espalier.sqlite3"
        opened = Store(open_database(self.bot.environment.get("ESPALIER_DATABASE_URL", file)))
        try:
            yield opened
        finally:
            opened.close()

    def repository(self, *, policy: str = "", files: Mapping[str, str] | None = None) -> "Repository":
        """Make a taxonomy with a fork of the contributor's, and a triager."""
        name = next(self.names)
        self.owner.post("/user/repos", name=name)
        home = clone(self.owner, f"orchard/{name}", self.work / name, self.forge.address)
        start = {"README.md": "# A taxonomy\n", ".github/espalier.yml": policy, **(files or {})}
        commit(home, {path: text for path, text in start.items() if text}, "Plant the tree", person=self.owner)
        git(home, "push", "--quiet", "origin", "HEAD:main")
        invitation = self.owner.ask("PUT", f"/repos/orchard/{name}/collaborators/tamsin", permission="triage")
        if isinstance(invitation, dict):
            self.triager.ask("PATCH", f"/user/repository_invitations/{invitation['id']}")
        self.contributor.post(f"/repos/orchard/{name}/forks")
        fork = clone(self.contributor, f"june/{name}", self.work / f"{name}-fork", self.forge.address)
        return Repository(world=self, name=name, home=home, fork=fork)


@dataclass(slots=True, kw_only=True)
class Repository:
    """A taxonomy of the orchard's, and the contributor's fork of it."""

    world: World
    name: str
    home: Path
    fork: Path

    @property
    def path(self) -> str:
        return f"/repos/orchard/{self.name}"

    def open_pull(
        self, files: Mapping[str, str], *, branch: str = "leaf", title: str = "Add a leaf", signed: bool = True
    ) -> "Pull":
        git(self.fork, "checkout", "--quiet", "-B", branch, "origin/main")
        head = commit(self.fork, files, title, person=self.world.contributor, signed=signed)
        git(self.fork, "push", "--quiet", "--force", "origin", branch)
        told = self.world.contributor.post(
            f"{self.path}/pulls", title=title, body="A leaf.", head=f"june:{branch}", base="main"
        )
        return Pull(repository=self, number=cast("int", told["number"]), branch=branch, head=head)


@dataclass(slots=True, kw_only=True)
class Pull:
    """A pull request of the contributor's."""

    repository: Repository
    number: int
    branch: str
    head: str

    @property
    def world(self) -> World:
        return self.repository.world

    @property
    def issue(self) -> str:
        return f"{self.repository.path}/issues/{self.number}"

    def push(self, files: Mapping[str, str], message: str = "Mend the leaf", *, signed: bool = True) -> str:
        git(self.repository.fork, "checkout", "--quiet", self.branch)
        self.head = commit(self.repository.fork, files, message, person=self.world.contributor, signed=signed)
        git(self.repository.fork, "push", "--quiet", "origin", self.branch)
        return self.head

    def comment(self, text: str, *, person: Person | None = None) -> Json:
        return (person or self.world.triager).post(f"{self.issue}/comments", body=text)

    def labels(self) -> set[str]:
        return {str(label["name"]) for label in self.world.owner.items(f"{self.issue}/labels")}

    def comments(self, containing: str = "") -> list[str]:
        """Give the bot's comments."""
        found = self.world.owner.items(f"{self.issue}/comments")
        bodies = [str(item["body"]) for item in found if cast("Json", item["user"])["login"] == "espalier[bot]"]
        return [body for body in bodies if containing in body]

    def check_runs(self, name: str, *, sha: str | None = None) -> list[Json]:
        told = self.world.owner.get(f"{self.repository.path}/commits/{sha or self.head}/check-runs")
        return [run for run in cast("list[Json]", told["check_runs"]) if run["name"] == name]

    def conclusion(self, name: str = "espalier / triage", *, sha: str | None = None) -> object:
        runs = self.check_runs(name, sha=sha)
        return runs[0]["conclusion"] if runs else None

    def merge(self) -> None:
        self.world.owner.ask("PUT", f"{self.repository.path}/pulls/{self.number}/merge", merge_method="merge")


def wait(seen: Callable[[], object], *, what: str, seconds: float = PATIENCE) -> None:
    """Wait until something is seen."""
    deadline = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(0.05)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **QUIET_GIT}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"git {' '.join(arguments)}: {done.stderr}")
    return done.stdout.strip()


def clone(person: Person, name: str, folder: Path, address: str) -> Path:
    folder.parent.mkdir(parents=True, exist_ok=True)
    url = f"{address.replace('://', f'://{person.login}:{person.token}@')}/{name}.git"
    git(folder.parent, "clone", "--quiet", url, folder.name)
    return folder


def commit(folder: Path, files: Mapping[str, str], message: str, *, person: Person, signed: bool = True) -> str:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    git(folder, "add", "--all")
    who = ("-c", f"user.name={person.login.title()}", "-c", f"user.email={person.login}@example.org")
    git(folder, *who, "commit", "--quiet", "-m", message, *(["--signoff"] if signed else []))
    return git(folder, "rev-parse", "HEAD")


def private_key() -> str:
    """Make a key as an App's PEM file holds it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    kind, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(kind, form, serialization.NoEncryption()).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def world(
    folder: Path,
    forge: Forge,
    cluster: Cluster,
    *,
    settings: Mapping[str, str] | None = None,
    relayed: bool = False,
) -> Iterator[World]:
    """Register the App and run a bot for it until the block ends.

    Args:
        folder: For what the bot keeps.
        forge: The bot's GitHub.
        cluster: Where its builds run.
        settings: Environment variables of its own.
        relayed: Whether webhooks come over a `Relay`, which can lose them.
    """
    owner, contributor, triager = (forge.person(login) for login in ("orchard", "june", "tamsin"))
    port = free_port()
    hook = f"http://127.0.0.1:{port}/webhooks/github"
    with ExitStack() as stack:
        road = stack.enter_context(relay(hook)) if relayed else None
        bot = BotProcess(
            environment={
                **register(
                    folder, forge, owner, address=f"http://127.0.0.1:{port}", hook=road.address if road else hook
                ),
                "ESPALIER_DATA_DIR": str(folder / "bot"),
                "ESPALIER_ARTIFACTS": str(folder / "artifacts"),
                "ESPALIER_CACHE_DIR": str(folder / "cache"),
                "ESPALIER_RAY_ADDRESS": cluster.address,
                "ESPALIER_RAY_TOKEN_FILE": str(cluster.token_file),
                "ESPALIER_BUILD_OPTIONS": '{"seed": 7}',
                "ESPALIER_PORT": str(port),
                **(settings or {}),
            },
            log=folder / "bot.log",
        )
        bot.start()
        stack.callback(bot.end)
        app = int(bot.environment["ESPALIER_APP_ID"])
        installed = forge.control("installations", app_id=app, account="orchard")
        yield World(
            forge=forge, bot=bot, cluster=cluster, artifacts=folder / "artifacts", work=folder / "work",
            owner=owner, contributor=contributor, triager=triager, relay=road,
            installation=cast("int", installed["id"]),
        )  # fmt: skip


def register(folder: Path, forge: Forge, owner: Person, *, address: str, hook: str) -> dict[str, str]:
    """Register the App; gives what the bot has to be told of it."""
    manifest = {
        "name": "espalier",
        "url": address,
        "hook_attributes": {"url": hook},
        "callback_urls": [f"{address}/sign-in/callback"],
        "default_permissions": {
            "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write", "members": "read",
        },
        "default_events": [
            "pull_request", "pull_request_review", "issue_comment", "check_run", "check_suite", "push",
        ],
    }  # fmt: skip
    code = forge.control("manifests", owner="orchard", manifest=manifest)["code"]
    app = owner.post(f"/app-manifests/{code}/conversions")
    key = folder / "app.pem"
    key.write_text(str(app["pem"]), encoding="ascii")
    return {
        "ESPALIER_GITHUB_API_URL": forge.api,
        "ESPALIER_APP_ID": str(app["id"]),
        "ESPALIER_PRIVATE_KEY_FILE": str(key),
        "ESPALIER_WEBHOOK_SECRET": str(app["webhook_secret"]),
        "ESPALIER_CLIENT_ID": str(app["client_id"]),
        "ESPALIER_CLIENT_SECRET": str(app["client_secret"]),
    }
