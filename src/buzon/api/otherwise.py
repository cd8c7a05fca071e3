"""What is no call: a page for people, a problem document for programs."""

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from buzon.errors import NotFound


class Otherwise:
    """ASGI: hands on to the `pages`, if there are any, what neither begins like a call, such as
    /events/7/nothing, nor is asked for as a program does."""

    def __init__(self, places: Collection[str], pages: ASGIApp | None) -> None:
        self.places = places
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = scope["path"].lstrip("/").split("/")[0]
        if self.pages is None or place in self.places or is_of_a_program(Headers(scope=scope)):
            raise NotFound(
                f"There is no call {scope['method']} {scope['path'][:200]}.",
                "GET /docs names all there are.",
            )
        await self.pages(scope, receive, send)


class AlsoAPage(Route):
    """The address of a call at which people look for a page: who asks for HTML, and brings no
    token, is sent there. For everybody else it is the call's alone."""

    def __init__(self, path: str, page: str) -> None:
        async def go(_request: Request) -> RedirectResponse:
            return RedirectResponse(page, 303)

        super().__init__(path, go, methods=["GET"], include_in_schema=False)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        wanted = match is Match.FULL and asks_for_a_page(Headers(scope=scope))
        return (match, child) if wanted else (Match.NONE, {})


def asks_for_a_page(headers: Headers) -> bool:
    return "text/html" in headers.get("accept", "").lower() and not is_of_a_program(headers)


def is_of_a_program(headers: Headers) -> bool:
    """A browser brings no token, and takes HTML."""
    accepted = headers.get("accept", "").lower()
    brings_token = headers.get("authorization", "").lower().startswith("bearer ")
    return brings_token or ("json" in accepted and "html" not in accepted)
