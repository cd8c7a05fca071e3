"""Mails in."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from buzon.api.context import Parts, Sender
from buzon.api.described import answers
from buzon.api.intake import take_fields, take_raw
from buzon.api.problems import wrong_type
from buzon.api.shapes import Classified, Mail, as_json
from buzon.api.straight import Straight
from buzon.errors import KeyReused
from buzon.store.filters import NO_NUL

router = APIRouter(tags=["mails"], route_class=Straight)

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Of the caller's choice, a new one for each mail. The same mail again with it, "
        "within a day, gets the same answer, also where the first one was lost on its way; "
        "`reply.send` as long as that hand-out is open.",
    ),
]

# Whoever sends these means another call; most programs name no type, or a wrong one, for a mail.
NO_MAIL = ("application/json", "multipart/form-data")
RAW = {
    "schema": {"type": "string", "format": "binary"},
    "example": "From: Luis Gil <luis@example.org>\r\nTo: soporte@example.com\r\n"
    "Subject: Caja rota\r\nMessage-ID: <b7@mail.example.org>\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\nLa caja ha llegado rota.\r\n",
}


@router.post("/classify", response_model=Classified, responses=answers(KeyReused))
async def classify(
    mail: Mail, parts: Parts, caller: Sender, idempotency_key: IdempotencyKey = None
) -> Response:
    """Store a mail given in its parts, sort it, and say what is to be answered."""
    return as_json(await take_fields(parts, mail, caller, idempotency_key))


@router.post(
    "/messages",
    response_model=Classified,
    responses=answers(KeyReused),
    openapi_extra={"requestBody": {"content": {"message/rfc822": RAW}, "required": True}},
)
async def messages(
    request: Request,
    parts: Parts,
    caller: Sender,
    mailbox: Annotated[str, Query(max_length=200, pattern=NO_NUL)] = "",
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Store a raw mail (`message/rfc822`), sort it, and say what is to be answered."""
    if request.headers.get("content-type", "").lower().startswith(NO_MAIL):
        raise wrong_type(request, "message/rfc822", " A mail in its parts goes to /classify.")
    return as_json(await take_raw(parts, await request.body(), mailbox, caller, idempotency_key))
