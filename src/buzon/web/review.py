"""What waits for a person, one mail at a time."""

from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.web.context import Context, Language, Operator, Parts
from buzon.web.letters import ReadsHtml, letter
from buzon.web.ports import User
from buzon.web.view import EventId, View

router = APIRouter(prefix="/review")


@router.get("")
async def review(parts: Parts, user: Operator, language: Language, as_html: ReadsHtml) -> Response:
    """The mail to look at now, whole."""
    return HTMLResponse(await _page(parts, user, language, as_html))


@router.post("/{id}/later")
async def later(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    as_html: ReadsHtml,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """Leave a mail for an hour, and go on."""
    await parts.desk.postpone(id, user)
    if hx_request:
        return HTMLResponse(await _page(parts, user, language, as_html))
    return RedirectResponse("/review", 303)


async def _page(parts: Context, user: User, language: str, as_html: bool) -> str:
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
        **(await letter(parts, event, as_html) if event else {}),
    )
