"""One request to the REST API: who calls, on what, with which body; and the paths that take it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from forge.access import Kind, Need, admit
from forge.answers import Answer, seal
from forge.auth import NOBODY, Caller, check_admin, identify
from forge.body import Body, parse_body
from forge.errors import ApiError, NotFoundError
from forge.forge import Actor, Forge
from forge.limits import Limits
from forge.records import Repository
from forge.roles import Role
from forge.shapes.users import Shape

T = TypeVar("T")
PER_PAGE, MOST_PER_PAGE = 30, 100
CURSOR = "v1_"
DIGITS = 18
"""No id or page has more digits; SQLite's integers hold them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as routes see it."""

    forge: Forge
    limits: Limits
    caller: Caller
    path: Mapping[str, str]
    query: Mapping[str, str]
    accept: str
    address: str
    body: Body
    found: Repository | None

    @property
    def repository(self) -> Repository:
        """The repository that the path names.

        Raises:
            NotFoundError: if the path names none.
        """
        if self.found is None:
            raise NotFoundError
        return self.found

    @property
    def actor(self) -> Actor:
        """Whoever acts; refused with 401 if it is nobody."""
        return self.caller.actor()

    def number(self, name: str) -> int:
        """Read a number in the path.

        Raises:
            NotFoundError: if it is none.
        """
        number = _number(self.path[name])
        if number is None:
            raise NotFoundError
        return number

    def record(self, kind: type[T], *, name: str = "id") -> T:
        """Read the record of the path's repository with the id in the path.

        Raises:
            NotFoundError: if there is none.
        """
        number = self.number(name)
        found = self.forge.store.first(kind, "id = ? AND repository_id = ?", number, self.repository.id)
        if found is None:
            raise NotFoundError
        return found


Endpoint = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """How a part of the API tells errors: about which resource, and whether in words alone."""

    resource: str
    in_words: bool


class Routes:
    """A part of the API: paths with what they need, in the order in which they are tried."""

    def __init__(self, resource: str, *, in_words: bool = False) -> None:
        """Name the resource that errors are about; a few parts of GitHub's API tell them in words alone."""
        self.router = APIRouter()
        self._part = Part(resource=resource, in_words=in_words)

    def add(
        self, method: str, path: str, grants: str = "", role: Role = Role.READ, *, kind: Kind = Kind.ANY
    ) -> Callable[[Endpoint], Endpoint]:
        """Serve a path; `grants` names alternatives for installations, as `issues:write pull_requests:write`."""
        pairs = [grant.partition(":") for grant in grants.split()]
        need = Need(kind=kind, grants=tuple((name, access) for name, _, access in pairs), role=role)
        part = self._part

        def register(endpoint: Endpoint) -> Endpoint:
            async def respond(request: Request) -> Response:
                content = await request.body()
                return await run_in_threadpool(_respond, request, content, need, part, endpoint)

            self.router.add_route(path, respond, methods=[method])
            return endpoint

        return register


def listing(call: Call, items: Sequence[T], shape: Callable[[T], object], *, key: str | None = None) -> Answer:
    """Answer with a page of a list and the links to the others; `key` wraps it with the total count."""
    page = _number(call.query.get("page", "")) or 1
    size = min(_number(call.query.get("per_page", "")) or PER_PAGE, MOST_PER_PAGE)
    shown = [shape(item) for item in items[(page - 1) * size : page * size]]
    last = max(1, -(-len(items) // size))
    links = {
        "prev": page - 1 if page > 1 else None,
        "next": page + 1 if page < last else None,
        "last": last if page < last else None,
        "first": 1 if page > 1 else None,
    }
    header = ", ".join(
        f'<{call.address}?{urlencode({**call.query, "page": target})}>; rel="{name}"'
        for name, target in links.items()
        if target is not None
    )
    content: object = shown if key is None else {"total_count": len(items), key: shown}
    return Answer(content=content, headers={"Link": header} if header else {})


def listing_from(call: Call, items: Sequence[T], shape: Callable[[T], Shape]) -> Answer:
    """Answer with a stretch of a list, newest first, and the link to the next: GitHub pages some lists by a cursor."""
    size = min(_number(call.query.get("per_page", "")) or PER_PAGE, MOST_PER_PAGE)
    last_seen = _number(call.query.get("cursor", "").removeprefix(CURSOR))
    shapes = [shape(item) for item in items]
    left = [item for item in shapes if last_seen is None or int(str(item["id"])) < last_seen]
    shown = left[:size]
    if len(left) <= size:
        return Answer(content=shown)
    query = urlencode({**call.query, "cursor": f"{CURSOR}{shown[-1]['id']}"})
    return Answer(content=shown, headers={"Link": f'<{call.address}?{query}>; rel="next"'})


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


def _respond(request: Request, content: bytes, need: Need, part: Part, endpoint: Endpoint) -> Response:
    forge: Forge = request.app.state.forge
    limits: Limits = request.app.state.limits
    caller = NOBODY
    try:
        caller = _identify(request, forge, need)
        limits.take(caller.key, free=need.kind in {Kind.ADMIN, Kind.OPEN} or request.url.path.endswith("/rate_limit"))
        path = request.path_params
        _check_names((*path.values(), *request.query_params.values()))
        found = forge.find_repository(path["owner"], path["repo"]) if "repo" in path else None
        admit(forge, caller, need, path, found, writes=request.method != "GET")
        call = Call(
            forge=forge,
            limits=limits,
            caller=caller,
            path=path,
            query=dict(request.query_params),
            accept=request.headers.get("accept", ""),
            address=f"{forge.address}{request.url.path}",
            body=parse_body(content, part.resource),
            found=found,
        )
        answer = endpoint(call)
    except ApiError as error:
        answer = Answer(status=error.status, content=error.content(in_words=part.in_words), headers=error.headers)
    return seal(request, answer, limits.headers(caller.key))


def _check_names(names: Iterable[str]) -> None:
    # Nothing is named with NUL, and git takes none.
    if any("\0" in name for name in names):
        raise NotFoundError


def _identify(request: Request, forge: Forge, need: Need) -> Caller:
    header = request.headers.get("authorization")
    if need.kind is not Kind.ADMIN:
        return identify(forge, header)
    check_admin(header, request.app.state.admin_token)
    return NOBODY
