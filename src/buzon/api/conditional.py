"""Answers that need not be sent again where the caller has them (RFC 9110, section 13)."""

from hashlib import sha256
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import TypeAdapter

from buzon.api.shapes import EventOut

ANYTHING = TypeAdapter[Any](Any)

IfMatch = Annotated[
    str | None,
    Header(
        max_length=1000,
        description="The ETag of the event as it was looked at: 412 where people or the model have"
        " said something else of it since. What became of its answer doesn't matter.",
    ),
]


def unless_known(request: Request, content: object, tag: str = "") -> Response:
    """The content as JSON with its ETag; 304 where If-None-Match names that."""
    body = ANYTHING.dump_json(content)
    headers = {"ETag": tag or f'"{_digest(body)}"', "Cache-Control": "no-cache"}
    if _given(request.headers.get("If-None-Match", "")) & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def event_tag(event: EventOut) -> str:
    """The ETag of an event, in two halves: what people and the model say of it, and what became of
    its answer."""
    return f'"{_said(event)}.{_digest(ANYTHING.dump_json(event.reply))}"'


def says_the_same(header: str, event: EventOut) -> bool:
    """Whether If-Match names the event in what people and the model say of it: that its answer
    went out meanwhile is no reason to look at it again."""
    return bool({tag.partition(".")[0] for tag in _given(header)} & {f'"{_said(event)}', "*"})


def _said(event: EventOut) -> str:
    return _digest(event.model_dump_json(exclude={"reply"}).encode())


def _given(header: str) -> set[str]:
    """The tags in a header. Proxies that compress make them weak."""
    return {each.strip().removeprefix("W/") for each in header.split(",")}


def _digest(body: bytes) -> str:
    return sha256(body).hexdigest()[:32]
