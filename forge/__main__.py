"""The `forge` command: serve a data folder as a small GitHub until told to stop."""

import argparse
import errno
import json
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from forge.app import create_app
from forge.git.process import version
from schemas.errors import UserError

GIT = (2, 38)
"""The first git with `merge-tree --write-tree`: its release notes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Serve the forge; argv[0] is the subcommand's name.

    Returns:
        0 after a stop that was asked for, 2 if it could not begin.
    """
    options = _parser().parse_args((argv or ["forge", *sys.argv[1:]])[1:])
    try:
        return _serve(options.data, options.host, options.port, options.admin_token_file)
    except UserError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="espalier forge", description="A small GitHub over bare Git repositories.")
    parser.add_argument("--data", type=Path, required=True, help="folder for repositories and state; made if missing")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on (default: any free one)")
    parser.add_argument("--admin-token-file", type=Path, help="file with the token for /_forge/ (default: a new token)")
    return parser


def _serve(data: Path, host: str, port: int, token_file: Path | None) -> int:
    _check_git()
    token = _token(token_file)
    listener = _listen(host, port)
    with listener:
        port = int(listener.getsockname()[1])
        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        try:
            app = create_app(data=data.resolve(), address=address, admin_token=token)
        except OSError as error:
            raise UserError(
                f"The data folder {data} cannot be used ({error.strerror}): give another with --data."
            ) from error
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
        server = _Server(config, {"address": address, "api": f"{address}/api/v3", "admin_token": token})
        # uvicorn ends in good order and then raises the signal again, for whoever else waits for it: nobody here.
        signal.signal(signal.SIGTERM, lambda *_: None)
        signal.signal(signal.SIGINT, lambda *_: None)
        server.run(sockets=[listener])
    return 0


class _Server(uvicorn.Server):
    """Says on standard output where it listens, once it does."""

    def __init__(self, config: uvicorn.Config, greeting: dict[str, str]) -> None:
        super().__init__(config)
        self._greeting = greeting

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve and say so."""
        await super().startup(sockets)
        sys.stdout.write(json.dumps(self._greeting) + "\n")
        sys.stdout.flush()


def _check_git() -> None:
    found = version()
    if found is None:
        raise UserError("There is no git to be run: install git 2.38 or later.")
    if found < GIT:
        raise UserError(f"Git {found[0]}.{found[1]} cannot merge without a working tree: install git 2.38 or later.")


def _token(file: Path | None) -> str:
    if file is None:
        return secrets.token_hex(20)
    try:
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UserError(
            f"The admin token cannot be read from {file} ({error.strerror}): name a readable file."
        ) from error
    if not token:
        raise UserError(f"The admin token file {file} is empty: write a token of your choice into it.")
    return token


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only a socket that says TCP gets asyncio's TCP_NODELAY; without it each answer may wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise UserError(f"Port {port} is in use: stop what listens there, or give another with --port.") from error
        raise UserError(f"Cannot listen on {host}:{port} ({error.strerror}): give another --host or --port.") from error
    listener.listen(2048)
    return listener


if __name__ == "__main__":
    sys.exit(main())
