"""The bot's web side and its store, without the workers: what it costs to accept a delivery, and nothing else.

Only for `bench_bot.py`; the settings are the bot's own.
"""

import json
import sys

from bot.context import Bot
from bot.github_api import GitHubApp
from bot.judge import Judge
from bot.logs import log_to_stderr
from bot.metrics import Pulse
from bot.numbers import Durations
from bot.server import listen, web_server
from bot.settings import read_settings
from bot.store import Store, open_database


def main() -> None:
    """Serve until SIGTERM."""
    settings = read_settings()
    log_to_stderr(*settings.secrets)
    store = Store(open_database(settings.database))
    listener = listen(settings.host, settings.port)
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    bot = Bot(settings=settings, store=store, github=GitHubApp(settings), judge=Judge(processes=0), address=address)
    pulse = Pulse(alive=True, handlings=Durations().spread(), outcomes={}, missed=0)
    server = web_server(bot, lambda: pulse)
    store.start()
    print(json.dumps({"address": address}), flush=True)
    server.run(sockets=[listener])
    store.close()


if __name__ == "__main__":
    sys.exit(main())
