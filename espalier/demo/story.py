"""The story the demo plays: two pull requests from a first push to scores in a release."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import httpx

from espalier.demo import content
from espalier.demo.content import Contribution
from espalier.demo.github import Clone, Json, Person, clone, person, wait_until
from espalier.demo.processes import Children
from espalier.demo.screen import Screen, plain
from schemas.errors import UserError

REPOSITORY = "orchard/taxonomy"
DOCUMENTS = "orchard/documents"
RESULT_MARKER = "<!-- espalier:result"
TRIAGE_CHECK = "espalier / triage"
BUILD_CHECK = "espalier / build"
LAST_STEP = "A release of all leaves is built and becomes current"
PEOPLE = {
    "orchard": "Orchard",
    "iseult-carrow": "Iseult Carrow",
    "lorne-vasey": "Lorne Vasey",
    "tamsin": "Tamsin Reed",
    "alder": "Alder Quince",
}
ROLES = {"tamsin": "triage", "alder": "maintain"}
TRIAGE_S = 60.0
BUILD_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person at the terminal asked for."""

    data: Path
    forge_port: int
    bot_port: int
    build: dict[str, object]
    """Passed on to every build: seed, student, teacher_url, teacher_model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What stands once the curtain is up."""

    screen: Screen
    family: Children
    people: dict[str, Person]
    forge: str
    bot: str
    artifacts: Path
    placeholders: dict[str, str]
    data: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A pull request of the story, with its author's working copy."""

    contribution: Contribution
    number: int
    work: Clone

    def head(self) -> str:
        """Give the SHA that the author pushed last."""
        return self.work.git("rev-parse", "HEAD")


def play(options: Options, *, screen: Screen, family: Children) -> Scene:
    """Play the whole story and give the scene, whose pages stay up as long as the children live."""
    scene = raise_curtain(options, screen=screen, family=family)
    pulls = [contribute(scene, contribution) for contribution in content.contributions(scene.placeholders)]
    for pull in pulls:
        mend(scene, pull)
    for pull in pulls:
        approve_and_build(scene, pull)
    for pull in pulls:
        hear_scores(scene, pull)
    release(scene, pulls)
    return scene


def raise_curtain(options: Options, *, screen: Screen, family: Children) -> Scene:
    """Start forge and bot, and create the people, the App and the two repositories."""
    bot_data = options.data / "bot"
    artifacts = options.data / "artifacts"
    # The base student is made while triage plays; the first build finds it in the cache, or waits for it.
    family.start("base", ["-m", "espalier", "base"], env={})
    with screen.step("Start the forge, a small GitHub on this machine"):
        told = family.start_server(
            "forge",
            ["-m", "forge", "--data", str(options.data / "forge"), "--port", str(options.forge_port)],
            env={},
            options={"--port": "--forge-port"},
        )
        forge, admin = told["address"], told["admin_token"]
        people = {login: _join(forge, admin, login, name) for login, name in PEOPLE.items()}
    with screen.step("Create the taxonomy and the documents it refers to"):
        placeholders = _create_repositories(people, options.data / "work", forge)
    with screen.step("Register the App and start the bot"):
        app = _register_app(forge, admin, people["orchard"], bot_port=options.bot_port)
        key = options.data / "app.pem"
        key.touch(mode=0o600)
        key.write_text(str(app["pem"]), encoding="utf-8")
        told = family.start_server(
            "bot",
            ["-m", "bot", "serve"],
            env={
                "ESPALIER_GITHUB_API_URL": f"{forge}/api/v3",
                "ESPALIER_APP_ID": str(app["id"]),
                "ESPALIER_PRIVATE_KEY_FILE": str(key),
                "ESPALIER_WEBHOOK_SECRET": str(app["webhook_secret"]),
                "ESPALIER_DATA_DIR": str(bot_data),
                "ESPALIER_ARTIFACTS": str(artifacts),
                "ESPALIER_BUILD_OPTIONS": json.dumps(options.build),
                "ESPALIER_PORT": str(options.bot_port),
                "ESPALIER_RAY_ADDRESS": "",
            },
            options={"set ESPALIER_PORT": "give another with --bot-port"},
        )
        _control(forge, admin, "/_forge/installations", {"app_id": app["id"], "account": "orchard"})
    screen.say(f"forge  {forge}/{REPOSITORY}")
    screen.say(f"bot    {told['address']}")
    return Scene(
        screen=screen,
        family=family,
        people=people,
        forge=forge,
        bot=told["address"],
        artifacts=artifacts,
        placeholders=placeholders,
        data=options.data,
    )


