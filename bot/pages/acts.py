"""Routes that change something: each for a signed-in person, in a form of ours, who holds the role at that moment."""

import hashlib
import logging
import time
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot import logs
from bot.command import Role, load_commands
from bot.context import Bot, receive
from bot.events import PAGE, Place, own_delivery, parse
from bot.gather import gather_role
from bot.github_api import GitHubError
from bot.github_api.client import READ
from bot.pages.rendering import Pages
from bot.pages.visitor import Cookies, RefusedFormError
from bot.policy import last_policy
from bot.records import Build
from schemas.errors import UserError

log = logging.getLogger(__name__)


def act_routes(bot: Bot, pages: Pages, cookies: Cookies) -> APIRouter:
    """Give the routes."""
    router = APIRouter()

    def answer(request: Request, form_token: str, act: Callable[[str], str]) -> Response:
        """Act in the name of whoever is signed in, and lead to the page that shows it; a refusal is a page too."""
        try:
            there = act(cookies.own_form(request, form_token).login)
        except RefusedFormError as refusal:
            return pages.refuse(request, refusal.status, str(refusal))
        except GitHubError as error:
            return pages.refuse(request, HTTPStatus.BAD_GATEWAY, f"{error}. Nothing was done; try again later.")
        return RedirectResponse(there, status_code=HTTPStatus.SEE_OTHER)

    @router.post("/deliveries/{guid}/{deed}")
    def on_delivery(request: Request, guid: str, deed: str, form_token: Annotated[str, Form()] = "") -> Response:
        return answer(request, form_token, partial(_on_delivery, bot, guid, deed))

    @router.post("/builds/{build_id}/{deed}")
    def on_build(request: Request, build_id: str, deed: str, form_token: Annotated[str, Form()] = "") -> Response:
        return answer(request, form_token, partial(_on_build, bot, build_id, deed))

    @router.post("/models/{version}/rollback")
    def on_model(request: Request, version: str, form_token: Annotated[str, Form()] = "") -> Response:
        return answer(request, form_token, partial(_roll_back, bot, version))

    return router


def _on_delivery(bot: Bot, guid: str, deed: str, login: str) -> str:
    """Have a delivery that failed tried again, or dismiss it.

    Raises:
        RefusedFormError: if there is no such delivery or deed, it did not fail, or the person may not.
        GitHubError: if GitHub cannot be asked now who may.
    """
    deeds = {"retry": bot.store.letters.retry, "dismiss": bot.store.letters.dismiss}
    if deed not in deeds:
        raise RefusedFormError(HTTPStatus.NOT_FOUND, "There is nothing of that name to do.")
    place = _place_of(bot, guid, deed)
    try:
        _require(bot, place, login, Role.TRIAGER)
    except GitHubError as error:
        if error.wait is not None:
            raise
        # As where the repository is gone: GitHub will never say who may.
        raise RefusedFormError(HTTPStatus.FORBIDDEN, f"{error}. {_by_hand(deed, guid)}") from error
    if not deeds[deed](guid):
        raise RefusedFormError(HTTPStatus.CONFLICT, "It is not among the failed ones any more.")
    with logs.about(delivery=guid, repository=place.repository):
        log.info("%s of the failed delivery by %s", deed, login)
    return "/deliveries"


def _on_build(bot: Bot, build_id: str, deed: str, login: str) -> str:
    """Cancel a build, or have it tried again.

    Raises:
        RefusedFormError: if there is no such build or deed, or the person may not.
    """
    build = bot.store.builds.get(build_id)
    if build is None or deed not in {"cancel", "retry"}:
        raise RefusedFormError(HTTPStatus.NOT_FOUND, "There is no such build, or nothing of that name to do.")
    _command(bot, build, login, deed, about=build_id)
    return f"/builds/{build_id}"


def _roll_back(bot: Bot, version: str, login: str) -> str:
    """Make an earlier version the current one.

    Raises:
        RefusedFormError: if there is no such version, or the person may not.
    """
    model = next((model for model in bot.store.releases.models() if model.name == version), None)
    build = None if model is None else bot.store.builds.get(model.build_id)
    if build is None:
        raise RefusedFormError(HTTPStatus.NOT_FOUND, "There is no such version.")
    _command(bot, build, login, "rollback", about=version)
    return "/"


def _command(bot: Bot, build: Build, login: str, name: str, *, about: str) -> None:
    """Give a command in a person's name, on a pull request of the build; it is carried out where a comment's is.

    Whether they may is asked here, for the page, and again when it is carried out.
    """
    place = Place(repository=build.job.repository, installation=build.installation)
    needs = load_commands()[name].needs
    if build.asked_by != login or needs > Role.STARTER:
        _require(bot, place, login, needs)
    # Pressed twice within the minute is pressed once.
    press = f"{name}-{about}-{hashlib.sha256(login.encode()).hexdigest()[:8]}-{int(time.time() // 60)}"
    number = build.job.pull_requests[0].number
    delivery = own_delivery(
        f"page-{press}", PAGE, place, number=number, button=name, login=login, about=about, press=press
    )
    receive(bot, delivery)


def _place_of(bot: Bot, guid: str, deed: str) -> Place:
    """Tell where a delivery is from, which says whose word counts.

    Raises:
        RefusedFormError: 404 if there is no such delivery, 403 if it is of no repository, 409 if it cannot be read.
    """
    try:
        delivery = bot.store.letters.delivery(guid)
        event = None if delivery is None else parse(delivery)
    except UserError as problem:
        raise RefusedFormError(HTTPStatus.CONFLICT, f"{problem} {_by_hand('dismiss', guid)}") from problem
    except ValueError as error:
        what = f"Its body is no JSON: there is nothing to try again. {_by_hand('dismiss', guid)}"
        raise RefusedFormError(HTTPStatus.CONFLICT, what) from error
    if delivery is None:
        raise RefusedFormError(HTTPStatus.NOT_FOUND, "There is no such delivery.")
    if event is None:
        raise RefusedFormError(HTTPStatus.FORBIDDEN, f"It belongs to no repository. {_by_hand(deed, guid)}")
    return event.place


def _by_hand(deed: str, guid: str) -> str:
    return f"An operator may run espalier deliveries {deed} {guid[:64]}."


def _require(bot: Bot, place: Place, login: str, needs: Role) -> None:
    """Ask GitHub whether a person holds a role in a repository now.

    Raises:
        RefusedFormError: 403 if they do not.
    """
    with bot.github.repository(place, permissions=READ) as repository:
        role = gather_role(bot.github, place, repository, login, last_policy(bot, place.repository))
    if role < needs:
        raise RefusedFormError(HTTPStatus.FORBIDDEN, f"This is for {needs.people.replace('`', '')}.")
