"""A taxonomy without a server: a forge, a workflow's token on it, and runs of actions for what happens there."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import time
from typing import cast

import httpx
import jwt
import yaml

from bot.errand import attend, living
from bot.handle_command import read_delivery
from bot.report_status import REPORT_MARKER
from bot.settings import read_workflow
from tests.actions.harness import Outcome, Runner
from tests.bot.world import PATIENCE, Forge, Json, Person, clone, commit, forge_server, git
from tests.forge.world import Mailbox, PostOffice, Received

ROOT = Path(__file__).parents[2]
ACTIONS = ROOT / "actions"
WORKFLOW = ROOT / ".github" / "workflows" / "taxonomy-triage.yml"
EVENTS = ["pull_request", "issue_comment", "check_run"]
ROBOT = "github-actions[bot]"


def granted() -> dict[str, str]:
    """Give the permissions of the reusable workflow's job, as a token request names them."""
    jobs = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]
    return {name.replace("-", "_"): level for name, level in jobs["triage"]["permissions"].items()}


@dataclass(slots=True, kw_only=True)
class Taxonomy:
    """A repository, its people, and the workflow runs that its events start."""

    forge: Forge
    folder: Path
    name: str
    owner: Person
    contributor: Person
    triager: Person
    stranger: Person
    robot: "Robot"
    home: Path
    fork: Path
    environment: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    @property
    def path(self) -> str:
        return f"/repos/orchard/{self.name}"

    def open_pull(
        self, files: Mapping[str, str], *, branch: str = "leaf", body: str = "A leaf.", signed: bool = True
    ) -> "Pull":
        git(self.fork, "checkout", "--quiet", "-B", branch, "origin/main")
        head = commit(self.fork, files, "Add a leaf", person=self.contributor, signed=signed)
        git(self.fork, "push", "--quiet", "--force", "origin", branch)
        told = self.contributor.post(
            f"{self.path}/pulls", title="Add a leaf", body=body, head=f"june:{branch}", base="main"
        )
        return Pull(taxonomy=self, number=cast("int", told["number"]), branch=branch, head=head)

    def run(
        self,
        name: str,
        event_name: str,
        payload: Json,
        *,
        action: Path | None = None,
        inputs: Mapping[str, str] | None = None,
        permissions: Mapping[str, str] | None = None,
    ) -> Outcome:
        """Run an action as a workflow would for this event; its token may do what the workflow grants."""
        self.runs += 1
        folder = self.folder / f"{self.name}-run{self.runs}"
        folder.mkdir(parents=True)
        event = folder / "event.json"
        # GitHub Actions leaves the installation out.
        told = {key: value for key, value in payload.items() if key != "installation"}
        event.write_text(json.dumps(told), encoding="utf-8")
        token = self.robot.token(self.name, granted() if permissions is None else permissions)
        runner = Runner(
            folder=folder,
            event_name=event_name,
            event=event,
            github={"token": token, "event": told, "event_name": event_name},
            environment={
                "GITHUB_API_URL": self.forge.api,
                "GITHUB_SERVER_URL": self.forge.address,
                "GITHUB_REPOSITORY": f"orchard/{self.name}",
                "GITHUB_RUN_ID": str(1000 + self.runs),
                "GITHUB_ACTOR": "somebody",
                **self.environment,
            },
            path=(str(Path(sys.executable).parent), "/usr/bin", "/bin"),
        )
        return runner.run(action or ACTIONS / name / "action.yml", inputs)

    def receive(self, name: str) -> Received:
        """Take the next webhook of this name that starts a workflow: one that a workflow's token caused does not."""
        box = self.robot.box

        def next_one() -> Received | None:
            return next((item for item in box.received if item.name == name and self._starts_a_workflow(item)), None)

        with box.changed:
            box.changed.wait_for(lambda: next_one() is not None, PATIENCE)
            received = next_one()
            assert received is not None, f"no {name} among {[item.name for item in box.received]}"
            box.received.remove(received)
        return received

    def _starts_a_workflow(self, received: Received) -> bool:
        repository, sender = (cast("Json", received.payload[key]) for key in ("repository", "sender"))
        return repository["name"] == self.name and sender["login"] != ROBOT

    def attend(self, pull_event: str, payload: Json, **environment: str) -> None:
        """Do what a run of triage does, within this process: for what rests on many runs."""
        self.runs += 1
        event = self.folder / f"{self.name}-event{self.runs}.json"
        event.write_text(json.dumps(payload), encoding="utf-8")
        settings, workflow = read_workflow({
            "GITHUB_TOKEN": self.robot.token(self.name, granted()),
            "GITHUB_API_URL": self.forge.api,
            "GITHUB_SERVER_URL": self.forge.address,
            "GITHUB_REPOSITORY": f"orchard/{self.name}",
            "GITHUB_RUN_ID": str(1000 + self.runs),
            "ESPALIER_CACHE_DIR": str(self.folder / "cache"),
            **environment,
        })
        with living(settings, workflow) as (bot, errand):
            attend(bot, errand, read_delivery(pull_event, event))

    def follow(self, *events: str) -> None:
        """Wait for webhooks of these names and attend to each."""
        for name in events:
            received = self.receive(name)
            self.attend(received.event, cast("Json", received.payload))

    def triage(self, *events: str, inputs: Mapping[str, str] | None = None) -> Outcome:
        """Wait for webhooks of these names and run triage for each, as the workflow does; give the last run."""
        outcome = Outcome(code=0, log="", outputs={}, summary="")
        for name in events:
            received = self.receive(name)
            event = "pull_request_target" if received.event == "pull_request" else received.event
            outcome = self.run("triage", event, cast("Json", received.payload), inputs=inputs)
            assert outcome.code == 0, outcome.log
        return outcome


