"""Errors as problem documents (RFC 9457): what happened, and what to do."""

from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from buzon.errors import BuzonError, DatabaseError, RequestError, Unauthorized
from buzon.store.db import ContentRefused

log = structlog.get_logger()


def problem(status: int, code: str, title: str, detail: str = "") -> JSONResponse:
    content = {"type": f"urn:buzon:{code}", "title": title, "status": status, "code": code}
    if detail:
        content["detail"] = detail
    return JSONResponse(content, status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error of this app with a problem document."""
    app.add_exception_handler(BuzonError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    if isinstance(error, RequestError):
        answer = problem(error.status, error.code, error.what, error.do)
        if isinstance(error, Unauthorized):
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    if isinstance(error, ContentRefused):  # such as U+0000 in a filter
        return problem(422, "invalid", "The request holds a value that can't be.", error.what)
    if isinstance(error, DatabaseError):
        log.warning("request failed", why=str(error))
        answer = problem(
            503, "database", "The database is not available.", "Nothing was stored. Try again."
        )
        answer.headers["Retry-After"] = "5"
        return answer
    log.error("request failed", why=str(error))
    return problem(500, "failed", "That did not work.", "The log says why.")


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it alone
    faults = [
        f"{'.'.join(str(part) for part in fault['loc'][1:]) or 'body'}: {fault['msg']}"
        for fault in error.errors()
    ]
    return problem(422, "invalid", "The request is not as it should be.", "; ".join(faults)[:2000])


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it alone
    if isinstance(error.__cause__, BuzonError):  # what FastAPI met while it read the body
        return await _ours(request, error.__cause__)
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    answer = problem(error.status_code, code, str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


async def _unforeseen(_request: Request, error: Exception) -> JSONResponse:
    return problem(500, "failed", "That did not work.", "The log says why.")
