"""The web application flow: the page that asks a user, and the exchange of a code for a token."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from forge.acts import sign_in
from forge.errors import ApiError
from forge.forge import Forge
from forge.pages.refusals import PageRoute
from forge.pages.templating import POLICY, page
from forge.pages.visitor import read_visitor, remember_form_token, require_own_form
from forge.records import User

PATH = "/login/oauth/authorize"


def router(forge: Forge) -> APIRouter:
    """Give the routes."""
    routes = APIRouter(route_class=PageRoute, include_in_schema=False)

    @routes.get(PATH, response_model=None)
    def ask(request: Request) -> Response:
        app = sign_in.find_app(forge, request.query_params)
        visitor = read_visitor(forge, request)
        users = forge.store.all(User, "type = 'User' ORDER BY login")
        here = f"{PATH}?{request.url.query}"
        response = page("sign_in.html", {"visitor": visitor, "users": users, "here": here, "app": app})
        # A browser holds a form's redirect to this too.
        back = urlsplit(request.query_params["redirect_uri"])
        allowed = f"form-action 'self' {back.scheme}://{back.netloc}"
        response.headers["Content-Security-Policy"] = POLICY.replace("form-action 'self'", allowed)
        remember_form_token(response, visitor)
        return response

    @routes.post(PATH, response_model=None)
    def agree(request: Request, form_token: Annotated[str, Form()]) -> Response:
        app = sign_in.find_app(forge, request.query_params)
        visitor = read_visitor(forge, request)
        require_own_form(forge, request, visitor, form_token)
        if visitor.user is None:
            raise ApiError(403, "Choose whom you act as, at the top of the page, and send this again.")
        return RedirectResponse(sign_in.agree(forge, app, visitor.user, request.query_params), status_code=302)

    @routes.post("/login/oauth/access_token", response_model=None)
    def exchange(
        client_id: Annotated[str, Form()] = "",
        client_secret: Annotated[str, Form()] = "",
        code: Annotated[str, Form()] = "",
        redirect_uri: Annotated[str | None, Form()] = None,
        code_verifier: Annotated[str, Form()] = "",
    ) -> Response:
        given = sign_in.Exchange(
            client_id=client_id,
            client_secret=client_secret,
            code=code,
            redirect_uri=redirect_uri,
            verifier=code_verifier,
        )
        return JSONResponse(sign_in.exchange(forge, given), headers={"Cache-Control": "no-store"})

    return routes
