"""The OpenAPI document: every answer that a call can give, with an example of the good one."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from buzon.api.problems import (
    BAD_REQUEST,
    DATABASE,
    MEDIA_TYPE,
    MODEL,
    PARSER,
    Problem,
    code_of,
    codes,
)
from buzon.errors import Forbidden, Invalid, RequestError, TooLarge, Unauthorized, WrongType

ABOUT = """Each call but the health checks needs `Authorization: Bearer …`, a token with the scope
that the call names. Errors are problem documents (RFC 9457) with a stable `code`. Each answer has
an `X-Request-ID`: the caller's, where one was sent, else a new one; Buzón's log names it too."""

CODES = "x-codes"  # which problems an answer of that status can tell

# What calls can answer with by their nature; what else a call may, it says itself.
WITH_TOKEN = (code_of(Unauthorized), code_of(Forbidden), DATABASE, MODEL, PARSER)
WITH_BODY = (BAD_REQUEST, code_of(TooLarge), code_of(WrongType))
WITH_FIELDS = (code_of(Invalid),)


# For a route whose answer has an ETag.
KNOWN: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as If-None-Match says: nothing has changed."}
}


def answers(*errors: type[RequestError]) -> dict[int | str, dict[str, Any]]:
    """For a route: that it may answer so."""
    told: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        told.setdefault(error.status, {"description": "", CODES: []})[CODES].append(error.code)
    return told


def describe(app: FastAPI) -> None:
    """Have the app describe itself so."""

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI's manual has it


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=ABOUT, routes=app.routes
    )
    schemas = document["components"]["schemas"]
    schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for name, operation in _operations(document):
        _add_problems(operation)
        _add_example(name, operation)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield f"{method.upper()} {path}", operation


def _add_problems(operation: dict[str, Any]) -> None:
    told: dict[str, Any] = operation["responses"]
    own = [code for answer in told.values() for code in answer.get(CODES, ())]
    possible = [
        *(WITH_TOKEN if operation.get("security") else ()),
        *(WITH_BODY if "requestBody" in operation else ()),
        *(WITH_FIELDS if operation.keys() & {"requestBody", "parameters"} else ()),
        *(code for code in codes() if code.code in own),
    ]
    for status in {code.status for code in possible}:
        of_it = [code for code in possible if code.status == status]
        told[str(status)] = {
            "description": " ".join(f"`{code.code}`: {code.meaning}" for code in of_it),
            CODES: [code.code for code in of_it],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    operation["responses"] = dict(sorted(told.items()))


def _add_example(name: str, operation: dict[str, Any]) -> None:
    if name in examples():
        good = next(status for status in operation["responses"] if status[0] == "2")
        operation["responses"][good]["content"]["application/json"]["example"] = examples()[name]


@cache
def examples() -> dict[str, Any]:
    """A good answer to each call, from the program itself, shortened."""
    text = files("buzon.api").joinpath("examples.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
