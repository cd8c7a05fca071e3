"""What is no call: a page for people, a problem document for programs."""

from collections.abc import Collection

from starlette.datastructures import Headers
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


def is_of_a_program(headers: Headers) -> bool:
    """A browser brings no token, and takes HTML."""
    accepted = headers.get("accept", "").lower()
    brings_token = headers.get("authorization", "").lower().startswith("bearer ")
    return brings_token or ("json" in accepted and "html" not in accepted)
