"""Errors as sentences: what happened, and what to do."""

from dataclasses import dataclass

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from buzon.errors import (
    BuzonError,
    DatabaseError,
    NoSuchMail,
    RequestError,
    UnknownCategory,
)
from buzon.store.db import ContentRefused
from buzon.web.context import SignInNeeded, context_of, language_of
from buzon.web.guard import HEADERS
from buzon.web.language import _
from buzon.web.letters import NO_MAIL
from buzon.web.signing import START, ask, own_place

log = structlog.get_logger()

PANE = "pane"  # where the open mail stands
NOTICE = {"HX-Retarget": "#notice", "HX-Reswap": "innerHTML", "HX-Reselect": ".alarm"}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as people read it."""

    status: int
    what: str
    do: str


NO_PAGE = Problem(
    404, _("There is no such page."), _("Check the address, or go on with the mails.")
)
INVALID = Problem(422, _("This address makes no sense."), NO_PAGE.do)
DATABASE = Problem(
    503,
    _("The database does not answer."),
    _("Mails wait meanwhile and none is lost. Try again in a minute."),
)
NOT_TO_BE_STORED = Problem(  # such as U+0000
    422, _("What you sent holds a value that can't be stored."), _("Go back, and correct it.")
)
# What lower layers raise in words for programs.
FOR_PEOPLE: dict[type[Exception], Problem] = {
    UnknownCategory: Problem(
        UnknownCategory.status,
        _("There is no such category."),
        _("It may have been renamed or retired."),
    ),
    NoSuchMail: Problem(NoSuchMail.status, NO_MAIL, NO_PAGE.do),
}
UNFORESEEN = Problem(
    500,
    _("Something failed that should not."),
    _("Try again. If it stays, the log of the service says what happened."),
)


def install(app: FastAPI) -> None:
    """Answer every error of this app with a page."""
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(BuzonError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


async def _sign_in(request: Request, _error: Exception) -> Response:
    wanted = START
    if request.method == "GET":
        wanted = own_place(
            request.url.path + (f"?{request.url.query}" if request.url.query else "")
        )
    try:
        answer = await ask(context_of(request), language_of(request), status=401, wanted=wanted)
    except BuzonError as error:
        return await _ours(request, error)
    # A part of a page can't show the sign-in page in its place: have htmx load it whole.
    answer.headers["HX-Redirect"] = "/sign-in"
    return answer


async def _ours(request: Request, error: Exception) -> Response:
    if told := FOR_PEOPLE.get(type(error)):
        return _show(request, told)
    if isinstance(error, RequestError):
        return _show(request, Problem(error.status, error.what, error.do or NO_PAGE.do))
    log.warning("page failed", path=request.url.path, why=str(error))
    if isinstance(error, ContentRefused):
        return _show(request, NOT_TO_BE_STORED)
    return _show(request, DATABASE if isinstance(error, DatabaseError) else UNFORESEEN)


async def _invalid(request: Request, _error: Exception) -> Response:
    return _show(request, INVALID)


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _show(request, Problem(status, NO_PAGE.what, NO_PAGE.do))


async def _unforeseen(request: Request, _error: Exception) -> Response:
    # Starlette answers these outside of every middleware.
    answer = _show(request, UNFORESEEN)
    answer.headers.update(HEADERS)
    return answer


def _show(request: Request, problem: Problem) -> Response:
    """The whole page; for htmx the part that stands where the mail would, or above all where
    something else was to change, which then stays as it is."""
    template, headers = "error.html", {}
    if "HX-Request" in request.headers:
        template = "problem.html"
        if request.headers.get("HX-Target", PANE) != PANE:
            template, headers = "notice.html", NOTICE
    page = context_of(request).render.page(language_of(request), template, problem=problem)
    return HTMLResponse(page, problem.status, headers)
