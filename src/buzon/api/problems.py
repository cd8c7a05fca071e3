"""Errors as problem documents (RFC 9457): what happened, and what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from buzon.api.request_id import present_id
from buzon.errors import (
    BuzonError,
    ChangedMeanwhile,
    Conflict,
    DatabaseError,
    Forbidden,
    Invalid,
    KeyReused,
    ModelError,
    NotFound,
    NotHandedOut,
    ParsingEnded,
    RequestError,
    TooLarge,
    TrainingUnderWay,
    Unauthorized,
    UnknownCategory,
    WrongType,
)
from buzon.store.db import ContentRefused

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Problem(BaseModel):
    """What went wrong (RFC 9457). Programs go by `code`; `title` and `detail` are for people."""

    type: str = Field(examples=["urn:buzon:not-found"], description="The code, as a URN.")
    title: str = Field(examples=["There is no event 17."])
    status: int = Field(examples=[404], description="The same as that of the answer.")
    code: str = Field(examples=["not-found"])
    detail: str | None = Field(None, description="What to do, where there is more to say.")
    request_id: str | None = Field(None, description="As in X-Request-ID and in Buzón's log.")
    job_id: int | None = Field(None, description="Of the training that is under way.")


@dataclass(frozen=True, slots=True)
class Code:
    """A stable name for a kind of error, and what it means."""

    status: int
    code: str
    meaning: str


REQUEST_ERRORS: tuple[type[RequestError], ...] = (
    Unauthorized, Forbidden, NotFound, Conflict, NotHandedOut, TrainingUnderWay, ChangedMeanwhile,
    TooLarge, WrongType, Invalid, UnknownCategory, KeyReused,
)  # fmt: skip

BAD_REQUEST = Code(400, "bad-request", "No UTF-8, nested too deep, or a number too long to read.")
WRONG_METHOD = Code(405, "method-not-allowed", "There is such a path, but not to do that with.")
FAILED = Code(500, "failed", "A fault of ours; the log says more, under the request's id.")
DATABASE = Code(503, "database", "The database is not available. Nothing was stored; try again.")
MODEL = Code(503, "model", "No model can be used; `buzon check` says why.")
PARSER = Code(503, "parser", "No mail can be parsed for want of memory; try again later.")


def code_of(error: type[RequestError]) -> Code:
    return Code(error.status, error.code, first_line(error.__doc__ or ""))


def codes() -> Iterator[Code]:
    """All that the API answers with, by status."""
    told = map(code_of, REQUEST_ERRORS)
    own = (BAD_REQUEST, WRONG_METHOD, FAILED, DATABASE, MODEL, PARSER)
    yield from sorted([*told, *own], key=lambda code: (code.status, code.code))


def first_line(text: str) -> str:
    return " ".join(text.split("\n\n", 1)[0].split())


def problem(
    status: int, code: str, title: str, detail: str = "", job_id: int | None = None
) -> JSONResponse:
    told = Problem(
        type=f"urn:buzon:{code}",
        title=title,
        status=status,
        code=code,
        detail=detail or None,
        request_id=present_id(),
        job_id=job_id,
    )
    return JSONResponse(told.model_dump(exclude_none=True), status, media_type=MEDIA_TYPE)


def unforeseen() -> JSONResponse:
    return problem(FAILED.status, FAILED.code, "That did not work.", "The log says why.")


def install(app: FastAPI) -> None:
    """Answer every error that was foreseen with a problem document."""
    app.add_exception_handler(BuzonError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RequestError):
        job_id = error.job_id if isinstance(error, TrainingUnderWay) else None
        answer = problem(error.status, error.code, error.what, error.do, job_id)
        if isinstance(error, Unauthorized):
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if isinstance(error, ContentRefused):  # such as U+0000 in a filter
        return problem(422, "invalid", "The request holds a value that can't be.", error.what)
    log.warning("request failed", why=str(error))
    if isinstance(error, DatabaseError):
        return _later(DATABASE, "The database is not available.", "Nothing was stored. Try again.")
    if isinstance(error, ModelError):
        return _later(MODEL, "No model can be used.", "See: buzon check")
    if isinstance(error, ParsingEnded):
        return _later(PARSER, error.what, "Nothing was stored. Try again.")
    return unforeseen()


def _later(code: Code, title: str, detail: str) -> JSONResponse:
    answer = problem(code.status, code.code, title, detail)
    answer.headers["Retry-After"] = "5"
    return answer


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    if isinstance(error.body, bytes):  # what doesn't say that it is JSON isn't read as such
        return await _ours(request, wrong_type(request, "application/json"))
    faults = [f"{_place(fault)}: {_words(fault)}" for fault in error.errors()]
    return problem(422, "invalid", "The request is not as it should be.", "; ".join(faults)[:2000])


def wrong_type(request: Request, taken: str, more: str = "") -> WrongType:
    """For a body that isn't of the type that the call takes; `more` of what to do."""
    given = request.headers.get("content-type", "")[:100]
    return WrongType(
        f"The body is {given}, as its Content-Type says." if given else "The body is of no type.",
        f"{request.url.path} takes {taken}: send that, and say so in the header Content-Type."
        + more,
    )


def _place(fault: Mapping[str, Any]) -> str:
    """The field by its path, or the body as such."""
    path = () if fault["type"] == "json_invalid" else fault["loc"][1:]
    return ".".join(map(str, path)) or "body"


def _words(fault: Mapping[str, Any]) -> str:
    kind, given = str(fault["type"]), str(fault["input"])[:60]
    if kind == "json_invalid":
        return f"it is no JSON. At character {fault['loc'][-1]}: {fault['ctx']['error']}."
    if kind.startswith("datetime_"):
        return (
            f"“{given}” is no time. Write it like 2026-11-27 or 2026-11-27T09:30:00Z;"
            " for 09:30:00+01:00 an address needs 09:30:00%2B01:00."
        )
    if kind.startswith("date_"):
        return f"“{given}” is no day. Write it like 2026-11-27."
    return str(fault["msg"]).removeprefix("Value error, ")


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if isinstance(error.__cause__, BuzonError):  # what FastAPI met while it read the body
        return await _ours(request, error.__cause__)
    if error.status_code == WRONG_METHOD.status:
        return _wrong_method(request)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


def _wrong_method(request: Request) -> JSONResponse:
    """Says all that can be done there; the router knows only what its first match takes."""
    allowed = ", ".join(method for method in METHODS if _is_taken(request, method))
    answer = problem(
        WRONG_METHOD.status,
        WRONG_METHOD.code,
        f"{request.method} can't be done with {request.url.path}.",
        f"What can: {allowed}.",
    )
    answer.headers["Allow"] = allowed
    return answer


def _is_taken(request: Request, method: str) -> bool:
    asked = {**request.scope, "method": method}
    return any(route.matches(asked)[0] is Match.FULL for route in request.app.router.routes)
