"""The mails: the list, one of them opened, and the stream that keeps both up to date."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query
from fastapi.responses import HTMLResponse, Response

from buzon.errors import NotFound
from buzon.records import Event
from buzon.web.context import Context, Language, Parts, SignedIn
from buzon.web.language import _
from buzon.web.live import PAGE_SIZE
from buzon.web.ports import User
from buzon.web.stream import EventStream

router = APIRouter()

LARGEST_ID = 2**63 - 1
EventId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Before = Annotated[int | None, Query(ge=1, le=LARGEST_ID)]


@router.get("/")
async def desk(parts: Parts, user: SignedIn, language: Language, before: Before = None) -> Response:
    """The newest mails, or those older than mail `before`."""
    return await _page(parts, user, language, before, None)


@router.get("/mails/{id}")
async def mail(
    id: EventId,
    parts: Parts,
    user: SignedIn,
    language: Language,
    before: Before = None,
    hx_request: Annotated[bool, Header()] = False,
) -> Response:
    """One mail: by itself for htmx, which puts it beside the list, else the whole page."""
    if hx_request:
        return await open_mail(parts, language, id, before)
    return await _page(parts, user, language, before, await _event(parts, id))


async def open_mail(
    parts: Context, language: str, id: int, before: int | None = None
) -> HTMLResponse:
    """A mail as it stands beside the list. Raises NotFound."""
    return HTMLResponse(
        parts.render.page(
            language,
            "mail.html",
            categories=await parts.desk.categories(),
            event=await _event(parts, id),
            past=await parts.desk.past(id),
            before=before,
        )
    )


async def _event(parts: Context, id: int) -> Event:
    event = await parts.desk.event(id)
    if event is None:
        raise NotFound(_("There is no mail with this number."))
    return event


async def _page(
    parts: Context, user: User, language: str, before: int | None, opened: Event | None
) -> Response:
    events = await parts.desk.newest(PAGE_SIZE + 1, before)
    return HTMLResponse(
        parts.render.page(
            language,
            "desk.html",
            categories=await parts.desk.categories(),
            user=user,
            status=await parts.desk.status(),
            events=events[:PAGE_SIZE],
            before=before,
            older=len(events) > PAGE_SIZE,
            opened=opened,
            past=await parts.desk.past(opened.id) if opened else None,
        )
    )


@router.get("/live")
async def live(parts: Parts, user: SignedIn, language: Language) -> Response:
    """The stream of rows that are new or changed, as server-sent events."""
    if parts.live.closed:
        return Response(status_code=503)
    return EventStream(parts.live, language)
