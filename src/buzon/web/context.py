"""What each route of the pages can ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from starlette.datastructures import ImmutableMultiDict

from buzon.errors import Forbidden, Invalid, TooLarge
from buzon.flow import Visitor
from buzon.store.users import Role
from buzon.web.board import Board
from buzon.web.language import _, choose
from buzon.web.live import Live
from buzon.web.ports import Desk, User
from buzon.web.render import Renderer

COOKIE = "buzon_session"
LARGEST_FORM = 1_000_000  # bytes
MOST_FIELDS = 100  # of a form


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that the pages are made with. `address`: where people know the pages, if only by
    one."""

    desk: Desk
    render: Renderer
    live: Live
    board: Board
    address: str = ""


class SignInNeeded(Exception):
    """Whoever asks has no session, or one that has ended."""


def context_of(request: Request) -> Context:
    context: Context = request.app.state.context
    return context


def language_of(request: Request) -> str:
    """That which the user chose, else the browser's."""
    user = getattr(request.state, "user", None)
    if user and user.language:
        return str(user.language)
    return choose(request.headers.get("accept-language", ""))


def session_of(request: Request) -> str:
    return request.cookies.get(COOKIE, "")


def visitor_of(request: Request) -> Visitor:
    client = request.client.host if request.client else ""
    return Visitor(client, request.headers.get("user-agent", ""))


async def form_of(request: Request) -> ImmutableMultiDict[str, str]:
    """The fields of a form. Raises Invalid or TooLarge where it is no form that a page of ours
    sends."""
    too_large = TooLarge(_("This form is too large."), _("Go back, shorten it, and send it again."))
    if int(request.headers.get("content-length", 0)) > LARGEST_FORM:
        raise too_large
    read = bytearray()
    async for part in request.stream():
        read += part
        if len(read) > LARGEST_FORM:
            raise too_large
    body = read.decode("utf-8", "replace")
    try:
        return ImmutableMultiDict(
            parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS)
        )
    except ValueError as error:
        raise Invalid(_("This form has too many fields.")) from error


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route asks of whoever calls it. Every route has one, except those of `signing`."""

    role: Role

    async def __call__(self, request: Request) -> User:
        """Who asks. Raises SignInNeeded, Forbidden."""
        session = session_of(request)
        user = await context_of(request).desk.who(session) if session else None
        if user is None:
            raise SignInNeeded
        request.state.user = user
        if not user.may(self.role):
            raise Forbidden(_("Your role does not allow this."), _("Ask an administrator."))
        return user


T = TypeVar("T")


def at_once(find: Callable[[Request], T]) -> Callable[[Request], Awaitable[T]]:
    """What finds something in a request, as a dependency: what is not async goes through a thread,
    which on a machine that is busy has to wait for its turn."""

    async def found(request: Request) -> T:
        return find(request)

    return found


Parts = Annotated[Context, Depends(at_once(context_of))]
Language = Annotated[str, Depends(at_once(language_of))]
Session = Annotated[str, Depends(at_once(session_of))]
From = Annotated[Visitor, Depends(at_once(visitor_of))]
Form = Annotated[ImmutableMultiDict[str, str], Depends(form_of)]
SignedIn = Annotated[User, Depends(Needs("viewer"))]
Operator = Annotated[User, Depends(Needs("operator"))]
Administrator = Annotated[User, Depends(Needs("administrator"))]
