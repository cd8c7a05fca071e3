"""Answers that need not be sent again where the caller has them (RFC 9110, section 13)."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import TypeAdapter

ANYTHING = TypeAdapter[Any](Any)

IfMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        description="The ETag of the event as it was looked at: 412 where it has changed since.",
    ),
]


def tag_of(content: object) -> str:
    """The ETag of what is shown: the same as long as nothing in it changes."""
    return _tag(ANYTHING.dump_json(content))


def matches(header: str, tag: str) -> bool:
    """Whether a header names this tag, or any. Proxies that compress make tags weak."""
    given = {each.strip().removeprefix("W/") for each in header.split(",")}
    return bool(given & {tag, "*"})


def unless_known(request: Request, content: object) -> Response:
    """The content as JSON with its ETag; 304 where If-None-Match names that."""
    body = ANYTHING.dump_json(content)
    headers = {"ETag": _tag(body), "Cache-Control": "no-cache"}
    if matches(request.headers.get("If-None-Match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def _tag(body: bytes) -> str:
    return f'"{sha256(body).hexdigest()[:32]}"'
