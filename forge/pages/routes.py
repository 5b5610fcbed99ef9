"""The addresses of the pages: what each shows, and what each form does."""

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from forge.errors import ApiError
from forge.forge import Forge
from forge.git import history
from forge.git.diffs import diff, text_diff, text_patch
from forge.git.refs import resolve
from forge.pages.conversation import fingerprint, view_conversation
from forge.pages.diffs import view_files
from forge.pages.forms import Deed, Forms, read_deed
from forge.pages.gather import (
    find_pull,
    find_repository,
    list_pulls,
    view_changes,
    view_commit,
    view_pull,
    view_repository,
)
from forge.pages.refusals import PageRoute
from forge.pages.templating import label_style, page, static_file
from forge.pages.tree import read_file, view_file, view_folder
from forge.pages.views import FilesView
from forge.pages.visitor import Visitor, read_visitor, remember_form_token, remember_user, require_own_form
from forge.records import CheckRun, Issue, Pull, Repository, User

COLORS = re.compile(r"[0-9a-f]{6}(-[0-9a-f]{6})*")
FOREVER = "public, max-age=31536000, immutable"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
PLAIN = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
STATES = ("open", "closed", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of one forge."""

    forge: Forge

    def _context(self, request: Request, visitor: Visitor, **values: object) -> dict[str, object]:
        users = self.forge.store.all(User, "type = 'User' ORDER BY login")
        return {"visitor": visitor, "users": users, "here": request.url.path, **values}

    def _show(self, request: Request, template: str, **values: object) -> Response:
        visitor = read_visitor(self.forge, request)
        response = page(template, self._context(request, visitor, **values))
        remember_form_token(response, visitor)
        return response

    def index(self, request: Request) -> Response:
        """Show all repositories."""
        found = self.forge.store.all(Repository, "1 ORDER BY pushed_at DESC, id DESC")
        repositories = [view_repository(self.forge, repository) for repository in found]
        return self._show(request, "index.html", repositories=repositories, owner=None)

    def owner(self, request: Request, owner: str) -> Response:
        """Show the repositories of one user.

        Raises:
            ApiError: 404, if there is no such user.
        """
        user = self.forge.find_user(owner)
        if user is None:
            raise ApiError(404, "There is no such user.")
        found = self.forge.store.all(Repository, "owner_id = ? ORDER BY pushed_at DESC, id DESC", user.id)
        repositories = [view_repository(self.forge, repository) for repository in found]
        return self._show(request, "index.html", repositories=repositories, owner=user)

    def static(self, name: str) -> Response:
        """Give one of our own files.

        Raises:
            ApiError: 404, if there is none of that name.
        """
        found = static_file(name)
        if found is None:
            raise ApiError(404, "There is no such file.")
        return Response(found[0], media_type=found[1], headers={"Cache-Control": FOREVER})

    def colors(self, colors: str) -> Response:
        """Give the style of labels of these colours.

        Raises:
            ApiError: 404, if these are no colours.
        """
        if not COLORS.fullmatch(colors):
            raise ApiError(404, "These are no colours.")
        css = "".join(label_style(color) for color in colors.split("-"))
        return Response(css, media_type="text/css", headers={"Cache-Control": FOREVER})

    def folder(self, request: Request, owner: str, name: str, rest: str = "") -> Response:
        """Show a folder of a repository; its root at the default branch if none is named."""
        repository = find_repository(self.forge, owner, name)
        view = view_folder(self.forge, repository, rest or repository.default_branch)
        clone_url = f"{self.forge.address}/{view.repository.full_name}.git"
        return self._show(request, "folder.html", view=view, repository=view.repository, clone_url=clone_url)

    def file(self, request: Request, owner: str, name: str, rest: str) -> Response:
        """Show a file."""
        view = view_file(self.forge, find_repository(self.forge, owner, name), rest)
        return self._show(request, "file.html", view=view, repository=view.repository)

    def raw(self, owner: str, name: str, rest: str) -> Response:
        """Give a file as it is, as plain text or as bytes to save: never as a page that could run."""
        _, _, content = read_file(self.forge, find_repository(self.forge, owner, name), rest)
        try:
            return PlainTextResponse(content.decode(), headers=PLAIN)
        except UnicodeDecodeError:
            return Response(content, media_type="application/octet-stream", headers=PLAIN)

    def commit(self, request: Request, owner: str, name: str, sha: str) -> Response:
        """Show a commit and what it changes against its first parent.

        Raises:
            ApiError: 404, if there is no such commit.
        """
        repository = find_repository(self.forge, owner, name)
        folder = self.forge.folder(repository)
        found = resolve(folder, sha)[0]
        if found is None:
            raise ApiError(404, "There is no such commit.")
        commit = history.read_commit(folder, found)
        files, _ = view_files(diff(folder, commit.parents[0] if commit.parents else EMPTY_TREE, commit.sha), ())
        return self._show(
            request,
            "commit.html",
            commit=view_commit(self.forge, repository, commit, with_checks=True),
            changes=FilesView(files=files, elsewhere=()),
            repository=view_repository(self.forge, repository),
        )

    def pulls(self, request: Request, owner: str, name: str, state: str = "open") -> Response:
        """List pull requests."""
        repository = find_repository(self.forge, owner, name)
        state = state if state in STATES else "open"
        lines = list_pulls(self.forge, repository, state=state)
        view = view_repository(self.forge, repository)
        return self._show(request, "pulls.html", lines=lines, state=state, states=STATES, repository=view)

    def run(self, owner: str, name: str, number: int) -> Response:
        """Lead from a check run's own address to the pull request that shows it.

        Raises:
            ApiError: 404, if there is no such run.
        """
        repository = find_repository(self.forge, owner, name)
        run = self.forge.store.first(CheckRun, "repository_id = ? AND id = ?", repository.id, number)
        condition = "repository_id = ? AND head_sha = ? ORDER BY number DESC"
        pull = self.forge.store.first(Pull, condition, repository.id, run.head_sha) if run is not None else None
        if run is None:
            raise ApiError(404, "There is no such check run.")
        where = f"/{self.forge.full_name(repository)}"
        target = f"{where}/commit/{run.head_sha}" if pull is None else f"{where}/pull/{pull.number}/checks#run-{run.id}"
        return RedirectResponse(target, status_code=302)

    def issue(self, owner: str, name: str, number: int) -> Response:
        """Lead from an issue's address to the pull request of that number; other issues have no page."""
        repository = find_repository(self.forge, owner, name)
        find_pull(self.forge, repository, number)
        return RedirectResponse(f"/{self.forge.full_name(repository)}/pull/{number}", status_code=302)

    def text(self, owner: str, name: str, number: int, form: str) -> Response:
        """Give a pull request's change as one difference, or its commits as mails.

        Raises:
            ApiError: 404, if there is no such pull request or form.
        """
        repository = find_repository(self.forge, owner, name)
        _, pull = find_pull(self.forge, repository, number)
        folder = self.forge.folder(repository)
        if form == "diff":
            start = history.merge_base(folder, pull.base_sha, pull.head_sha) or pull.base_sha
            return PlainTextResponse(text_diff(folder, start, pull.head_sha), headers=PLAIN)
        if form == "patch":
            return PlainTextResponse(text_patch(folder, pull.base_sha, pull.head_sha), headers=PLAIN)
        raise ApiError(404, "There is no such page.")

    def pull(self, request: Request, owner: str, name: str, number: int, tab: str = "conversation") -> Response:
        """Show one of the four pages of a pull request; unchanged since the browser's copy, it is not sent again.

        Raises:
            ApiError: 404, if there is no such pull request or page.
        """
        if tab not in {"conversation", "commits", "checks", "files"}:
            raise ApiError(404, "There is no such page.")
        repository = find_repository(self.forge, owner, name)
        issue, pull = find_pull(self.forge, repository, number)
        visitor = read_visitor(self.forge, request)
        parts = (fingerprint(self.forge, repository, issue, pull), tab, visitor.form_token, str(visitor.user))
        etag = f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        response = self.pull_page(request, repository, issue, pull, visitor=visitor, tab=tab)
        response.headers["ETag"] = etag
        return response

    def pull_page(
        self, request: Request, repository: Repository, issue: Issue, pull: Pull, *, visitor: Visitor,
        tab: str = "conversation", error: ApiError | None = None, draft: str = "",
    ) -> Response:  # fmt: skip
        """Lay a pull request's page out, perhaps with what went wrong and the text that must not get lost."""
        view = view_pull(self.forge, repository, issue, pull)
        values: dict[str, object] = {"view": view, "repository": view.repository, "tab": tab, "draft": draft}
        values["error"] = "" if error is None else error.message
        values["can"] = Forms(forge=self.forge).permissions(repository, issue, pull, visitor.user)
        if tab == "conversation":
            values["entries"] = view_conversation(self.forge, repository, issue, pull, view.commits)
        if tab == "files":
            values["changes"] = view_changes(self.forge, repository, pull)
        values["here"] = view.url if tab == "conversation" else f"{view.url}/{tab}"
        context = {**self._context(request, visitor), **values}
        response = page(f"pull_{tab}.html", context, status=200 if error is None else error.status)
        remember_form_token(response, visitor)
        return response

    def act_as(
        self, request: Request, form_token: Annotated[str, Form()], login: Annotated[str, Form()],
        here: Annotated[str, Form()] = "/",
    ) -> Response:  # fmt: skip
        """Choose whom the browser acts for.

        Raises:
            ApiError: 422, if this is nobody.
        """
        require_own_form(self.forge, request, read_visitor(self.forge, request), form_token)
        user = self.forge.find_user(login)
        if user is None or user.type != "User":
            raise ApiError(422, "Choose one of the forge's users.")
        response = RedirectResponse(here if re.match(r"/(?![/\\])", here) else "/", status_code=303)
        remember_user(response, user)
        return response

    def act(
        self, request: Request, owner: str, name: str, number: int, form_token: Annotated[str, Form()],
        deed: Annotated[Deed, Depends(read_deed)],
    ) -> Response:  # fmt: skip
        """Do what a pull request's form asks, then show the page again."""
        repository = find_repository(self.forge, owner, name)
        issue, pull = find_pull(self.forge, repository, number)
        visitor = read_visitor(self.forge, request)
        require_own_form(self.forge, request, visitor, form_token)
        try:
            anchor = Forms(forge=self.forge).act(repository, issue, pull, visitor.user, deed)
        except ApiError as error:
            return self.pull_page(request, repository, issue, pull, visitor=visitor, error=error, draft=deed.body)
        where = f"/{self.forge.full_name(repository)}/pull/{number}"
        return RedirectResponse(f"{where}#{anchor}", status_code=303)


def router(forge: Forge) -> APIRouter:
    """Give the routes of all pages; include them last, because `/{owner}/{name}` matches much."""
    pages = Pages(forge=forge)
    routes = APIRouter(route_class=PageRoute, include_in_schema=False)
    for path, handler in (
        ("/", pages.index),
        ("/_page/static/{name}", pages.static),
        ("/_page/colors/{colors}.css", pages.colors),
        ("/{owner}/{name}/pulls", pages.pulls),
        ("/{owner}/{name}/pull/{number:int}.{form}", pages.text),
        ("/{owner}/{name}/pull/{number:int}", pages.pull),
        ("/{owner}/{name}/pull/{number:int}/{tab}", pages.pull),
        ("/{owner}/{name}/issues/{number:int}", pages.issue),
        ("/{owner}/{name}/runs/{number:int}", pages.run),
        ("/{owner}/{name}/commit/{sha}", pages.commit),
        ("/{owner}/{name}/tree/{rest:path}", pages.folder),
        ("/{owner}/{name}/blob/{rest:path}", pages.file),
        ("/{owner}/{name}/raw/{rest:path}", pages.raw),
        ("/{owner}/{name}", pages.folder),
        ("/{owner}", pages.owner),
    ):
        routes.add_api_route(path, handler, methods=["GET"], response_model=None)
    routes.add_api_route("/_page/user", pages.act_as, methods=["POST"], response_model=None)
    act = "/{owner}/{name}/pull/{number:int}/{deed}"
    routes.add_api_route(act, pages.act, methods=["POST"], response_model=None)
    return routes
