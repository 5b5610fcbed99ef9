"""The stage before the story begins: forge and bot up, people with accounts, an App, a taxonomy and its documents."""

import json
from dataclasses import dataclass
from pathlib import Path

from espalier.demo import content
from espalier.demo.controls import Controls
from espalier.demo.github import Person, clone
from espalier.demo.processes import Children
from espalier.demo.screen import Screen

REPOSITORY = "orchard/taxonomy"
DOCUMENTS = "orchard/documents"
PEOPLE = {
    "orchard": "Orchard",
    "iseult-carrow": "Iseult Carrow",
    "lorne-vasey": "Lorne Vasey",
    "tamsin": "Tamsin Reed",
    "alder": "Alder Quince",
}
ROLES = {"tamsin": "triage", "alder": "maintain"}


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
        forge, controls = told["address"], Controls(forge=told["address"], token=told["admin_token"])
        people = {login: controls.join(login, name) for login, name in PEOPLE.items()}
    with screen.step("Create the taxonomy and the documents it refers to"):
        placeholders = _create_repositories(people, options.data / "work", forge)
    with screen.step("Register the App and start the bot"):
        app = controls.register_app(people["orchard"], bot_port=options.bot_port)
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
        controls.install_app(app, account="orchard")
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
