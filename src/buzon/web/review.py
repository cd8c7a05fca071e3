"""What waits for a person, one mail at a time."""

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Header
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from buzon.records import Event
from buzon.web.context import Context, Language, Operator, Parts
from buzon.web.just_done import Telling
from buzon.web.letters import ReadsHtml, event_of, letter
from buzon.web.ports import User
from buzon.web.view import EventId, View

router = APIRouter(prefix="/review")


@router.get("")
async def review(
    parts: Parts, user: Operator, language: Language, as_html: ReadsHtml, telling: Telling
) -> Response:
    """The mail to look at now, whole."""
    return telling.page(await _page(parts, user, language, as_html, telling.told))


@router.post("/{id}/later")
async def later(
    id: EventId,
    parts: Parts,
    user: Operator,
    language: Language,
    as_html: ReadsHtml,
    telling: Telling,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """Leave a mail for an hour, and go on."""
    await event_of(parts, id)  # or it is told that there is none
    await parts.desk.postpone(id, user)
    if hx_request:
        told = {"what": "left", "id": str(id)}
        return HTMLResponse(await _page(parts, user, language, as_html, told))
    return telling.on_to("/review", "left", id=str(id))


@router.post("/{id}/take-up")
async def take_up(id: EventId, parts: Parts, user: Operator) -> Response:
    """Have a mail back that was left."""
    await parts.desk.take_up(id, user)
    return RedirectResponse("/review", 303)


@router.post("/{id}/hold")
async def hold(id: EventId, parts: Parts, user: Operator, language: Language) -> Response:
    """Keep a mail before somebody who is still looking at it; how it and they stand."""
    event = await event_of(parts, id)
    called = (await parts.desk.past(id)).called
    by = called[-1].by if called else ""
    return HTMLResponse(
        parts.render.page(
            language,
            "hold.html",
            categories=await parts.desk.categories(),
            event=event,
            by=by,
            standing=await _standing(parts, user, event, by),
            progress=await parts.desk.progress(user),
        )
    )


@router.post("/{id}/give-back")
async def give_back(id: EventId, parts: Parts, user: Operator) -> Response:
    """Somebody has left the page: asked by the browser while it goes."""
    await parts.desk.give_back(id, user)
    return Response(status_code=204)


async def _standing(
    parts: Context, user: User, event: Event, by: str
) -> Literal["held", "labelled", "sure", "taken"]:
    """What somebody has just said themself is on its way out of the page: nothing to tell."""
    if event.waits_for_a_person:
        return "held" if await parts.desk.hold(event.id, user) else "taken"
    if event.true_label:
        return "held" if by == user.name else "labelled"
    return "sure"


async def _page(
    parts: Context, user: User, language: str, as_html: bool, told: Mapping[str, str]
) -> str:
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
        done=told,
        **(await letter(parts, event, as_html) if event else {}),
    )
