"""Mails in."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from buzon.api.context import Parts, Sender
from buzon.api.intake import take_fields, take_raw
from buzon.api.shapes import Classified, Mail

router = APIRouter(tags=["mails"])


@router.post("/classify", response_model=Classified)
async def classify(mail: Mail, parts: Parts, _caller: Sender) -> Classified:
    """Store a mail given in its parts, sort it, and say what is to be answered."""
    return await take_fields(parts, mail)


@router.post(
    "/messages",
    response_model=Classified,
    openapi_extra={"requestBody": {"content": {"message/rfc822": {}}, "required": True}},
)
async def messages(
    request: Request, parts: Parts, _caller: Sender, mailbox: Annotated[str, Query()] = ""
) -> Classified:
    """Store a raw mail (`message/rfc822`), sort it, and say what is to be answered."""
    return await take_raw(parts, await request.body(), mailbox)
