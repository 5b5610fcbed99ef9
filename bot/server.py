"""The running bot put together: memory, workers, supervisor and the web side, started and ended in order."""

import errno
import json
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType

import uvicorn

from bot.app import create_app, strict_headers
from bot.connections import CONNECTIONS
from bot.context import Bot
from bot.documents import Documents
from bot.github_api import GitHubApp
from bot.handle import handle
from bot.head import open_cluster
from bot.hook import Hook, web_protocol
from bot.judge import Judge
from bot.lanes import Workers
from bot.live import LiveReports
from bot.logs import log_to_stderr
from bot.metrics import Pulse
from bot.reconciler import Reconciler
from bot.settings import Settings
from bot.store import Store, open_database
from bot.supervisor import Supervisor
from schemas.errors import UserError

log = logging.getLogger(__name__)

JUDGES = 2
"""Children that judge: a pull request that is costly keeps one of them at most."""
ANY_HOST = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared with, not bound to


def serve(settings: Settings) -> None:
    """Run the bot until SIGTERM or SIGINT."""
    log_to_stderr(*settings.secrets, form=settings.log_format)
    listener = listen(settings.host, settings.port)
    with listener, _signals(), running(settings, port=listener.getsockname()[1]) as (bot, server):
        sys.stdout.write(json.dumps({"address": bot.address}) + "\n")
        sys.stdout.flush()
        server.run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """Bind the port; connections wait from here on.

    Raises:
        UserError: if the port is in use, or the host is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"Port {port} is in use; end what listens there, or set ESPALIER_PORT.") from error
        raise UserError(f"The bot cannot listen on {host}:{port}: {error.strerror}; set ESPALIER_HOST.") from error
    return listener


@contextmanager
def running(settings: Settings, *, port: int) -> Iterator[tuple[Bot, uvicorn.Server]]:
    """Start everything but the web server, and end it in the opposite order."""
    cluster = open_cluster(settings)
    store = Store(open_database(settings.database))
    store.database.claim()
    host = "127.0.0.1" if settings.host in ANY_HOST else settings.host
    here = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    judge = Judge(processes=JUDGES)
    address = settings.public_url or here
    documents = Documents(settings.data / "documents", loopback=settings.loopback)
    github = GitHubApp(settings)
    bot = Bot(settings=settings, store=store, github=github, judge=judge, address=address, documents=documents)
    live = LiveReports()
    workers = Workers(store, partial(handle, bot, live))
    supervisor = Supervisor(bot, cluster, live)
    reconciler = Reconciler(bot, github)

    def pulse() -> Pulse:
        return Pulse(
            alive=store.alive and workers.alive and supervisor.alive and reconciler.alive,
            handlings=workers.durations.spread(),
            outcomes=workers.outcomes.all(),
            missed=reconciler.missed,
        )

    server = web_server(bot, pulse)
    store.start()
    workers.start()
    supervisor.start()
    reconciler.start()
    try:
        yield bot, server
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)  # one request to end is enough; what was started ends now
        reconciler.close()
        workers.close()
        supervisor.close()
        documents.close()
        judge.close()
        bot.github.close()
        store.close()


def web_server(bot: Bot, pulse: Callable[[], Pulse]) -> uvicorn.Server:
    """Make the web side of a bot; `pulse` tells how its threads do."""
    hook = Hook(bot.settings.webhook_secrets, bot.store.intake.keep, headers=strict_headers(forms=False))
    config = uvicorn.Config(
        create_app(bot, pulse, hook.answers),
        loop="uvloop", http=web_protocol(hook), ws="none", lifespan="off", limit_concurrency=CONNECTIONS,
        log_config=None, access_log=False, server_header=False, proxy_headers=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    return uvicorn.Server(config)


@contextmanager
def _signals() -> Iterator[None]:
    """End quietly on SIGTERM and SIGINT, also before the web server has its own handlers and after it."""

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    yield