def contribute(scene: Scene, contribution: Contribution) -> Played:
    """Open a pull request from a fork, with the mistakes that people really make, and hear what is wrong."""
    author = scene.people[contribution.author]
    with scene.screen.step(f"{author.name} opens a pull request: {contribution.title}"):
        work = clone(author, f"{author.login}/taxonomy", scene.data / "work" / contribution.name)
        work.git("checkout", "--quiet", "-b", contribution.name)
        work.write(contribution.broken)
        head = work.commit(contribution.title)
        work.git("push", "--quiet", "origin", contribution.name)
        pull = author.post(
            f"/repos/{REPOSITORY}/pulls",
            title=contribution.title,
            body=contribution.body,
            head=f"{author.login}:{contribution.name}",
            base="main",
        )
    played = Played(contribution=contribution, number=cast("int", pull["number"]), work=work)
    scene.screen.say(f"{scene.forge}/{REPOSITORY}/pull/{played.number}")
    with scene.screen.step("The bot labels it, reports once, and marks the lines in a check run"):
        _wait(scene, lambda: _check_run(scene, head).get("conclusion") == "failure", what="the failing check run")
        _wait(scene, lambda: "triage-requested-changes" in _labels(scene, played), what="its labels")
        _wait(scene, lambda: len(_bot_comments(scene, played)) == 1, what="the report comment")
    run = _check_run(scene, head)
    output = cast("Json", run["output"])
    scene.screen.say(
        f"{output['title']}; {output['annotations_count']} annotations (neighbouring lines share one; what a "
        "commit lacks has no line)"
    )
    scene.screen.say(_told_labels(scene, played))
    return played


def mend(scene: Scene, pull: Played) -> None:
    """Push the fixes and see the checks turn green."""
    with scene.screen.step(f"The fixes are pushed to #{pull.number}; the report is edited in place"):
        pull.work.write(pull.contribution.fixed)
        pull.work.git("add", "--all")
        pull.work.git("commit", "--quiet", "--amend", "--no-edit", "--signoff")
        pull.work.git("push", "--quiet", "--force-with-lease", "origin", pull.contribution.name)
        _wait(scene, lambda: _check_run(scene, pull.head()).get("conclusion") == "success", what="the green check run")
        _wait(scene, lambda: "triage-follow-up" in _labels(scene, pull), what="the label triage-follow-up")
        _wait(scene, lambda: len(_bot_comments(scene, pull)) == 1, what="one report comment")
    scene.screen.say(_told_labels(scene, pull))


def approve_and_build(scene: Scene, pull: Played) -> None:
    """Approve and ask for a build, as a triager does."""
    tamsin = scene.people["tamsin"]
    with scene.screen.step(f"Tamsin approves #{pull.number} and asks for a build"):
        path = f"/repos/{REPOSITORY}/issues/{pull.number}/comments"
        comment = tamsin.post(path, body="Clear, sourced and new.\n\n/espalier approve\n/espalier build")
        reactions = f"/repos/{REPOSITORY}/issues/comments/{comment['id']}/reactions"
        _wait(scene, lambda: bool(tamsin.get_all(reactions)), what="the bot's reaction")
        _wait(scene, lambda: "triage-approved" in _labels(scene, pull), what="the label triage-approved")


def hear_scores(scene: Scene, pull: Played) -> None:
    """Wait for the candidate build's result on the pull request.

    Raises:
        UserError: if the build failed; with what the pull request was told.
    """
    with scene.screen.build(f"#{pull.number} is built and measured", scene.artifacts / "builds") as follow:
        _wait(
            scene,
            lambda: len(_results(scene, pull)) == 1,
            what=f"the scores of #{pull.number}",
            seconds=BUILD_S,
            meanwhile=follow,
        )
    verdict = _verdict(_results(scene, pull)[0])
    _wait(scene, lambda: bool(_check_run(scene, pull.head(), BUILD_CHECK)), what="the build's check run")
    if _check_run(scene, pull.head(), BUILD_CHECK)["conclusion"] != "success":
        raise UserError(f"#{pull.number} got no scores. {verdict}")
    scene.screen.say(verdict)


def release(scene: Scene, pulls: list[Played]) -> None:
    """Merge both; after the quiet window a release is built, and each pull request hears its own scores in it.

    Raises:
        UserError: if the release failed; with what the pull requests were told.
    """
    alder = scene.people["alder"]
    with scene.screen.step("Alder merges both"):
        for pull in pulls:
            alder.post(f"/repos/{REPOSITORY}/pulls/{pull.number}/reviews", event="APPROVE", body="Thank you.")
            alder.put(f"/repos/{REPOSITORY}/pulls/{pull.number}/merge", merge_method="merge")
    with scene.screen.build(LAST_STEP, scene.artifacts / "builds") as show:
        _wait(
            scene,
            lambda: all(len(_results(scene, pull)) == 2 for pull in pulls),  # noqa: PLR2004 - candidate and release
            what="the release's scores",
            seconds=BUILD_S,
            meanwhile=show,
        )
    if not (scene.artifacts / "models" / "current.json").exists():
        raise UserError(f"No model became current. {_verdict(_results(scene, pulls[0])[1])}")
    for pull in pulls:
        scene.screen.say(f"#{pull.number}: {_verdict(_results(scene, pull)[1])}")


