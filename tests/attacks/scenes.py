"""Where attacks begin: pull requests in their states, deliveries of an attacker's making, and the App's own hands."""

import os
import shutil
import time
from itertools import count
from pathlib import Path
from typing import cast

import httpx
import jwt

from bot.webhook import sign
from tests.bot.world import ATTRIBUTION, Json, Person, Pull, World, skill, wait

LEAF = "compositional_skills/greetings/lantern"
REPORT = "<!-- espalier:report -->"
numbers = count(1)


def good(folder: str = LEAF, *, word: str = "lantern") -> dict[str, str]:
    return {f"{folder}/qna.yaml": skill(word=word), f"{folder}/attribution.txt": ATTRIBUTION}


def checked(pull: Pull, conclusion: str = "success") -> Pull:
    """Wait until a pull request has its check run and its report."""
    wait(lambda: pull.conclusion() == conclusion and pull.comments(REPORT), what=f"{conclusion} and the report")
    return pull


def approved(here: World, *, policy: str = "") -> Pull:
    pull = checked(here.repository(policy=policy).open_pull(good()))
    pull.comment("/espalier approve")
    wait(lambda: "triage-approved" in pull.labels(), what="the approval")
    return pull


def outsider(here: World) -> Person:
    """Give somebody with an account and no role."""
    return here.forge.person(f"oskar{next(numbers)}")


def reactions(pull: Pull, comment: Json) -> list[object]:
    path = f"{pull.repository.path}/issues/comments/{comment['id']}/reactions"
    return [item["content"] for item in pull.world.owner.items(path)]


def heard(pull: Pull) -> None:
    """Wait until the bot has handled all that was said on a pull request so far: it hears in order."""
    comment = pull.comment("/espalier status")
    wait(lambda: pull.comments(f"<!-- espalier:reply {comment['id']} "), what="the answer to the last word")


def finish(here: World) -> None:
    """Let the jobs that wait go on."""
    here.cluster.behaviour = "succeed"
    for folder in (here.artifacts / "builds").glob("*"):
        (folder / "go").touch()


def jobs(here: World, sha: str) -> list[Path]:
    """Give what was given to the cluster for a commit."""
    return [path for path in (here.artifacts / "builds").glob("*/job.json") if sha in path.read_text(encoding="utf-8")]


def app_jwt(here: World) -> str:
    key = Path(here.bot.environment["ESPALIER_PRIVATE_KEY_FILE"]).read_text(encoding="ascii")
    now = int(time.time())
    claims = {"iat": now - 30, "exp": now + 300, "iss": here.bot.environment["ESPALIER_APP_ID"]}
    return jwt.encode(claims, key, algorithm="RS256")


def installation(here: World) -> int:
    headers = {"Authorization": f"Bearer {app_jwt(here)}"}
    answer = httpx.get(f"{here.forge.api}/app/installations", headers=headers, timeout=30, trust_env=False)
    return cast("int", answer.json()[0]["id"])


def app_itself(here: World) -> Person:
    """Give the App as somebody who writes comments."""
    path = f"{here.forge.api}/app/installations/{installation(here)}/access_tokens"
    answer = httpx.post(path, headers={"Authorization": f"Bearer {app_jwt(here)}"}, timeout=30, trust_env=False)
    return Person(login="espalier[bot]", token=str(answer.json()["token"]), api=here.forge.api)


def deliver(here: World, event: str, body: bytes, *, guid: str | None = None) -> int:
    """Send the bot a well signed delivery, as somebody does who had a look at one; give the answer's status."""
    headers = {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid or f"attack-{next(numbers)}",
        "X-Hub-Signature-256": sign(here.bot.environment["ESPALIER_WEBHOOK_SECRET"], body),
    }
    address = f"{here.bot.address}/webhooks/github"
    return httpx.post(address, content=body, headers=headers, timeout=30, trust_env=False).status_code


def spying_git(folder: Path) -> tuple[str, Path]:
    """Make a git that writes down its arguments and its environment, and goes on as the real one.

    Returns:
        The PATH that has it first, and where it writes.
    """
    real, log = shutil.which("git"), folder / "git.log"
    spy = folder / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >>{log}\nenv >>{log}\nexec {real} "$@"\n', encoding="ascii")
    spy.chmod(0o755)
    return f"{spy.parent}{os.pathsep}{os.environ['PATH']}", log
