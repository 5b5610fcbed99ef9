"""Routes of the pages: server-rendered, each with a fragment that a small script fetches again."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from bot.context import Bot
from bot.oauth import GitHubSignIn
from bot.pages.acts import act_routes
from bot.pages.deliveries import deliveries_view
from bot.pages.downloads import download_routes
from bot.pages.rendering import HERE, Pages
from bot.pages.sign_in import CALLBACK, sign_in_routes
from bot.pages.views import build_view, overview_view
from bot.pages.visitor import Cookies
from bot.sessions import Sessions

STATIC = {"bot.css": "text/css", "live.js": "text/javascript", "mark.svg": "image/svg+xml"}


def page_routes(bot: Bot) -> APIRouter:
    """Give the routes of the pages; those that change anything only where people can sign in."""
    router = APIRouter()
    door = bot.settings.sign_in
    if door is None:
        pages = Pages(None)
    else:
        sessions = Sessions(door.client_secret)
        cookies = Cookies(sessions, bot.address)
        pages = Pages(cookies)
        github = GitHubSignIn(bot.settings, door, callback=f"{bot.address}{CALLBACK}")
        router.include_router(sign_in_routes(pages, cookies, sessions, github))
        router.include_router(act_routes(bot, pages, cookies))
    router.include_router(_showing_routes(bot, pages))
    return router


def _showing_routes(bot: Bot, pages: Pages) -> APIRouter:
    router = APIRouter()

    @router.get("/")
    def overview(request: Request) -> Response:
        return pages.render(request, "overview", view=overview_view(bot))

    @router.get("/builds/{build_id}")
    def build(request: Request, build_id: str) -> Response:
        view = build_view(bot, build_id)
        if view is None:
            return pages.refuse(request, HTTPStatus.NOT_FOUND, f"There is no build {build_id[:80]!r}.")
        return pages.render(request, "build", view=view)

    @router.get("/deliveries")
    def deliveries(request: Request) -> Response:
        return pages.render(request, "deliveries", view=deliveries_view(bot))

    router.include_router(download_routes(bot))

    @router.get("/static/{name}")
    def static(request: Request, name: str) -> Response:
        if name not in STATIC:
            return pages.refuse(request, HTTPStatus.NOT_FOUND, "There is no such file.")
        return FileResponse(HERE / "static" / name, media_type=STATIC[name], headers={"cache-control": "max-age=300"})

    @router.get("/{rest:path}")
    def elsewhere(request: Request, rest: str) -> Response:
        return pages.refuse(request, HTTPStatus.NOT_FOUND, f"There is no page /{rest[:80]}.")

    return router
