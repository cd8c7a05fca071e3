"""The OpenAPI document: every answer that a call can give, with an example of the good one."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from buzon.api.problems import MEDIA_TYPE, Problem, codes

ABOUT = """Each call but the health checks needs `Authorization: Bearer …`, a token with the scope
that the call names. Errors are problem documents (RFC 9457) with a stable `code`. Each answer has
an `X-Request-ID`: the caller's, where one was sent, else a new one; Buzón's log names it too."""

# What calls can answer with by their nature; what else a call may, it says itself.
WITH_TOKEN = (401, 403, 503)
WITH_BODY = (400, 413, 415, 422)


# For a route whose answer has an ETag.
KNOWN: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as If-None-Match says: nothing has changed."}
}


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For a route: that it may answer so."""
    return {status: {"description": _meaning(status)} for status in statuses}


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
    by_nature = [
        *(WITH_TOKEN if operation.get("security") else ()),
        *(WITH_BODY if "requestBody" in operation else ()),
    ]
    for status in by_nature:
        told.setdefault(str(status), {})
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    for status, answer in told.items():
        if status[0] in "45" and ("content" not in answer or status == "422"):
            answer |= {"description": _meaning(int(status)), "content": {MEDIA_TYPE: schema}}
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


@cache
def _meaning(status: int) -> str:
    return " ".join(f"`{code.code}`: {code.meaning}" for code in codes() if code.status == status)
