"""Routes that change something: each for a signed-in person, in a form of ours, who holds the role at that moment."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.command import Role
from bot.context import Bot
from bot.events import Place, parse
from bot.gather import gather_role
from bot.github_api import GitHubError
from bot.pages.rendering import Pages
from bot.pages.visitor import Cookies, RefusedFormError
from bot.policy import last_policy
from schemas.errors import UserError


def act_routes(bot: Bot, pages: Pages, cookies: Cookies) -> APIRouter:
    """Give the routes."""
    router = APIRouter()

    def answer(request: Request, act: Callable[[], str]) -> Response:
        """Act, and lead to the page that shows it; a refusal is a page that says why."""
        try:
            there = act()
        except RefusedFormError as refusal:
            return pages.refuse(request, refusal.status, str(refusal))
        except UserError as problem:
            return pages.refuse(request, HTTPStatus.CONFLICT, str(problem))
        except GitHubError as error:
            return pages.refuse(request, HTTPStatus.BAD_GATEWAY, f"{error}. Nothing was done; try again later.")
        return RedirectResponse(there, status_code=HTTPStatus.SEE_OTHER)

    @router.post("/deliveries/{guid}/retry")
    def retry(request: Request, guid: str, form_token: Annotated[str, Form()] = "") -> Response:
        def act() -> str:
            session = cookies.own_form(request, form_token)
            _require(bot, _place_of(bot, guid), session.login, Role.TRIAGER)
            if not bot.store.letters.retry(guid):
                raise UserError("It is not among the failed ones any more.")
            return "/deliveries"

        return answer(request, act)

    return router


def _place_of(bot: Bot, guid: str) -> Place:
    """Tell where a delivery is from, which says whose word counts.

    Raises:
        RefusedFormError: 404 if there is no such delivery, 403 if it belongs to no repository.
    """
    delivery = bot.store.letters.delivery(guid)
    if delivery is None:
        raise RefusedFormError(HTTPStatus.NOT_FOUND, "There is no such delivery.")
    event = parse(delivery)
    if event is None:
        what = f"It belongs to no repository: an operator may run espalier deliveries retry {guid[:64]}."
        raise RefusedFormError(HTTPStatus.FORBIDDEN, what)
    return event.place


def _require(bot: Bot, place: Place, login: str, needs: Role) -> None:
    """Ask GitHub whether a person holds a role in a repository now.

    Raises:
        RefusedFormError: 403 if they do not.
    """
    with bot.github.repository(place) as repository:
        role = gather_role(bot.github, place, repository, login, last_policy(bot, place.repository))
    if role < needs:
        raise RefusedFormError(HTTPStatus.FORBIDDEN, f"This is for {needs.people.replace('`', '')}.")