def _join(forge: str, admin: str, login: str, name: str) -> Person:
    email = f"{login}@example.org"
    account = _control(forge, admin, "/_forge/users", {"login": login, "name": name, "email": email})
    return person(forge, login=login, name=name, email=email, token=str(account["token"]))


def _create_repositories(people: dict[str, Person], work: Path, forge: str) -> dict[str, str]:
    owner = people["orchard"]
    for repository in (DOCUMENTS, REPOSITORY):
        owner.post("/user/repos", name=repository.partition("/")[2], auto_init=False)
    documents = clone(owner, DOCUMENTS, work / "documents")
    documents.write(content.documents())
    placeholders = {
        "documents_url": f"{forge}/{DOCUMENTS}.git",
        "documents_commit": documents.commit("Write down what is known", "--signoff"),
        "documents_host": forge.partition("://")[2],
    }
    documents.git("push", "--quiet", "origin", "HEAD:main")
    taxonomy = clone(owner, REPOSITORY, work / "taxonomy")
    taxonomy.write(content.taxonomy(placeholders))
    taxonomy.commit("Plant the tree", "--signoff")
    taxonomy.git("push", "--quiet", "origin", "HEAD:main")
    for login, role in ROLES.items():
        answer = owner.put(f"/repos/{REPOSITORY}/collaborators/{login}", permission=role)
        if isinstance(answer, dict):  # an invitation, as GitHub sends to a person; None where it is not needed
            people[login].ask("PATCH", f"/user/repository_invitations/{answer['id']}")
    for _, author, _ in content.CONTRIBUTIONS:
        people[author].post(f"/repos/{REPOSITORY}/forks")
    return placeholders


def _register_app(forge: str, admin: str, owner: Person, *, bot_port: int) -> Json:
    manifest = {
        "name": "espalier",
        "url": f"http://127.0.0.1:{bot_port}",
        "hook_attributes": {"url": f"http://127.0.0.1:{bot_port}/webhooks/github"},
        "default_permissions": {
            "contents": "read",
            "pull_requests": "write",
            "issues": "write",
            "checks": "write",
            "members": "read",
        },
        "default_events": ["pull_request", "issue_comment", "check_run", "check_suite", "push"],
    }
    code = _control(forge, admin, "/_forge/manifests", {"owner": owner.login, "manifest": manifest})["code"]
    return owner.post(f"/app-manifests/{code}/conversions")


def _control(forge: str, admin: str, path: str, body: dict[str, object]) -> Json:
    try:
        response = httpx.post(f"{forge}{path}", json=body, headers={"Authorization": f"Bearer {admin}"}, timeout=30)
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise UserError(f"The forge did not do what {path} asks: {error}".splitlines()[0]) from error
    return cast("Json", response.json())


def _wait(
    scene: Scene,
    seen: Callable[[], bool],
    *,
    what: str,
    seconds: float = TRIAGE_S,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    def look_around() -> None:
        scene.family.check()
        meanwhile()

    wait_until(seen, what=what, seconds=seconds, meanwhile=look_around)


def _check_run(scene: Scene, sha: str, name: str = TRIAGE_CHECK) -> Json:
    answer = scene.people["tamsin"].get(f"/repos/{REPOSITORY}/commits/{sha}/check-runs")
    for run in cast("list[Json]", answer["check_runs"]):
        if run["name"] == name:
            return run
    return {}


def _labels(scene: Scene, pull: Played) -> list[str]:
    return [str(label["name"]) for label in scene.people["tamsin"].get_all(_issue(pull, "labels"))]


def _told_labels(scene: Scene, pull: Played) -> str:
    return "labels: " + ", ".join(sorted(_labels(scene, pull)))


def _bot_comments(scene: Scene, pull: Played) -> list[str]:
    comments = scene.people["tamsin"].get_all(_issue(pull, "comments"))
    return [str(comment["body"]) for comment in comments if cast("Json", comment["user"])["type"] == "Bot"]


def _results(scene: Scene, pull: Played) -> list[str]:
    return [body for body in _bot_comments(scene, pull) if RESULT_MARKER in body]


def _verdict(comment: str) -> str:
    """Give the result comment's first sentence of prose."""
    return plain(next(line for line in comment.splitlines() if line.strip() and not line.startswith(("<!--", "#"))))


def _issue(pull: Played, what: str) -> str:
    return f"/repos/{REPOSITORY}/issues/{pull.number}/{what}"
