"""A person at the forge: their token, their REST calls and their Git clone; nothing that GitHub would not offer."""

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httpx

from schemas.errors import UserError

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone with an account, a token and a way to reach the API."""

    login: str
    name: str
    email: str
    token: str
    address: str
    """Web address of the forge."""
    api: httpx.Client
    """Reaches the forge's API with the token."""

    def ask(self, method: str, path: str, *, body: Mapping[str, object] | None = None) -> object:
        """Send one REST request and give the answer's JSON, or None where there is none.

        Raises:
            UserError: if the answer is an error, with GitHub's own message, or if there is none.
        """
        try:
            response = self.api.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise UserError(f"{method} {path} got no answer ({type(error).__name__}); is the forge running?") from error
        if response.is_error:
            raise UserError(f"{method} {path} answered {response.status_code}: {response.text[:300]}")
        return response.json() if response.content else None

    def get(self, path: str) -> Json:
        """Read one object."""
        return cast("Json", self.ask("GET", path))

    def get_all(self, path: str) -> list[Json]:
        """Read one page of a list, a hundred at most."""
        return cast("list[Json]", self.ask("GET", f"{path}{'&' if '?' in path else '?'}per_page=100"))

    def post(self, path: str, **body: object) -> Json:
        """Create one object."""
        return cast("Json", self.ask("POST", path, body=body))

    def put(self, path: str, **body: object) -> object:
        """Set one thing."""
        return self.ask("PUT", path, body=body)


def person(address: str, *, login: str, name: str, email: str, token: str) -> Person:
    """Give someone with an account a way to reach the API below `/api/v3`."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
    api = httpx.Client(base_url=f"{address}/api/v3", headers=headers, timeout=30)
    return Person(login=login, name=name, email=email, token=token, address=address, api=api)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clone:
    """A person's working copy of a repository."""

    folder: Path
    person: Person

    def git(self, *arguments: str) -> str:
        """Run git in the clone as its owner and give what it printed."""
        return _git(self.folder, self.person, arguments)

    def write(self, files: Mapping[str, str]) -> None:
        """Write texts at their paths."""
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")

    def commit(self, message: str, *options: str) -> str:
        """Commit everything and give the new SHA."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message, *options)
        return self.git("rev-parse", "HEAD")


def clone(owner: Person, repository: str, folder: Path) -> Clone:
    """Clone `owner/name` over HTTP with the person's token for later pushes."""
    parts = urlsplit(owner.address)
    url = f"{parts.scheme}://{owner.login}:{owner.token}@{parts.netloc}/{repository}.git"
    folder.parent.mkdir(parents=True, exist_ok=True)
    _git(folder.parent, owner, ("clone", "--quiet", url, str(folder)))
    return Clone(folder=folder, person=owner)


def _git(folder: Path, owner: Person, arguments: Sequence[str]) -> str:
    """Run git in `folder` as a person, with nothing of this machine's configuration.

    Raises:
        UserError: if git fails; with its own message, the token left out.
    """
    identity = {
        "GIT_AUTHOR_NAME": owner.name,
        "GIT_AUTHOR_EMAIL": owner.email,
        "GIT_COMMITTER_NAME": owner.name,
        "GIT_COMMITTER_EMAIL": owner.email,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }
    outcome = subprocess.run(
        ["git", "-c", "init.defaultBranch=main", "-c", "advice.detachedHead=false", *arguments],
        cwd=folder,
        env={**os.environ, **identity},
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode != 0:
        raise UserError(f"git {arguments[0]} failed: {_gist(outcome.stderr).replace(owner.token, '…')}")
    return outcome.stdout.strip()


def _gist(said: str) -> str:
    """Give the line of git's words that says why: what it calls an error or fatal, the first of them."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("error:", "fatal:", "! ["))]
    return next(iter(telling or lines), "it said nothing.")


def wait_until(seen: Callable[[], bool], *, what: str, seconds: float, meanwhile: Callable[[], None]) -> None:
    """Look until `seen` holds.

    Raises:
        UserError: if it does not within `seconds`; `meanwhile` is called between looks and may raise sooner.
    """
    began = time.monotonic()
    while not seen():
        meanwhile()
        waited = time.monotonic() - began
        if waited > seconds:
            raise UserError(f"Waited {seconds:.0f} s in vain for {what}.")
        # A short wait is looked at often; a long one is a build's, which needs the processor more than we do.
        time.sleep(min(max(waited / 10, 0.05), 1.0))
