"""Sends signed webhooks over connections that stay open, as fast as they are answered, and tells how long that took.

Only for `bench_bot.py`, which runs it as a process of its own, so that its CPU time is not the server's.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import uvloop


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A webhook's body, its signature and its event: all but the GUID, which is new each time."""

    event: str
    signature: str
    body: bytes


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of it."""

    seconds: list[float] = field(default_factory=list)
    """From the first byte of each request to the last of its answer."""
    statuses: Counter[int] = field(default_factory=Counter)


def main(argv: Sequence[str]) -> int:
    """Send and print a JSON line.

    Returns:
        0 if every answer was a 2xx.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--payloads", type=Path, required=True, help="@octokit/webhooks-examples' index.json")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--count", type=int, help="how many in all; else as many as --seconds allow")
    parser.add_argument("--seconds", type=float, default=3600.0)
    parser.add_argument("--rate", type=float, help="at most so many a second")
    options = parser.parse_args(argv)
    payloads = list(read_payloads(options.payloads, options.secret))
    tally = Tally()
    began = time.perf_counter()
    uvloop.run(_drive(options, payloads, tally))
    seconds = time.perf_counter() - began
    tally.seconds.sort()
    told = {
        "sent": len(tally.seconds),
        "seconds": seconds,
        "p50": _quantile(tally.seconds, 0.5),
        "p99": _quantile(tally.seconds, 0.99),
        "slowest": tally.seconds[-1],
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
    }
    print(json.dumps(told))
    return 0 if all(200 <= status < 300 for status in tally.statuses) else 1  # noqa: PLR2004 - success


def read_payloads(index: Path, secret: str) -> Iterator[Payload]:
    """Read GitHub's own examples, signed."""
    for event in json.loads(index.read_text(encoding="utf-8")):
        for example in event["examples"]:
            body = json.dumps(example, separators=(",", ":")).encode()
            mark = hmac.digest(secret.encode(), body, hashlib.sha256).hex()
            yield Payload(event=event["name"], signature=f"sha256={mark}", body=body)


async def _drive(options: argparse.Namespace, payloads: Sequence[Payload], tally: Tally) -> None:
    url = urlsplit(options.url)
    numbers = iter(range(options.count if options.count is not None else sys.maxsize))
    began = time.perf_counter()

    async def connection() -> None:
        reader, writer = await asyncio.open_connection(url.hostname, url.port)
        for number in numbers:
            if time.perf_counter() - began > options.seconds:
                break
            if options.rate is not None:
                await asyncio.sleep(max(began + number / options.rate - time.perf_counter(), 0))
            request = _request(url.netloc, url.path, payloads[number % len(payloads)])
            sent = time.perf_counter()
            writer.write(request)
            tally.statuses[await _answer(reader)] += 1
            tally.seconds.append(time.perf_counter() - sent)
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(connection() for _ in range(options.connections)))


def _request(host: str, path: str, payload: Payload) -> bytes:
    # The headers that GitHub sends (docs.github.com, "Webhook events and payloads"); its GUIDs are UUIDs of version 1,
    # so that those of one time are neighbours in an index.
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nContent-Type: application/json\r\n"
        f"User-Agent: GitHub-Hookshot/044aadd\r\n"
        f"X-GitHub-Delivery: {uuid.uuid1()}\r\nX-GitHub-Event: {payload.event}\r\n"
        "X-GitHub-Hook-ID: 292430182\r\nX-GitHub-Hook-Installation-Target-ID: 79929171\r\n"
        f"X-GitHub-Hook-Installation-Target-Type: integration\r\nX-Hub-Signature-256: {payload.signature}\r\n"
        f"Content-Length: {len(payload.body)}\r\n\r\n"
    )
    return head.encode() + payload.body


async def _answer(reader: asyncio.StreamReader) -> int:
    """Read one answer; its length stands in its head, or it comes in chunks."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, found, rest = head.partition(b"content-length:")
    if found:
        await reader.readexactly(int(rest.split(b"\r\n", 1)[0]))
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head.split(b" ", 2)[1])


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
