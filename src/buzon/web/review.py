"""What waits for a person, one mail at a time."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.web.context import Context, Language, Operator, Parts
from buzon.web.ports import User
from buzon.web.view import EventId, View

router = APIRouter(prefix="/review")


@router.get("")
async def review(parts: Parts, user: Operator, language: Language) -> Response:
    """The mail to look at now, whole."""
    return HTMLResponse(await _page(parts, user, language))


@router.post("/{id}/later")
async def later(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """Leave a mail for an hour, and go on."""
    await parts.desk.postpone(id, user)
    if hx_request:
        return HTMLResponse(await _page(parts, user, language))
    return RedirectResponse("/review", 303)


async def _page(parts: Context, user: User, language: str) -> str:
    id = await parts.desk.review(user)
    event = await parts.desk.event(id) if id else None
    return parts.render.page(
        language,
        "review.html",
        categories=await parts.desk.categories(),
        user=user,
        status=await parts.desk.status(),
        event=event,
        past=await parts.desk.past(event.id) if event else None,
        progress=await parts.desk.progress(user),
        view=View(),
    )
