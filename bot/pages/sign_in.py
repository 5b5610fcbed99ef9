"""Routes to sign in with GitHub, and out again."""

import logging
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from bot.oauth import GitHubSignIn
from bot.pages.rendering import Pages
from bot.pages.visitor import Cookies, RefusedFormError, new_entry
from bot.sessions import Sessions
from schemas.errors import UserError

log = logging.getLogger(__name__)

CALLBACK = "/sign-in/callback"


def sign_in_routes(pages: Pages, cookies: Cookies, sessions: Sessions, github: GitHubSignIn) -> APIRouter:
    """Give the routes."""
    router = APIRouter()

    @router.get("/sign-in")
    def begin(to: str = "/") -> Response:
        entry = new_entry(to)
        address = github.address(state=sessions.state(entry), challenge=sessions.challenge(entry))
        response = RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
        cookies.begin(response, entry)
        return response

    @router.get(CALLBACK)
    def come_back(request: Request, state: str = "", code: str = "", error: str = "") -> Response:
        entry = cookies.entry(request, state=state)
        if entry is None:
            what = "This sign-in is too old, or began in another browser: sign in once more."
            return pages.refuse(request, HTTPStatus.FORBIDDEN, what)
        if error or not code:
            return RedirectResponse(entry.back, status_code=HTTPStatus.SEE_OTHER)  # they changed their mind
        try:
            login = github.login(code, verifier=sessions.verifier(entry))
        except UserError as problem:
            log.warning("nobody was signed in: %s", problem)
            return pages.refuse(request, HTTPStatus.BAD_GATEWAY, str(problem))
        log.info("%s signed in", login)
        response = RedirectResponse(entry.back, status_code=HTTPStatus.SEE_OTHER)
        cookies.sign_in(response, login)
        return response

    @router.post("/sign-out")
    def end(request: Request, form_token: Annotated[str, Form()] = "") -> Response:
        try:
            cookies.own_form(request, form_token)
        except RefusedFormError as refusal:
            return pages.refuse(request, refusal.status, str(refusal))
        response = RedirectResponse("/", status_code=HTTPStatus.SEE_OTHER)
        cookies.sign_out(response)
        return response

    return router
