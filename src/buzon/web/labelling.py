"""Saying what a mail really is."""

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import RedirectResponse, Response

from buzon.web.context import Language, Operator, Parts
from buzon.web.pages import open_mail
from buzon.web.view import EventId, View

router = APIRouter()


@router.post("/mails/{id}/label")
async def label(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    category: Annotated[str | None, Query(max_length=40)] = None,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """Call a mail a category, or without one take back what it was called."""
    await parts.desk.label(id, category, user.name)
    if hx_request:
        return await open_mail(parts, language, id, View())
    return RedirectResponse(f"/mails/{id}", 303)
