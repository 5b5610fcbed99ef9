"""Where jobs go: an outside cluster, or a local Ray head that is our child in a process group of its own."""

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import httpx

from bot.dispatch import Endpoint
from bot.payload import Payload
from bot.settings import Settings
from schemas.errors import UserError

START_SECONDS = 120.0
"""A local head takes 14 to 19 s on two idle cores; more than this is a machine that cannot carry it."""
STOP_SECONDS = 15.0
RAY_WORDS = "Ray could not start: "
"""How `runner head` begins to say the same."""

log = logging.getLogger(__name__)


class Cluster(Protocol):
    """Something that takes jobs, sooner or later."""

    def endpoint(self) -> Endpoint | None:
        """Give the place to send jobs to; None while it is starting."""

    def close(self) -> None:
        """End what was started for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideCluster:
    """A cluster that somebody else runs."""

    at: Endpoint

    def endpoint(self) -> Endpoint | None:
        """Give its address."""
        return self.at

    def close(self) -> None:
        """Leave it as it is."""


class LocalHead:
    """A Ray head on this machine, started at the first build and ended with the bot."""

    def __init__(self, data: Path, environment: dict[str, str], command: Sequence[str] | None = None) -> None:
        self._folder = data / "head"
        self._environment = environment
        self._command = command or (sys.executable, "-m", "runner", "head", "--data", str(data))
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self.group: int | None = None
        """The head's process group; None while there is none."""
        self._endpoint: Endpoint | None = None

    def endpoint(self) -> Endpoint | None:
        """Give the head's address; start it, or adopt one that an earlier bot left, if there is none.

        Raises:
            UserError: if it could not start, or did not get ready in time.
        """
        if self.group is not None and self._has_ended():
            ready, reason = self._endpoint is not None, self._last_words()
            self.close()
            if ready:  # it was lost with what it ran, and is started anew
                log.error("the local Ray head ended: %s", reason)
                return None
            raise UserError(f"Ray could not start on this machine: {reason.removeprefix(RAY_WORDS)}")
        if self.group is None:
            self._endpoint = self._adopt()
            if self._endpoint is None:
                self._start()
        if self._endpoint is None:
            self._endpoint = self._read_address()
        if self._endpoint is None and time.monotonic() - self._started > START_SECONDS:
            self.close()
            raise UserError(f"Ray did not start within {START_SECONDS:.0f} s; look at {self._folder / 'head.err'}.")
        return self._endpoint

    def close(self) -> None:
        """End the head's process group, one that an earlier bot left too: SIGTERM, and SIGKILL if need be."""
        if self.group is None:
            self._adopt()
        group, self.group, self._endpoint = self.group, None, None
        if group is not None:
            _end_group(group, self._child)
        self._child = None
        (self._folder / "head.json").unlink(missing_ok=True)

    def _has_ended(self) -> bool:
        if self._child is not None:
            return self._child.poll() is not None
        return self.group is not None and not _is_group(self.group)

    def _start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        out, err = (self._folder / "head.out").open("wb"), (self._folder / "head.err").open("ab")
        with out, err:
            # Files, not pipes: a head must not die of a bot that no longer reads.
            self._child = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        self.group, self._started = self._child.pid, time.monotonic()

    def _read_address(self) -> Endpoint | None:
        for line in (self._folder / "head.out").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("{"):
                told = Payload(json.loads(line))
                address, token_file = told.text("address"), told.text("token_file")
                if address is not None:
                    (self._folder / "head.json").write_text(
                        json.dumps({"group": self.group, "address": address, "token_file": token_file}),
                        encoding="utf-8",
                    )
                    return Endpoint(address=address, token_file=Path(token_file) if token_file else None)
        return None

    def _adopt(self) -> Endpoint | None:
        """Take over the head of a bot that was killed; its group is ours to end then."""
        try:
            kept = Payload(json.loads((self._folder / "head.json").read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return None
        group, address, token_file = kept.number("group"), kept.text("address"), kept.text("token_file")
        if group is None or address is None or not _is_group(group):
            return None
        endpoint = Endpoint(address=address, token_file=Path(token_file) if token_file else None)
        if not _answers(endpoint):
            return None
        self.group = group
        return endpoint

    def _last_words(self) -> str:
        lines = (self._folder / "head.err").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it said nothing."


def open_cluster(settings: Settings) -> Cluster:
    """Give the cluster that the settings ask for; a UserError says that its token cannot be read."""
    if settings.ray_address is not None:
        if settings.ray_token_file is not None:
            _require_token(settings.ray_token_file)
        return OutsideCluster(at=Endpoint(address=settings.ray_address, token_file=settings.ray_token_file))
    return LocalHead(settings.data, settings.child_environment)


def _require_token(file: Path) -> None:
    """Make sure at the start that there is a token: without one, no build would ever begin.

    Raises:
        UserError: if there is none.
    """
    try:
        token = file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"ESPALIER_RAY_TOKEN_FILE cannot be read ({error}): name a file with the cluster's token that it may read."
        ) from error
    if not token:
        raise UserError(f"ESPALIER_RAY_TOKEN_FILE names {file}, which is empty; write the cluster's token into it.")


def _is_group(group: int) -> bool:
    try:
        return os.getpgid(group) == group
    except ProcessLookupError:
        return False


def _answers(endpoint: Endpoint) -> bool:
    try:
        token = endpoint.token_file.read_text(encoding="ascii").strip() if endpoint.token_file else ""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{endpoint.address}/api/version", headers=headers, timeout=5, trust_env=False).is_success
    except (httpx.HTTPError, OSError):
        return False


def _end_group(group: int, child: subprocess.Popen[bytes] | None) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            break
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline and _has_members(group, child):
            time.sleep(0.1)
    if child is not None:
        child.wait()


def _has_members(group: int, child: subprocess.Popen[bytes] | None) -> bool:
    if child is not None:
        child.poll()  # reap it, or the group never empties
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
