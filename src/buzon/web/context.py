"""What each route of the pages can ask for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from buzon.web.language import choose
from buzon.web.live import Live
from buzon.web.ports import Desk, User
from buzon.web.render import Renderer

COOKIE = "buzon_session"


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that the pages are made with."""

    desk: Desk
    render: Renderer
    live: Live


class SignInNeeded(Exception):
    """Whoever asks has no session, or one that has ended."""


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def language_of(request: Request) -> str:
    return choose(request.headers.get("accept-language", ""))


async def _signed_in(request: Request) -> User:
    session = request.cookies.get(COOKIE, "")
    user = await context_of(request).desk.who(session) if session else None
    if user is None:
        raise SignInNeeded
    return user


Parts = Annotated[Context, Depends(context_of)]
Language = Annotated[str, Depends(language_of)]
SignedIn = Annotated[User, Depends(_signed_in)]
