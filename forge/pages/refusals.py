"""Refusals as pages: what a browser is shown where something is not there, is not allowed, or did not work."""

from collections.abc import Callable, Coroutine

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from forge.errors import ApiError
from forge.pages.templating import page

Handler = Callable[[Request], Coroutine[None, None, Response]]


class PageRoute(APIRoute):
    """A route whose refusals are pages, not JSON."""

    def get_route_handler(self) -> Handler:
        """Wrap the handler."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                return await handle(request)
            except ApiError as error:
                status, message = error.status, error.message
            except RequestValidationError:
                status, message = 422, "A field of this form is missing: load the page again, and send it then."
            return refusal(status, message)

        return guarded


def refusal(status: int, message: str) -> Response:
    """Say on a page that something is not there, or did not work."""
    said = "There is no such page." if message == "Not Found" else message
    context = {"status": status, "message": said, "visitor": None, "users": ()}
    return page("error.html", context, status=status)
