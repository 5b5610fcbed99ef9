"""GitHub's example payloads, as GitHub would send them: from npm's `@octokit/webhooks-examples`, see NOTICE."""

from __future__ import annotations

import gzip
import json
import uuid
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.webhook import sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A payload of an event."""

    event: str
    body: bytes

    def headers(self, secret: str, *, guid: str = "") -> dict[str, str]:
        """Give the headers that it comes with; a new GUID unless one is given."""
        return {
            "content-type": "application/json",
            "user-agent": "GitHub-Hookshot/0c0ffee",
            "x-github-delivery": guid or str(uuid.uuid4()),
            "x-github-event": self.event,
            "x-github-hook-id": "1",
            "x-github-hook-installation-target-id": "1",
            "x-github-hook-installation-target-type": "integration",
            "x-hub-signature-256": sign(secret, self.body),
        }


@cache
def examples() -> tuple[Example, ...]:
    """Give all of them, in the order of the package."""
    packed = Path(__file__).with_name("examples.json.gz").read_bytes()
    return tuple(
        Example(event=event, body=json.dumps(payload).encode())
        for event, payloads in json.loads(gzip.decompress(packed)).items()
        for payload in payloads
    )


def moved(example: Example, *, repository: str, installation: int) -> Example:
    """Give the payload as if it came from another repository and through another installation."""
    payload = json.loads(example.body)
    payload["installation"] = {"id": installation, "node_id": "I_1"}
    if isinstance(payload.get("repository"), dict):
        payload["repository"]["full_name"] = repository
    return Example(event=example.event, body=json.dumps(payload).encode())
