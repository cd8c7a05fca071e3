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
    event = await parts.desk.event(id)
    if event is None:
        raise NotFound(_("There is no mail with this number."))
    if hx_request:
        return HTMLResponse(parts.render.page(language, "mail.html", event=event, before=before))
    return await _page(parts, user, language, before, event)


async def _page(
    parts: Context, user: User, language: str, before: int | None, opened: Event | None
) -> Response:
    events = await parts.desk.newest(PAGE_SIZE + 1, before)
    return HTMLResponse(
        parts.render.page(
            language,
            "desk.html",
            user=user,
            status=await parts.desk.status(),
            events=events[:PAGE_SIZE],
            before=before,
            older=len(events) > PAGE_SIZE,
            opened=opened,
        )
    )


@router.get("/live")
async def live(parts: Parts, user: SignedIn, language: Language) -> Response:
    """The stream of rows that are new or changed, as server-sent events."""
    if parts.live.closed:
        return Response(status_code=503)
    return EventStream(parts.live, language)
