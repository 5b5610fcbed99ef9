"""Git over HTTP: clone, fetch and push through `git http-backend`, streamed both ways."""

import asyncio
import contextlib
import os
import signal
import tempfile
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from forge.access import holds, reaches
from forge.acts import pushes
from forge.auth import Caller, identify
from forge.errors import ApiError, ForbiddenError, NotFoundError
from forge.forge import Forge
from forge.git.process import ENVIRONMENT
from forge.git.refs import parse_updates
from forge.records import Repository
from forge.roles import Role, role_of

CHUNK = 65_536
SERVICES = ("git-upload-pack", "git-receive-pack")
CHALLENGE = {"WWW-Authenticate": 'Basic realm="GitHub"'}

router = APIRouter()


async def _serve(request: Request) -> Response:
    forge: Forge = request.app.state.forge
    path = request.path_params
    tail = request.url.path.rsplit("/", 1)[-1]
    service = request.query_params.get("service", "") if tail == "refs" else tail
    try:
        if service not in SERVICES:
            raise ForbiddenError("Please upgrade your git client: only git's smart protocol is spoken here.")
        header = request.headers.get("authorization")
        caller, repository = await run_in_threadpool(_admit, forge, header, path["owner"], path["repo"], service)
    except ApiError as error:
        headers = CHALLENGE if error.status == HTTPStatus.UNAUTHORIZED else {}
        return PlainTextResponse(f"{error.message}\n", status_code=error.status, headers=headers)
    info = "/info/refs" if tail == "refs" else f"/{service}"
    return _Backend(request, forge, caller, repository, info)


router.add_route("/{owner}/{repo}/info/refs", _serve, methods=["GET"])
router.add_route("/{owner}/{repo}/git-upload-pack", _serve, methods=["POST"])
router.add_route("/{owner}/{repo}/git-receive-pack", _serve, methods=["POST"])


def _admit(forge: Forge, header: str | None, owner: str, name: str, service: str) -> tuple[Caller, Repository]:
    caller = identify(forge, header)
    repository = forge.find_repository(owner, name.removesuffix(".git"))
    hidden = repository is None or (repository.private and not _may(forge, caller, repository, writes=False))
    writes = service == "git-receive-pack"
    if (hidden or writes) and caller.user is None:
        raise ApiError(401, "Authentication required")
    if repository is None or hidden:
        raise NotFoundError("Repository not found.")
    if writes and not _may(forge, caller, repository, writes=True):
        who = "nobody" if caller.user is None else caller.user.login
        raise ForbiddenError(f"Permission to {forge.full_name(repository)}.git denied to {who}.")
    return caller, repository


def _may(forge: Forge, caller: Caller, repository: Repository, *, writes: bool) -> bool:
    if caller.installation is not None:
        return reaches(caller, repository) and holds(caller, "contents", "write" if writes else "read")
    return role_of(forge, repository, caller.user) >= (Role.WRITE if writes else Role.READ)


def _environment(request: Request, folder: Path, caller: Caller, info: str, pushed: Path) -> dict[str, str]:
    headers = request.headers
    environment = {
        **ENVIRONMENT,
        "GIT_PROJECT_ROOT": str(folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "PATH_INFO": f"/{folder.name}{info}",
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": request.url.query,
        "CONTENT_TYPE": headers.get("content-type", ""),
        "REMOTE_ADDR": "" if request.client is None else request.client.host,
        "FORGE_PUSHED": str(pushed),
    }
    for name, header in (
        ("CONTENT_LENGTH", "content-length"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
        ("GIT_PROTOCOL", "git-protocol"),
    ):
        if header in headers:
            environment[name] = headers[header]
    if caller.user is not None:
        environment["REMOTE_USER"] = caller.user.login
    return environment


class _Backend(Response):
    """The answer of `git http-backend`, sent as it comes while the request still goes in.

    Starlette's own streaming listens for the client's leaving by reading the request, whose chunks would then be lost.
    """

    def __init__(self, request: Request, forge: Forge, caller: Caller, repository: Repository, info: str) -> None:
        super().__init__()
        self._request = request
        self._forge = forge
        self._caller = caller
        self._repository = repository
        self._info = info

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002 - the request was made from it
        receive: Receive,  # noqa: ARG002 - the request reads it
        send: Send,
    ) -> None:
        """Run git, feed it, and pass on what it says."""
        with tempfile.TemporaryDirectory(prefix="forge-push-") as scratch:
            pushed = Path(scratch) / "pushed"
            folder = self._forge.folder(self._repository)
            process = await asyncio.create_subprocess_exec(
                "git",
                "http-backend",
                start_new_session=True,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env=_environment(self._request, folder, self._caller, self._info, pushed),
            )
            feeding = asyncio.create_task(_feed(process, self._request))
            try:
                await self._pass_on(process, send)
                await process.wait()
                # The client is told that it is done only after all that follows from the push has been set going.
                if pushed.exists():
                    await run_in_threadpool(self._record, pushed.read_text(encoding="utf-8").splitlines())
                await send({"type": "http.response.body", "body": b""})
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
                await _end(process)

    async def _pass_on(self, process: asyncio.subprocess.Process, send: Send) -> None:
        if process.stdout is None:
            return
        status, headers = await _head(process.stdout)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        while chunk := await process.stdout.read(CHUNK):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})

    def _record(self, lines: list[str]) -> None:
        pushes.record(self._forge, self._caller.actor(), self._repository, parse_updates(lines))


async def _feed(process: asyncio.subprocess.Process, request: Request) -> None:
    if process.stdin is None:
        return
    try:
        async for chunk in request.stream():
            process.stdin.write(chunk)
            await process.stdin.drain()
    except (BrokenPipeError, ConnectionResetError):
        # Git has read all that it wanted, and says why in its answer.
        return
    except ClientDisconnect:
        await _end(process)
    finally:
        process.stdin.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the backend with all it started: `git` alone is a wrapper, and a backend without its input spins for ever."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


async def _head(output: asyncio.StreamReader) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Read the head of a CGI answer; one without any header is a failure of git's."""
    status, headers = 200, list[tuple[bytes, bytes]]()
    while line := (await output.readline()).strip():
        name, _, value = line.partition(b": ")
        if name.lower() == b"status":
            status = int(value.split(b" ")[0])
        else:
            headers.append((name.lower(), value))
    return status if headers else 500, headers
