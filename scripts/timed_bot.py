"""The bot as it is, with a stopwatch: what it asks GitHub, when it judges, and when each delivery begins and ends.

Only for `bench_webhook.py`. What is timed is wrapped from outside; the bot itself knows of no stopwatch. Times are
seconds of CLOCK_MONOTONIC, which all processes of a machine share.
"""

import functools
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import urllib3.connectionpool

import bot.hook
import bot.judge
import bot.server
from bot.settings import read_settings

TURN = threading.Lock()


def note(out: Path, **values: object) -> None:
    """Write a line, by one thread at a time."""
    line = json.dumps({"thread": threading.current_thread().name, **values})
    with TURN, out.open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def timed(function: Callable[..., object], out: Path, tell: Callable[..., dict[str, object]]) -> Callable[..., object]:
    """Note when a call began and ended, and what `tell` says of its arguments."""

    @functools.wraps(function)
    def call(*args: object, **kwargs: object) -> object:
        began = time.monotonic()
        try:
            return function(*args, **kwargs)
        finally:
            note(out, began=began, ended=time.monotonic(), **tell(*args, **kwargs))

    return call


def tell_request(
    _pool: object, method: str, url: str, body: object = None, *_: object, **__: object
) -> dict[str, object]:
    """Say what is asked of GitHub, and of a check run what it is to say."""
    data = json.loads(body) if isinstance(body, (str, bytes)) and body else {}
    told = {name: data.get(name) for name in ("name", "head_sha", "status")} if isinstance(data, dict) else {}
    return {"what": "request", "method": method, "path": url.partition("/api/v3")[2] or url, **told}


def tell_webhook(_headers: object, body: bytes, **_: object) -> dict[str, object]:
    """Say which head a webhook is about."""
    pull = json.loads(body).get("pull_request") or {}
    return {"what": "webhook", "action": json.loads(body).get("action"), "sha": (pull.get("head") or {}).get("sha")}


def tell_delivery(_bot: object, _live: object, item: object) -> dict[str, object]:
    """Say which head a delivery is about."""
    body = json.loads(item.delivery.body)  # type: ignore[attr-defined] # an Item
    pull = body.get("pull_request") or {}
    return {"what": "delivery", "action": body.get("action"), "sha": (pull.get("head") or {}).get("sha")}


def main() -> None:
    """Run the bot, and write what was timed to the file that is named."""
    out = Path(sys.argv[1])
    pool = urllib3.connectionpool.HTTPConnectionPool
    pool.urlopen = timed(pool.urlopen, out, tell_request)  # type: ignore[method-assign]
    bot.hook.verify = timed(bot.hook.verify, out, tell_webhook)  # type: ignore[assignment]
    bot.server.handle = timed(bot.server.handle, out, tell_delivery)  # type: ignore[assignment]
    judge = bot.judge.Judge
    judge.run = timed(judge.run, out, lambda *_: {"what": "judge"})  # type: ignore[method-assign]
    bot.server.serve(read_settings())


if __name__ == "__main__":
    main()