@dataclass(slots=True, kw_only=True)
class Robot:
    """What GitHub Actions is to a repository: an App whose tokens last for a run."""

    forge: Forge
    id: int
    pem: str
    installation: int
    box: Mailbox

    def token(self, repository: str, permissions: Mapping[str, str]) -> str:
        """Get a token for one repository that may do no more than is granted."""
        now = int(time())
        signed = jwt.encode({"iss": str(self.id), "iat": now - 30, "exp": now + 500}, self.pem, algorithm="RS256")
        answer = httpx.post(
            f"{self.forge.api}/app/installations/{self.installation}/access_tokens",
            json={"repositories": [repository], "permissions": dict(permissions)},
            headers={"Authorization": f"Bearer {signed}"},
            timeout=30,
            trust_env=False,
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])


@dataclass(slots=True, kw_only=True)
class Pull:
    """A pull request of the contributor's."""

    taxonomy: Taxonomy
    number: int
    branch: str
    head: str

    @property
    def issue(self) -> str:
        return f"{self.taxonomy.path}/issues/{self.number}"

    def get(self) -> Json:
        return self.taxonomy.owner.get(f"{self.taxonomy.path}/pulls/{self.number}")

    def edited(self) -> Json:
        """Give an event that brings no news."""
        told = self.get()
        return {
            "action": "edited",
            "pull_request": told,
            "repository": cast("Json", cast("Json", told["base"])["repo"]),
        }

    def look_again(self) -> None:
        self.taxonomy.attend("pull_request_target", self.edited())

    def push(self, files: Mapping[str, str], message: str = "Mend the leaf") -> str:
        git(self.taxonomy.fork, "checkout", "--quiet", self.branch)
        self.head = commit(self.taxonomy.fork, files, message, person=self.taxonomy.contributor)
        git(self.taxonomy.fork, "push", "--quiet", "origin", self.branch)
        return self.head

    def comment(self, text: str, *, person: Person | None = None) -> Json:
        return (person or self.taxonomy.triager).post(f"{self.issue}/comments", body=text)

    def labels(self) -> set[str]:
        return {str(label["name"]) for label in self.taxonomy.owner.items(f"{self.issue}/labels")}

    def comments(self, containing: str = "") -> list[Json]:
        """Give the robot's comments."""
        found = self.taxonomy.owner.items(f"{self.issue}/comments")
        ours = [item for item in found if cast("Json", item["user"])["login"] == ROBOT]
        return [item for item in ours if containing in str(item["body"])]

    def report(self) -> Json:
        (report,) = self.comments(REPORT_MARKER)
        return report

    def runs(self, name: str = "espalier / triage", *, sha: str | None = None) -> list[Json]:
        told = self.taxonomy.owner.get(f"{self.taxonomy.path}/commits/{sha or self.head}/check-runs")
        return [run for run in cast("list[Json]", told["check_runs"]) if run["name"] == name]


@dataclass(slots=True, kw_only=True)
class Orchard:
    """A forge with people and the robot, on which taxonomies are planted."""

    forge: Forge
    folder: Path
    robot: Robot
    people: dict[str, Person]
    planted: int = 0

    def taxonomy(self, *, policy: str = "", files: Mapping[str, str] | None = None) -> Taxonomy:
        self.planted += 1
        name = f"taxonomy{self.planted}"
        owner, contributor, triager = (self.people[login] for login in ("orchard", "june", "tamsin"))
        owner.post("/user/repos", name=name)
        home = clone(owner, f"orchard/{name}", self.folder / name, self.forge.address)
        start = {"README.md": "# A taxonomy\n", ".github/espalier.yml": policy, **(files or {})}
        commit(home, {path: text for path, text in start.items() if text}, "Plant the tree", person=owner)
        git(home, "push", "--quiet", "origin", "HEAD:main")
        invited = owner.ask("PUT", f"/repos/orchard/{name}/collaborators/tamsin", permission="triage")
        if isinstance(invited, dict):
            triager.ask("PATCH", f"/user/repository_invitations/{invited['id']}")
        contributor.post(f"/repos/orchard/{name}/forks")
        fork = clone(contributor, f"june/{name}", self.folder / f"{name}-fork", self.forge.address)
        self.robot.box.clear()
        return Taxonomy(
            forge=self.forge,
            folder=self.folder,
            name=name,
            owner=owner,
            contributor=contributor,
            triager=triager,
            stranger=self.people["wren"],
            robot=self.robot,
            home=home,
            fork=fork,
        )


@contextmanager
def orchard(folder: Path, *, app: str = "GitHub Actions") -> Iterator[Orchard]:
    """Serve a forge with a robot on it until the block ends; `app` is the robot's name."""
    post = PostOffice()
    try:
        with forge_server(folder / "forge") as forge:
            people = {login: forge.person(login) for login in ("orchard", "june", "tamsin", "wren")}
            address, box = post.open_box()
            manifest = {
                "name": app,
                "url": "https://example.org",
                "hook_attributes": {"url": address},
                "default_permissions": {
                    "contents": "read", "pull_requests": "write", "issues": "write", "checks": "write",
                },
                "default_events": EVENTS,
            }  # fmt: skip
            code = forge.control("manifests", owner="orchard", manifest=manifest)["code"]
            made = people["orchard"].post(f"/app-manifests/{code}/conversions")
            box.secret = str(made["webhook_secret"])
            installed = forge.control("installations", app_id=made["id"], account="orchard")
            robot = Robot(
                forge=forge,
                id=cast("int", made["id"]),
                pem=str(made["pem"]),
                installation=cast("int", installed["id"]),
                box=box,
            )
            yield Orchard(forge=forge, folder=folder, robot=robot, people=people)
    finally:
        post.close()
